// Signs in as the identity that Azure gave to this machine or app.
// Room: identity.
#pragma once

#include "entrada/credential_context.hpp"
#include "entrada/token_credential.hpp"

#include <memory>
#include <string>

namespace entrada {

namespace identity {
class managed_identity_source;
}

struct managed_identity_options {
    /// At most one of these three names a user-assigned identity. All empty: the system-assigned one (on a virtual machine
    /// without it, the only user-assigned one).
    std::string client_id{};
    std::string object_id{};
    std::string resource_id{};
    /// Ask quickly whether there is a metadata service before the first request, and do not wait long for one that is not there.
    /// For chains.
    bool probe = false;
};

/// Virtual machines, scale sets and AKS nodes (the metadata service IMDS), App Service, Functions, Container Apps, Azure Arc,
/// Service Fabric, Azure Machine Learning and Cloud Shell, told apart by the variables that each sets.
///
/// Not every place knows every selector: App Service of 2017 and Azure Machine Learning know client ids only, Service Fabric and
/// Cloud Shell none. What a place does not know is refused before anything is sent; Azure Arc, whose older agents ignore
/// selectors, is believed only if its answer repeats the one sent.
///
/// No proxy is used and no redirect followed. The endpoints of IMDS come from AZURE_POD_IDENTITY_AUTHORITY_HOST if set.
/// Source: https://learn.microsoft.com/entra/identity/managed-identities-azure-resources/how-to-use-vm-token
class managed_identity_credential final : public token_credential {
public:
    explicit managed_identity_credential(managed_identity_options options = {}, credential_context context = {});
    ~managed_identity_credential() override;

    [[nodiscard]] result<access_token> get_token(const token_request& request) override;
    [[nodiscard]] std::string_view name() const noexcept override { return "ManagedIdentityCredential"; }

private:
    credential_context context_;
    std::unique_ptr<identity::managed_identity_source> source_;
};

} // namespace entrada
