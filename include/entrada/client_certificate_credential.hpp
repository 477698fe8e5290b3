// Signs in as an application with a certificate.
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

/// How the proof of identity is signed. Microsoft Entra takes both; RS256 is for federation services that know nothing newer.
enum class certificate_signature {
    ps256, ///< RSA-PSS, certificate named by its SHA-256
    rs256, ///< PKCS#1, certificate named by its SHA-1
};

struct client_certificate_options {
    std::string tenant_id; ///< id or domain of the tenant
    std::string client_id; ///< of the application, also called app id
    /// A file with an RSA key and its certificate: PEM (PKCS#8, plain or encrypted, or PKCS#1, in any order) or PKCS#12.
    std::string certificate_path{};
    /// In place of a path: what such a file would hold.
    secret_string certificate{};
    secret_string password{}; ///< of an encrypted key or a PKCS#12 store
    /// Sends the chain as well, for applications that trust subject name and issuer instead of one certificate.
    bool send_certificate_chain = false;
    certificate_signature signature = certificate_signature::ps256;
    /// Empty: AZURE_AUTHORITY_HOST, else the public cloud. https only.
    std::string authority_host{};
    /// Tenants that a request may name besides `tenant_id`; "*" for all.
    std::vector<std::string> additionally_allowed_tenants{};
};

/// Named "ClientCertificateCredential". The file is read again when it was replaced or written; while what is there cannot be
/// used, the one read before is, with a warning. A certificate that has expired is a warning, too: Microsoft Entra decides.
///
/// Errors: `errc::credential_failed` as well for a file that cannot be used; the detail names it and never quotes it.
/// Source: https://learn.microsoft.com/entra/identity-platform/certificate-credentials
class client_certificate_credential final : public token_credential {
public:
    explicit client_certificate_credential(client_certificate_options options, credential_context context = {});
    ~client_certificate_credential() override;

    [[nodiscard]] result<access_token> get_token(const token_request& request) override;
    [[nodiscard]] std::string_view name() const noexcept override { return "ClientCertificateCredential"; }

private:
    client_certificate_options options_;
    credential_context context_;
    std::unique_ptr<identity::certificate_client> client_;
};

} // namespace entrada
