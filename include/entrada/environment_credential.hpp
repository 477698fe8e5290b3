// Signs in with what AZURE_* variables hold.
// Room: identity.
#pragma once

#include "entrada/credential_context.hpp"
#include "entrada/token_credential.hpp"

#include <string>

namespace entrada {

struct environment_credential_options {
    /// Empty: AZURE_TENANT_ID.
    std::string tenant_id;
    /// Empty: AZURE_AUTHORITY_HOST, else the public cloud. https only.
    std::string authority_host;
};

/// AZURE_TENANT_ID, AZURE_CLIENT_ID and AZURE_CLIENT_SECRET. Unavailable if one is missing or empty.
/// Certificates (AZURE_CLIENT_CERTIFICATE_PATH) are not part of this version, user names with passwords never will be: with only
/// these it is unavailable and says so.
class environment_credential final : public token_credential {
public:
    explicit environment_credential(environment_credential_options options = {}, credential_context context = {});

    [[nodiscard]] result<access_token> get_token(const token_request& request) override;
    [[nodiscard]] std::string_view name() const noexcept override { return "EnvironmentCredential"; }

private:
    environment_credential_options options_;
    credential_context context_;
};

} // namespace entrada
