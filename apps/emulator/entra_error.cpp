// Room: emulator.
#include "emulator/entra_error.hpp"

#include <boost/json/array.hpp>

#include <algorithm>
#include <array>
#include <cctype>
#include <ctime>

namespace entrada::emulator {
namespace {

bool is_guid(std::string_view text) noexcept {
    return text.size() == 36
           && std::all_of(text.begin(), text.end(), [](unsigned char c) { return std::isxdigit(c) != 0 || c == '-'; });
}

} // namespace

std::string format_timestamp(wall_time time) {
    const std::time_t seconds = std::chrono::system_clock::to_time_t(time);
    std::tm parts{};
    ::gmtime_r(&seconds, &parts);
    std::array<char, 32> text{};
    return {text.data(), std::strftime(text.data(), text.size(), "%Y-%m-%d %H:%M:%SZ", &parts)};
}

std::string correlation_id(const http_request& request) {
    const std::string_view said = request.header("client-request-id");
    if (is_guid(said)) return std::string(said);
    const std::string_view asked = request.parameter("client-request-id");
    return is_guid(asked) ? std::string(asked) : random_guid();
}

http_response to_response(const entra_error& cause, const http_request& request, wall_time now) {
    const std::string trace = random_guid();
    const std::string correlation = correlation_id(request);
    const std::string time = format_timestamp(now);
    const std::string description = "AADSTS" + std::to_string(cause.number) + ": " + cause.text + " Trace ID: " + trace
                                    + " Correlation ID: " + correlation + " Timestamp: " + time;
    return http_response::json(
        cause.status, {{"error", cause.error},
                       {"error_description", description},
                       {"error_codes", boost::json::array{cause.number}},
                       {"timestamp", time},
                       {"trace_id", trace},
                       {"correlation_id", correlation},
                       {"error_uri", "https://login.entrada-emulator.invalid/error?code=" + std::to_string(cause.number)}});
}

} // namespace entrada::emulator
