// Signs in with what AZURE_* variables hold.
// Room: identity.
#pragma once

#include "entrada/credential_context.hpp"
#include "entrada/token_credential.hpp"

#include <memory>
#include <string>
#include <vector>

namespace entrada {

namespace identity {
class certificate_client;
}

struct environment_credential_options {
    /// Empty: AZURE_TENANT_ID.
    std::string tenant_id{};
    /// Empty: AZURE_AUTHORITY_HOST, else the public cloud. https only.
    std::string authority_host{};
    /// Tenants that a request may name besides `tenant_id`; "*" for all. Empty: AZURE_ADDITIONALLY_ALLOWED_TENANTS.
    std::vector<std::string> additionally_allowed_tenants{};
};

/// AZURE_TENANT_ID, AZURE_CLIENT_ID and one of AZURE_CLIENT_SECRET, which goes before, and AZURE_CLIENT_CERTIFICATE_PATH with
/// AZURE_CLIENT_CERTIFICATE_PASSWORD and AZURE_CLIENT_SEND_CERTIFICATE_CHAIN (`true` or `1`). Unavailable if one is missing or
/// empty. AZURE_USERNAME with AZURE_PASSWORD is refused in words: it fails wherever a second factor is required.
class environment_credential final : public token_credential {
public:
    explicit environment_credential(environment_credential_options options = {}, credential_context context = {});
    ~environment_credential() override;

    [[nodiscard]] result<access_token> get_token(const token_request& request) override;
    [[nodiscard]] std::string_view name() const noexcept override { return "EnvironmentCredential"; }

private:
    environment_credential_options options_;
    credential_context context_;
    std::unique_ptr<identity::certificate_client> certificate_;
};

} // namespace entrada
