// Tokens from Microsoft Entra for a program that proves who it is: by a secret, or by an assertion.
// Room: identity.
#pragma once

#include "entrada/result.hpp"
#include "identity/inquiry.hpp"

#include <functional>
#include <string>
#include <string_view>
#include <vector>

namespace entrada::identity {

struct client_identity {
    std::string tenant_id;
    std::string client_id;
    std::string authority_host{}; ///< empty: the public cloud
    std::vector<std::string> additionally_allowed_tenants{};
};

/// What proves the identity: one of the three.
struct client_proof {
    secret_string secret{};
    secret_string assertion{};
    /// Makes an assertion for each try; it is told the token endpoint. Its failure is that of the request.
    std::function<result<secret_string>(std::string_view audience)> make_assertion{};
};

/// A random UUID, version 4.
[[nodiscard]] std::string new_uuid();

/// One client-credentials request, with the retry that Entra's transient errors want.
///
/// Errors: as `token_credential::get_token`; a refusal is `errc::credential_failed` with status, AADSTS code and correlation id.
/// Source: https://learn.microsoft.com/entra/identity-platform/v2-oauth2-client-creds-grant-flow
[[nodiscard]] result<access_token> ask_entra(const inquiry& inquiry, const client_identity& who, const client_proof& proof);

} // namespace entrada::identity
