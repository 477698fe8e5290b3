#include "entrada/environment_credential.hpp"

#include "base/text.hpp"
#include "identity/certificate_client.hpp"
#include "identity/missing_variables.hpp"
#include "identity/tenant.hpp"

namespace entrada {
namespace {

bool is_on(std::string_view value) { return value == "1" || base::equal_ignoring_case(value, "true"); }

constexpr std::string_view no_passwords =
    "AZURE_USERNAME and AZURE_PASSWORD are not supported: signing in with a user's password fails wherever a second factor is "
    "required; set AZURE_CLIENT_SECRET or AZURE_CLIENT_CERTIFICATE_PATH, or use a managed identity";

} // namespace

environment_credential::environment_credential(environment_credential_options options, credential_context context)
    : options_(std::move(options)), context_(identity::with_defaults(std::move(context))) {
    const auto& variables = context_.variables;
    if (options_.tenant_id.empty()) options_.tenant_id = variable(variables, "AZURE_TENANT_ID");
    if (options_.authority_host.empty()) options_.authority_host = variable(variables, "AZURE_AUTHORITY_HOST");
    if (options_.additionally_allowed_tenants.empty())
        options_.additionally_allowed_tenants = identity::allowed_tenants_of(variables);
    if (const auto path = variable(variables, "AZURE_CLIENT_CERTIFICATE_PATH"); !path.empty())
        certificate_ = std::make_unique<identity::certificate_client>(
            identity::certificate_choice{.path = std::string(path),
                                         .password = secret_string(variable(variables, "AZURE_CLIENT_CERTIFICATE_PASSWORD")),
                                         .send_chain = is_on(variable(variables, "AZURE_CLIENT_SEND_CERTIFICATE_CHAIN"))});
}

environment_credential::~environment_credential() = default;

result<access_token> environment_credential::get_token(const token_request& request) {
    const identity::inquiry inquiry(name(), request, context_);
    const auto is_set = [&](std::string_view name) { return !variable(context_.variables, name).empty(); };
    const secret_string secret(variable(context_.variables, "AZURE_CLIENT_SECRET"));
    const bool has_proof = certificate_ != nullptr || !secret.empty();
    const std::string client_id(variable(context_.variables, "AZURE_CLIENT_ID"));
    if (!has_proof && is_set("AZURE_USERNAME") && is_set("AZURE_PASSWORD")) {
        // With a client id it is a complete choice of an identity: no other one may take its place.
        return client_id.empty() ? inquiry.unavailable(std::string(no_passwords)) : inquiry.failed(std::string(no_passwords));
    }
    const auto missing =
        identity::missing_variables({{"AZURE_TENANT_ID", options_.tenant_id},
                                     {"AZURE_CLIENT_ID", client_id},
                                     {"AZURE_CLIENT_SECRET or AZURE_CLIENT_CERTIFICATE_PATH", has_proof ? "set" : ""}});
    if (!missing.empty()) return inquiry.unavailable(missing);
    const identity::client_identity who{options_.tenant_id, client_id, options_.authority_host,
                                        options_.additionally_allowed_tenants};
    return secret.empty() ? certificate_->ask(inquiry, who) : identity::ask_entra(inquiry, who, {.secret = secret});
}

} // namespace entrada
