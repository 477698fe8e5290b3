// Signs in with whatever identity this place has.
// Room: identity.
#pragma once

#include "entrada/credential_context.hpp"
#include "entrada/token_credential.hpp"

#include <memory>
#include <string>

namespace entrada {

struct default_azure_credential_options {
    /// A user-assigned identity, by one of the two. Both empty: AZURE_CLIENT_ID, else the system-assigned one.
    std::string managed_identity_client_id;
    std::string managed_identity_resource_id;
    std::string workload_identity_client_id; ///< empty: AZURE_CLIENT_ID
    std::string tenant_id;                   ///< empty: AZURE_TENANT_ID
    std::string authority_host;              ///< empty: AZURE_AUTHORITY_HOST, else the public cloud. https only
};

/// The same program signs in on every kind of Azure host: environment, then workload identity, then managed identity.
///
/// AZURE_TOKEN_CREDENTIALS, in any case, narrows it: `prod` to these three, or the name of one of them
/// ("ManagedIdentityCredential"), whose errors are then told without a chain around them. `dev` and the names of developer tools
/// are known, and unavailable in this version. Any other value is an error of every call: a typing mistake must not choose
/// another identity. Source: https://learn.microsoft.com/azure/developer/intro/passwordless-overview
class default_azure_credential final : public token_credential {
public:
    explicit default_azure_credential(default_azure_credential_options options = {}, credential_context context = {});

    [[nodiscard]] result<access_token> get_token(const token_request& request) override;
    /// "DefaultAzureCredential", or that of the one credential that AZURE_TOKEN_CREDENTIALS names.
    [[nodiscard]] std::string_view name() const noexcept override { return chosen_->name(); }
    [[nodiscard]] std::string source() const override { return chosen_->source(); }
    [[nodiscard]] std::vector<credential_attempt> passed_over() const override { return chosen_->passed_over(); }

private:
    std::shared_ptr<token_credential> chosen_;
};

} // namespace entrada
