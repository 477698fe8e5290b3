#include "entrada/azure_pipelines_credential.hpp"

#include "base/clock.hpp"
#include "base/hosts.hpp"
#include "base/text.hpp"
#include "identity/confidential_client.hpp"
#include "identity/form.hpp"
#include "identity/json_object.hpp"
#include "identity/missing_variables.hpp"
#include "identity/retries.hpp"
#include "identity/url.hpp"

namespace entrada {
namespace {

constexpr std::string_view no_token = "check the service connection's id, and that this pipeline may use the connection";

net::http_request request_for(const std::string& url, const azure_pipelines_options& options) {
    net::http_request request;
    request.method = "POST";
    request.url = identity::with_parameter(identity::with_parameter(url, "api-version", "7.1"), "serviceConnectionId",
                                           options.service_connection_id);
    request.use_proxy = !base::is_loopback(identity::host_of_url(url));
    request.headers = {{"Accept", "application/json"},
                       identity::secret_header("Authorization", "Bearer ", options.system_access_token),
                       {"Content-Type", "application/json"},
                       {"X-TFS-FedAuthRedirect", "Suppress"}}; // a status for who is refused, no page to sign in at
    return request;
}

/// Azure DevOps writes the number by which its support finds a request into a header.
std::string number_of(const net::http_response& response) {
    const auto number = response.header("x-vss-e2eid");
    return number.empty() ? std::string{} : " (x-vss-e2eid " + escape_untrusted(number, 64) + ")";
}

result<secret_string> ask_pipeline(const identity::inquiry& inquiry, const std::string& url,
                                   const azure_pipelines_options& options) {
    const auto response = identity::send_with_retries(inquiry, request_for(url, options), identity::entra_retries());
    if (!response.has_value()) return inquiry.without_answer(response.error(), credential_attempt::outcome::failed);
    auto answer = identity::read_error_answer(response->body.reveal());
    identity::hide_secret(answer, options.system_access_token);
    if (response->status != 200) {
        auto facts = identity::facts_of(*response, answer, inquiry.world().clock->wall());
        facts.hint = no_token;
        return inquiry.failed("Azure Pipelines gave no token of the service connection: " + answer.to_string()
                                  + number_of(*response),
                              std::move(facts));
    }
    const auto read = identity::json_object::parse(response->body.reveal());
    auto text = read ? read->text("oidcToken") : std::string{};
    secret_string token(text);
    wipe_memory(text.data(), text.size());
    if (token.empty())
        return inquiry.failed("Azure Pipelines gave no token of the service connection: its answer holds no oidcToken",
                              {.http_status = response->status, .hint = std::string(no_token)});
    return token;
}

} // namespace

azure_pipelines_credential::azure_pipelines_credential(azure_pipelines_options options, credential_context context)
    : options_(std::move(options)), context_(identity::with_defaults(std::move(context))) {
    const auto fill = [&](std::string& option, std::string_view name) {
        if (option.empty()) option = variable(context_.variables, name);
    };
    fill(options_.tenant_id, "AZURESUBSCRIPTION_TENANT_ID");
    fill(options_.client_id, "AZURESUBSCRIPTION_CLIENT_ID");
    fill(options_.service_connection_id, "AZURESUBSCRIPTION_SERVICE_CONNECTION_ID");
    fill(options_.authority_host, "AZURE_AUTHORITY_HOST");
    fill(oidc_url_, "SYSTEM_OIDCREQUESTURI");
    if (options_.system_access_token.empty())
        options_.system_access_token = secret_string(variable(context_.variables, "SYSTEM_ACCESSTOKEN"));
}

result<access_token> azure_pipelines_credential::get_token(const token_request& request) {
    const identity::inquiry inquiry(name(), request, context_);
    const auto missing =
        identity::missing_variables({{"SYSTEM_OIDCREQUESTURI", oidc_url_},
                                     {"SYSTEM_ACCESSTOKEN", options_.system_access_token.empty() ? "" : "set"},
                                     {"AZURESUBSCRIPTION_TENANT_ID", options_.tenant_id},
                                     {"AZURESUBSCRIPTION_CLIENT_ID", options_.client_id},
                                     {"AZURESUBSCRIPTION_SERVICE_CONNECTION_ID", options_.service_connection_id}});
    if (!missing.empty()) return inquiry.unavailable(missing);
    if (!base::starts_with_ignoring_case(oidc_url_, "https://"))
        return inquiry.failed("SYSTEM_OIDCREQUESTURI is not an https URL: " + escape_untrusted(oidc_url_, 100));
    if (auto problem = identity::problem_of_scope(inquiry)) return *std::move(problem);
    const auto token = ask_pipeline(inquiry, oidc_url_, options_);
    if (!token.has_value()) return token.error();
    return identity::ask_entra(
        inquiry, {options_.tenant_id, options_.client_id, options_.authority_host, options_.additionally_allowed_tenants},
        {.assertion = *token});
}

} // namespace entrada
