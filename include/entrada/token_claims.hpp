// What an access token says about itself.
// Room: identity.
#pragma once

#include "entrada/result.hpp"

#include <chrono>
#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

namespace entrada {

/// Tokens of real tenants have 1 to 3 KiB, with many claims more; beyond this nobody looks inside.
inline constexpr std::size_t token_bytes_max = std::size_t{64} * 1024;

/// Claims a client may read for itself. Not verified: whoever must trust them is the server.
/// Empty where the token has none, or one of another type. The texts come from outside: escape them before they reach a log.
struct token_claims {
    using time_point = std::chrono::system_clock::time_point;

    std::string oid;       ///< object id of the principal: the Redis user name
    std::string aud;       ///< for whom; the first one if there are several
    std::string iss;       ///< who issued it
    std::string tid;       ///< tenant
    std::string appid;     ///< client id (`azp` in tokens of version 2)
    std::string idtyp;     ///< "app" for tokens without a user
    std::string xms_mirid; ///< resource id of the managed identity
    std::string uti;       ///< names the token in support cases, without being one
    std::optional<time_point> iat;
    std::optional<time_point> nbf;
    std::optional<time_point> exp;

    friend bool operator==(const token_claims&, const token_claims&) = default;
};

/// Reads the claims of a JSON Web Token, without checking its signature.
///
/// Errors: `errc::token_unusable` for anything that is not a signed JWT of at most `token_bytes_max`. The detail never quotes it.
/// Source: RFC 7519; https://learn.microsoft.com/entra/identity-platform/access-token-claims-reference
[[nodiscard]] result<token_claims> read_token_claims(std::string_view token);

} // namespace entrada
