// An access token as an identity hands it out.
// Room: identity.
#pragma once

#include "entrada/secret_string.hpp"

#include <chrono>
#include <optional>

namespace entrada {

struct access_token {
    secret_string token;
    std::chrono::system_clock::time_point expires_on;
    /// When the issuer would like it renewed, if it said so (`refresh_in`).
    std::optional<std::chrono::system_clock::time_point> refresh_on;
};

} // namespace entrada
