// Who decides whether a login is good.
// Room: relay.
#pragma once

#include "entrada/secret_string.hpp"

#include <chrono>
#include <functional>
#include <optional>
#include <string_view>

namespace entrada::relay {

/// What the backend is told instead of what the client said.
struct login_verdict {
    /// Goes to the backend as the password of the same user. For a refused login one that the backend refuses, too: so its error
    /// reply comes at the right place between the others, and no reply need be looked at.
    secret_string password;
    /// Accepted, and for how long. Empty: refused.
    std::optional<std::chrono::system_clock::time_point> valid_until;
};

/// Called for each `AUTH user password` and `HELLO .. AUTH user password`, before it is passed on; must not block.
using login_check = std::function<login_verdict(std::string_view user, std::string_view password)>;

} // namespace entrada::relay
