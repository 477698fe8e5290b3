#include "entrada/workload_identity_credential.hpp"

#include "identity/confidential_client.hpp"
#include "identity/missing_variables.hpp"
#include "identity/small_file.hpp"

#include <algorithm>

namespace entrada {
namespace {

constexpr std::size_t assertion_bytes_max = std::size_t{64} * 1024;

void fill_from(const environment& variables, std::string& option, std::string_view name) {
    if (option.empty()) option = variable(variables, name);
}

/// The one hint of Entra that is acted upon: it is documented, and asking again costs one request.
bool says_stale(const failure& refused) {
    const auto* report = credential_report_of(refused);
    return report != nullptr
           && std::ranges::any_of(report->attempts(), [](const auto& attempt) { return attempt.aadsts == "AADSTS700024"; });
}

result<secret_string> read_assertion(const identity::inquiry& inquiry, const std::string& file) {
    const auto read = identity::read_small_file(file, {.bytes_max = assertion_bytes_max});
    if (const auto* content = std::get_if<secret_string>(&read)) return *content;
    return inquiry.failed("the federated token file " + escape_untrusted(file)
                          + " cannot be used: " + std::get<identity::file_problem>(read).reason);
}

} // namespace

workload_identity_credential::workload_identity_credential(workload_identity_options options, credential_context context)
    : options_(std::move(options)), context_(identity::with_defaults(std::move(context))) {
    fill_from(context_.variables, options_.tenant_id, "AZURE_TENANT_ID");
    fill_from(context_.variables, options_.client_id, "AZURE_CLIENT_ID");
    fill_from(context_.variables, options_.token_file, "AZURE_FEDERATED_TOKEN_FILE");
    fill_from(context_.variables, options_.authority_host, "AZURE_AUTHORITY_HOST");
}

result<access_token> workload_identity_credential::get_token(const token_request& request) {
    const identity::inquiry inquiry(name(), request, context_);
    const auto missing = identity::missing_variables({{"AZURE_TENANT_ID", options_.tenant_id},
                                                      {"AZURE_CLIENT_ID", options_.client_id},
                                                      {"AZURE_FEDERATED_TOKEN_FILE", options_.token_file}});
    if (!missing.empty()) return inquiry.unavailable(missing);
    const identity::client_identity who{options_.tenant_id, options_.client_id, options_.authority_host,
                                        options_.additionally_allowed_tenants};
    const auto assertion = read_assertion(inquiry, options_.token_file);
    if (!assertion.has_value()) return assertion.error();
    auto answer = identity::ask_entra(inquiry, who, {.assertion = *assertion});
    if (answer.has_value() || !says_stale(answer.error())) return answer;
    const auto newer = read_assertion(inquiry, options_.token_file);
    if (!newer.has_value() || same_secret(*newer, *assertion)) return answer;
    return identity::ask_entra(inquiry, who, {.assertion = *newer});
}

} // namespace entrada
