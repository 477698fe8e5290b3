// Signs in as a service connection of Azure Pipelines.
// Room: identity.
#pragma once

#include "entrada/credential_context.hpp"
#include "entrada/token_credential.hpp"

#include <string>
#include <vector>

namespace entrada {

struct azure_pipelines_options {
    std::string tenant_id{};             ///< empty: AZURESUBSCRIPTION_TENANT_ID
    std::string client_id{};             ///< empty: AZURESUBSCRIPTION_CLIENT_ID
    std::string service_connection_id{}; ///< empty: AZURESUBSCRIPTION_SERVICE_CONNECTION_ID
    secret_string system_access_token{}; ///< empty: SYSTEM_ACCESSTOKEN, which a step of a pipeline has to map
    /// Empty: AZURE_AUTHORITY_HOST, else the public cloud. https only.
    std::string authority_host{};
    /// Tenants that a request may name besides `tenant_id`; "*" for all.
    std::vector<std::string> additionally_allowed_tenants{};
};

/// Named "AzurePipelinesCredential". Asks the pipeline, whose address is in SYSTEM_OIDCREQUESTURI, for a token of the service
/// connection, and exchanges it at Microsoft Entra; both anew for each request. The tasks AzureCLI@2 and AzurePowerShell@5 set
/// the variables of the connection.
///
/// Unavailable outside of a pipeline and if one of the values is missing; never part of `default_azure_credential`.
/// Source: https://learn.microsoft.com/azure/devops/pipelines/release/configure-workload-identity
class azure_pipelines_credential final : public token_credential {
public:
    explicit azure_pipelines_credential(azure_pipelines_options options = {}, credential_context context = {});

    [[nodiscard]] result<access_token> get_token(const token_request& request) override;
    [[nodiscard]] std::string_view name() const noexcept override { return "AzurePipelinesCredential"; }

private:
    azure_pipelines_options options_;
    std::string oidc_url_;
    credential_context context_;
};

} // namespace entrada
