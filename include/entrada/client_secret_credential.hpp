// Signs in as an application with a client secret.
// Room: identity.
#pragma once

#include "entrada/credential_context.hpp"
#include "entrada/token_credential.hpp"

#include <string>
#include <vector>

namespace entrada {

struct client_secret_options {
    std::string tenant_id; ///< id or domain of the tenant
    std::string client_id; ///< of the application, also called app id
    secret_string client_secret;
    /// Empty: AZURE_AUTHORITY_HOST, else the public cloud. https only.
    std::string authority_host{};
    /// Tenants that a request may name besides `tenant_id`; "*" for all.
    std::vector<std::string> additionally_allowed_tenants{};
};

/// Named "ClientSecretCredential". For programs outside Azure; inside, a managed identity needs no secret.
class client_secret_credential final : public token_credential {
public:
    explicit client_secret_credential(client_secret_options options, credential_context context = {});

    [[nodiscard]] result<access_token> get_token(const token_request& request) override;
    [[nodiscard]] std::string_view name() const noexcept override { return "ClientSecretCredential"; }

private:
    client_secret_options options_;
    credential_context context_;
};

} // namespace entrada
