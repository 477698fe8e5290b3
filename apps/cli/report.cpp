#include "cli/report.hpp"

#include <algorithm>
#include <cstdio>
#include <ctime>
#include <ostream>

namespace entrada::cli {

void print_rows(console& to, const report_rows& rows) {
    std::size_t width = 0;
    for (const auto& row : rows) width = std::max(width, row.label.size());
    for (const auto& row : rows) {
        to.out << row.label << std::string(width + 2 - row.label.size(), ' ') << escape_untrusted(row.value, 512) << '\n';
    }
}

std::string_view name_of(sign_in way) noexcept {
    switch (way) {
    case sign_in::entra:
        return "Microsoft Entra";
    case sign_in::password:
        return "password";
    case sign_in::none:
        return "none";
    }
    return "none";
}

std::string_view json_name_of(sign_in way) noexcept { return way == sign_in::entra ? "entra" : name_of(way); }

std::string milliseconds_text(std::chrono::microseconds duration) {
    char text[32];
    std::snprintf(text, sizeof text, "%.2f ms", static_cast<double>(duration.count()) / 1000.0);
    return text;
}

std::int64_t seconds_until(std::chrono::system_clock::time_point moment) {
    const auto left = std::chrono::duration_cast<std::chrono::seconds>(moment - std::chrono::system_clock::now());
    return std::max<std::int64_t>(left.count(), 0);
}

std::string utc_text(std::chrono::system_clock::time_point moment) {
    const std::time_t seconds = std::chrono::system_clock::to_time_t(moment);
    std::tm parts{};
    char text[32];
    ::gmtime_r(&seconds, &parts);
    return {text, std::strftime(text, sizeof text, "%Y-%m-%dT%H:%M:%SZ", &parts)};
}

} // namespace entrada::cli
