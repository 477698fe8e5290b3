#include "entrada/client_certificate_credential.hpp"

#include "identity/certificate_client.hpp"

namespace entrada {

client_certificate_credential::client_certificate_credential(client_certificate_options options, credential_context context)
    : options_(std::move(options)), context_(identity::with_defaults(std::move(context))) {
    if (options_.authority_host.empty()) options_.authority_host = variable(context_.variables, "AZURE_AUTHORITY_HOST");
    const bool pss = options_.signature == certificate_signature::ps256;
    client_ = std::make_unique<identity::certificate_client>(identity::certificate_choice{
        .path = options_.certificate_path,
        .content = std::move(options_.certificate),
        .password = std::move(options_.password),
        .send_chain = options_.send_certificate_chain,
        .padding = pss ? identity::certificate::padding::pss : identity::certificate::padding::pkcs1});
}

client_certificate_credential::~client_certificate_credential() = default;

result<access_token> client_certificate_credential::get_token(const token_request& request) {
    const identity::inquiry inquiry(name(), request, context_);
    if (options_.client_id.empty()) return inquiry.failed("the client id is empty");
    return client_->ask(inquiry,
                        {options_.tenant_id, options_.client_id, options_.authority_host, options_.additionally_allowed_tenants});
}

} // namespace entrada
