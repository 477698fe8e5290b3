// Durations as people write them in settings and on command lines.
// Room: base.
#pragma once

#include <chrono>
#include <optional>
#include <string>
#include <string_view>

namespace entrada::base {

/// What `parse_duration` takes, for errors.
inline constexpr std::string_view duration_form = "a duration such as 500ms, 5s, 10m, 2h or 1d";

/// A whole or decimal number of `ms`, `s`, `m`, `h` or `d`. A bare number counts in `bare_unit`.
/// Nothing for anything else, for negative ones and for those over 100 years. Parts of a millisecond are cut off.
[[nodiscard]] std::optional<std::chrono::milliseconds> parse_duration(std::string_view text, std::chrono::milliseconds bare_unit);

/// The shortest exact form: "10m", "1500ms".
[[nodiscard]] std::string format_duration(std::chrono::milliseconds duration);

} // namespace entrada::base
