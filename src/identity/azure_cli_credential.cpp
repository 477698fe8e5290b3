#include "entrada/azure_cli_credential.hpp"

#include "identity/developer_tool.hpp"
#include "identity/tool_token.hpp"

#include <array>

namespace entrada {
namespace {

constexpr std::array<std::string_view, 2> not_signed_in{"az login", "az account set"};
constexpr std::array<std::string_view, 3> sign_in_again{"az login", "AADSTS700082", "AADSTS5007"};
constexpr identity::developer_tool az{.program = "az",
                                      .install_hint = "install the Azure CLI: https://aka.ms/azure-cli",
                                      .login_hint = "run `az login`",
                                      .not_signed_in = not_signed_in,
                                      .sign_in_again = sign_in_again};

bool is_subscription(std::string_view text) {
    constexpr std::string_view allowed = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_. ";
    return text.find_first_not_of(allowed) == std::string_view::npos && !text.starts_with('-');
}

} // namespace

azure_cli_credential::azure_cli_credential(azure_cli_options options, credential_context context)
    : options_(std::move(options)), context_(identity::with_defaults(std::move(context))) {}

result<access_token> azure_cli_credential::get_token(const token_request& request) {
    const identity::inquiry inquiry(name(), request, context_);
    if (auto problem = identity::problem_of_scope(inquiry)) return *std::move(problem);
    if (!is_subscription(options_.subscription))
        return inquiry.failed("the subscription \"" + escape_untrusted(options_.subscription, 60)
                              + "\" holds characters that none has");
    const auto tenant = identity::tenant_for_tool(inquiry, options_.tenant_id, options_.additionally_allowed_tenants);
    if (!tenant.has_value()) return tenant.error();
    identity::tool_call call{
        .arguments = {"account", "get-access-token", "--output", "json", "--resource", std::string(inquiry.resource())},
        .time_max = options_.process_timeout,
        .failures_are_unavailable = options_.failures_are_unavailable};
    if (!tenant->empty()) call.arguments.insert(call.arguments.end(), {"--tenant", *tenant});
    if (!options_.subscription.empty()) call.arguments.insert(call.arguments.end(), {"--subscription", options_.subscription});
    const auto out = identity::ask_tool(inquiry, az, call);
    if (!out.has_value()) return out.error();
    // Newer versions give seconds since 1970 as well.
    return identity::read_tool_token(inquiry, az, call, out->reveal(),
                                     {.token = "accessToken", .ends = "expires_on", .ends_local = "expiresOn"});
}

} // namespace entrada
