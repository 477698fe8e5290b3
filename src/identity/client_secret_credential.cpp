#include "entrada/client_secret_credential.hpp"

#include "identity/confidential_client.hpp"

namespace entrada {

client_secret_credential::client_secret_credential(client_secret_options options, credential_context context)
    : options_(std::move(options)), context_(identity::with_defaults(std::move(context))) {
    if (options_.authority_host.empty()) options_.authority_host = variable(context_.variables, "AZURE_AUTHORITY_HOST");
}

result<access_token> client_secret_credential::get_token(const token_request& request) {
    const identity::inquiry inquiry(name(), request, context_);
    if (options_.client_id.empty() || options_.client_secret.empty())
        return inquiry.failed("client id or client secret is empty");
    return identity::ask_entra(
        inquiry, {options_.tenant_id, options_.client_id, options_.authority_host, options_.additionally_allowed_tenants},
        {.secret = options_.client_secret});
}

} // namespace entrada
