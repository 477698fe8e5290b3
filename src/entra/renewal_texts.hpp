// What is said about a renewal that does not succeed, and about tokens, to people.
// Room: entra.
#pragma once

#include "entrada/token_claims.hpp"

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>

namespace entrada::entra {

/// All that is known while there is no valid token.
struct trouble {
    using time_point = std::chrono::system_clock::time_point;

    time_point now;
    std::optional<time_point> token_ended; ///< empty: there never was one
    std::uint64_t failures = 0;
    std::optional<time_point> failing_since;
    std::optional<std::chrono::milliseconds> unanswered; ///< a request is under way for so long
    std::string source;                                  ///< who is asked
    std::string last_cause;
};

/// "the token ended 34 s ago, at ...; 17 requests for a new one have failed since ...; the last one: ...".
[[nodiscard]] std::string describe_trouble(const trouble& what);

/// "2.5 s", "34 s"; nothing negative.
[[nodiscard]] std::string format_seconds(std::chrono::system_clock::duration time);

/// "2026-11-23T01:02:03Z".
[[nodiscard]] std::string format_utc(std::chrono::system_clock::time_point when);

/// Of whom, for whom and until when, from claims and never the token: for a server's refusal, which does not say why.
[[nodiscard]] std::string describe_token(const token_claims& claims, const std::string& username,
                                         std::chrono::system_clock::time_point expires_on);

} // namespace entrada::entra
