// Room: emulator.
#include "emulator/expiry_forms.hpp"

#include <array>
#include <ctime>

namespace entrada::emulator {
namespace {

/// "9/4/2027 8:05:00 AM +00:00": without leading zeros, which `strftime` cannot do.
std::string windows_date(wall_time time) {
    const std::time_t seconds = std::chrono::system_clock::to_time_t(time);
    std::tm parts{};
    ::gmtime_r(&seconds, &parts);
    const int hour = parts.tm_hour % 12 == 0 ? 12 : parts.tm_hour % 12;
    return std::to_string(parts.tm_mon + 1) + "/" + std::to_string(parts.tm_mday) + "/" + std::to_string(parts.tm_year + 1900)
           + " " + std::to_string(hour) + format_time(time, ":%M:%S ") + (parts.tm_hour < 12 ? "AM" : "PM") + " +00:00";
}

} // namespace

std::int64_t to_seconds(wall_time time) noexcept {
    return std::chrono::floor<std::chrono::seconds>(time.time_since_epoch()).count();
}

std::string format_time(wall_time time, const char* pattern) {
    const std::time_t seconds = std::chrono::system_clock::to_time_t(time);
    std::tm parts{};
    ::gmtime_r(&seconds, &parts);
    std::array<char, 64> text{};
    return {text.data(), std::strftime(text.data(), text.size(), pattern, &parts)};
}

std::string format_http_date(wall_time time) { return format_time(time, "%a, %d %b %Y %H:%M:%S GMT"); }

std::optional<boost::json::value> write_expiry(wall_time expires, std::string_view form, wall_time now) {
    const std::int64_t seconds = to_seconds(expires);
    if (form == "none") return std::nullopt;
    if (form == "number") return boost::json::value(seconds);
    if (form == "float") return boost::json::value(static_cast<double>(seconds) + 0.5);
    if (form == "relative") return boost::json::value(seconds - to_seconds(now));
    std::string text = std::to_string(seconds);
    if (form == "iso") text = format_time(expires, "%Y-%m-%dT%H:%M:%SZ");
    if (form == "iso-local") text = format_time(expires, "%Y-%m-%dT%H:%M:%S");
    if (form == "linux-date") text = format_time(expires, "%m/%d/%Y %H:%M:%S +00:00");
    if (form == "mixed-date") text = format_time(expires, "%m/%d/%Y %H:%M:%S %p +00:00");
    if (form == "windows-date") text = windows_date(expires);
    if (form == "plain-date") text = format_time(expires, "%Y-%m-%d %H:%M:%S");
    if (form == "empty") text.clear();
    if (form == "nonsense") text = "soon";
    return boost::json::value(text);
}

} // namespace entrada::emulator
