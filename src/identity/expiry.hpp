// When a token ends, in the many forms in which services say it.
// Room: identity.
#pragma once

#include <chrono>
#include <optional>
#include <string_view>

namespace entrada::identity {

/// Moments from this year on are refused: the clock counts nanoseconds and ends in 2262.
inline constexpr int year_too_late = 2200;
inline constexpr double epoch_too_late = 7'258'118'400;

/// A moment as seconds since 1970 or as one of the date styles of identity endpoints:
/// `2026-11-23T01:02:03[.4567][Z|+01:00]`, `2026-11-23 01:02:03`, `11/23/2026 13:02:03 +00:00`, `1/2/2026 1:02:03 PM +00:00`.
/// Without a zone it is UTC. A number below that of 2001-01-01 counts from `now`.
[[nodiscard]] std::optional<std::chrono::system_clock::time_point> parse_expires_on(std::string_view text,
                                                                                    std::chrono::system_clock::time_point now);

/// `expires_in` and `refresh_in`: whole or decimal seconds, more than 0 and at most ten years.
[[nodiscard]] std::optional<std::chrono::seconds> parse_life(std::string_view text);

} // namespace entrada::identity
