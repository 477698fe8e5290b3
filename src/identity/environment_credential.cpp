#include "entrada/environment_credential.hpp"

#include "identity/confidential_client.hpp"
#include "identity/missing_variables.hpp"

namespace entrada {
namespace {

/// Why there is no secret, in the order in which people will have meant it.
std::string other_ways(const environment& variables) {
    if (!variable(variables, "AZURE_CLIENT_CERTIFICATE_PATH").empty())
        return "AZURE_CLIENT_CERTIFICATE_PATH is set, but signing in with a certificate is not part of this version of Entrada; "
               "set "
               "AZURE_CLIENT_SECRET, or use a managed identity or workload identity";
    if (!variable(variables, "AZURE_USERNAME").empty() || !variable(variables, "AZURE_PASSWORD").empty())
        return "AZURE_USERNAME and AZURE_PASSWORD are not supported: signing in with a user's password fails wherever a second "
               "factor "
               "is required; set AZURE_CLIENT_SECRET, or use a managed identity";
    return {};
}

} // namespace

environment_credential::environment_credential(environment_credential_options options, credential_context context)
    : options_(std::move(options)), context_(identity::with_defaults(std::move(context))) {
    if (options_.tenant_id.empty()) options_.tenant_id = variable(context_.variables, "AZURE_TENANT_ID");
    if (options_.authority_host.empty()) options_.authority_host = variable(context_.variables, "AZURE_AUTHORITY_HOST");
}

result<access_token> environment_credential::get_token(const token_request& request) {
    const identity::inquiry inquiry(name(), request, context_);
    const auto client_id = variable(context_.variables, "AZURE_CLIENT_ID");
    const auto secret = variable(context_.variables, "AZURE_CLIENT_SECRET");
    const auto missing = identity::missing_variables(
        {{"AZURE_TENANT_ID", options_.tenant_id}, {"AZURE_CLIENT_ID", client_id}, {"AZURE_CLIENT_SECRET", secret}});
    const auto other = secret.empty() ? other_ways(context_.variables) : std::string{};
    if (!other.empty()) return inquiry.unavailable(other);
    if (!missing.empty()) return inquiry.unavailable(missing);
    return identity::ask_entra(inquiry, {options_.tenant_id, std::string(client_id), options_.authority_host},
                               {.secret = secret_string(secret)});
}

} // namespace entrada
