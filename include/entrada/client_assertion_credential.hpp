// Signs in as an application with a proof that the caller makes.
// Room: identity.
#pragma once

#include "entrada/credential_context.hpp"
#include "entrada/token_credential.hpp"

#include <functional>
#include <string>
#include <vector>

namespace entrada {

struct client_assertion_options {
    std::string tenant_id; ///< id or domain of the tenant
    std::string client_id; ///< of the application, also called app id
    /// Empty: AZURE_AUTHORITY_HOST, else the public cloud. https only.
    std::string authority_host{};
    /// Tenants that a request may name besides `tenant_id`; "*" for all.
    std::vector<std::string> additionally_allowed_tenants{};
};

/// Named "ClientAssertionCredential". For keys in a hardware module, and for tokens of other identity providers that the
/// application trusts as federated credentials.
///
/// `make_assertion` is called for each try, from any thread, sometimes from several at once; it honours deadline and stop request
/// of what it is given. Its failure is that of the request; an exception becomes `errc::credential_failed`.
class client_assertion_credential final : public token_credential {
public:
    using function = std::function<result<secret_string>(const token_request&)>;

    client_assertion_credential(client_assertion_options options, function make_assertion, credential_context context = {});

    [[nodiscard]] result<access_token> get_token(const token_request& request) override;
    [[nodiscard]] std::string_view name() const noexcept override { return "ClientAssertionCredential"; }

private:
    client_assertion_options options_;
    function make_assertion_;
    credential_context context_;
};

} // namespace entrada
