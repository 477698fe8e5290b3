// Rows of a report for people, and the values in them.
// Room: cli.
#pragma once

#include "cli/console.hpp"
#include "entrada/settings.hpp"

#include <chrono>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace entrada::cli {

struct report_row {
    std::string_view label;
    std::string value;
};
using report_rows = std::vector<report_row>;

/// One row per line, values below each other. Values may come from outside and are escaped.
void print_rows(console& to, const report_rows& rows);

/// "Microsoft Entra", "password", "none".
[[nodiscard]] std::string_view name_of(sign_in way) noexcept;
/// The same for programs: "entra", "password", "none".
[[nodiscard]] std::string_view json_name_of(sign_in way) noexcept;
/// "12.3 ms".
[[nodiscard]] std::string milliseconds_text(std::chrono::microseconds duration);
/// Whole seconds from now, 0 if it has passed.
[[nodiscard]] std::int64_t seconds_until(std::chrono::system_clock::time_point moment);
/// "2026-11-23T01:35:07Z".
[[nodiscard]] std::string utc_text(std::chrono::system_clock::time_point moment);

} // namespace entrada::cli
