// How long a server wants to be left alone.
// Room: identity.
#pragma once

#include "net/http_client.hpp"

#include <chrono>
#include <optional>
#include <string_view>

namespace entrada::identity {

/// `Retry-After` in seconds or as an HTTP date, or the millisecond headers of Azure services. Never negative, at most a day.
[[nodiscard]] std::optional<std::chrono::milliseconds> retry_after_of(const net::http_response& response,
                                                                      std::chrono::system_clock::time_point now);

/// The three forms of RFC 9110, 5.6.7.
[[nodiscard]] std::optional<std::chrono::system_clock::time_point> parse_http_date(std::string_view text);

} // namespace entrada::identity
