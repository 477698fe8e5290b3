// Signs in with whatever identity this place has.
// Room: identity.
#pragma once

#include "entrada/credential_context.hpp"
#include "entrada/token_credential.hpp"

#include <chrono>
#include <memory>
#include <string>
#include <vector>

namespace entrada {

struct default_azure_credential_options {
    /// A user-assigned identity, by one of the two. Both empty: AZURE_CLIENT_ID, else the system-assigned one.
    std::string managed_identity_client_id{};
    std::string managed_identity_resource_id{};
    std::string workload_identity_client_id{}; ///< empty: AZURE_CLIENT_ID
    std::string tenant_id{};                   ///< empty: AZURE_TENANT_ID
    std::string authority_host{};              ///< empty: AZURE_AUTHORITY_HOST, else the public cloud. https only
    /// Tenants that a request may name besides `tenant_id`; "*" for all. Empty: AZURE_ADDITIONALLY_ALLOWED_TENANTS.
    std::vector<std::string> additionally_allowed_tenants{};
    /// For each developer's tool; a request's own deadline counts, too.
    std::chrono::milliseconds process_timeout{30000};
    /// Those that are not to be asked.
    bool exclude_environment = false;
    bool exclude_workload_identity = false;
    bool exclude_managed_identity = false;
    bool exclude_azure_cli = false;
    bool exclude_azure_powershell = false;
    bool exclude_azure_developer_cli = false;
    /// Without AZURE_TOKEN_CREDENTIALS each call fails: for places where the chain must not look around.
    bool selection_required = false;
};

/// The same program signs in on every kind of Azure host and at a desk: environment, workload identity, managed identity, Azure
/// CLI, Azure PowerShell, Azure Developer CLI, in this order.
///
/// AZURE_TOKEN_CREDENTIALS, in any case, narrows it: `prod` to the first three, `dev` to the last three, or the name of one of
/// them
/// ("ManagedIdentityCredential"), whose errors are then told without a chain around them. Names of the Azure SDKs' credentials
/// that do not exist on this platform are known, and unavailable. Any other value is an error of every call: a typing mistake
/// must not choose another identity.
///
/// The first that gives a token is remembered and from then on asked alone. One that exists and is refused ends the search;
/// trouble with a developer's tool does not. Whether there is a metadata service is asked in the background, once for all
/// credentials of the process. Source: https://learn.microsoft.com/azure/developer/intro/passwordless-overview
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
