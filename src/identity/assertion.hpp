// What a program signs to prove who it is: a JSON Web Token about itself.
// Room: identity.
#pragma once

#include "identity/certificate.hpp"

#include <chrono>
#include <string>
#include <string_view>

namespace entrada::identity {

struct assertion_claims {
    std::string_view audience; ///< the token endpoint
    std::string_view client_id;
    std::string_view id; ///< used once
    std::chrono::system_clock::time_point now;
};

/// Empty if it cannot be signed.
/// Source: https://learn.microsoft.com/entra/identity-platform/certificate-credentials
[[nodiscard]] secret_string make_assertion(const certificate& signer, const assertion_claims& claims,
                                           certificate::padding padding, bool with_chain);

} // namespace entrada::identity
