// Signs in with the token that Kubernetes puts into a pod.
// Room: identity.
#pragma once

#include "entrada/credential_context.hpp"
#include "entrada/token_credential.hpp"

#include <string>
#include <vector>

namespace entrada {

struct workload_identity_options {
    std::string tenant_id{};      ///< empty: AZURE_TENANT_ID
    std::string client_id{};      ///< empty: AZURE_CLIENT_ID
    std::string token_file{};     ///< empty: AZURE_FEDERATED_TOKEN_FILE
    std::string authority_host{}; ///< empty: AZURE_AUTHORITY_HOST, else the public cloud. https only
    /// Tenants that a request may name besides `tenant_id`; "*" for all.
    std::vector<std::string> additionally_allowed_tenants{};
};

/// Microsoft Entra Workload ID: exchanges the service account token in `token_file` for an access token.
///
/// The file is read at each request, for Kubernetes replaces it; if Entra calls it stale and it has changed meanwhile, once more.
/// Unavailable if tenant, client id or file are not named; failed if the named file cannot be used.
/// Source: https://learn.microsoft.com/azure/aks/workload-identity-overview
class workload_identity_credential final : public token_credential {
public:
    explicit workload_identity_credential(workload_identity_options options = {}, credential_context context = {});

    [[nodiscard]] result<access_token> get_token(const token_request& request) override;
    [[nodiscard]] std::string_view name() const noexcept override { return "WorkloadIdentityCredential"; }

private:
    workload_identity_options options_;
    credential_context context_;
};

} // namespace entrada
