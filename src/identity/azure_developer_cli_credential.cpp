#include "entrada/azure_developer_cli_credential.hpp"

#include "identity/developer_tool.hpp"
#include "identity/tool_token.hpp"

#include <array>

namespace entrada {
namespace {

constexpr std::array<std::string_view, 2> not_signed_in{"azd auth login", "not logged in"};
constexpr std::array<std::string_view, 2> sign_in_again{"azd auth login", "AADSTS700082"};
constexpr identity::developer_tool azd{.program = "azd",
                                       .install_hint = "install the Azure Developer CLI: https://aka.ms/azd",
                                       .login_hint = "run `azd auth login`",
                                       .not_signed_in = not_signed_in,
                                       .sign_in_again = sign_in_again};

} // namespace

azure_developer_cli_credential::azure_developer_cli_credential(azure_developer_cli_options options, credential_context context)
    : options_(std::move(options)), context_(identity::with_defaults(std::move(context))) {}

result<access_token> azure_developer_cli_credential::get_token(const token_request& request) {
    const identity::inquiry inquiry(name(), request, context_);
    if (auto problem = identity::problem_of_scope(inquiry)) return *std::move(problem);
    const auto tenant = identity::tenant_for_tool(inquiry, options_.tenant_id, options_.additionally_allowed_tenants);
    if (!tenant.has_value()) return tenant.error();
    identity::tool_call call{.arguments = {"auth", "token", "--output", "json", "--no-prompt", "--scope", request.scope},
                             .time_max = options_.process_timeout,
                             .failures_are_unavailable = options_.failures_are_unavailable};
    if (!tenant->empty()) call.arguments.insert(call.arguments.end(), {"--tenant-id", *tenant});
    const auto out = identity::ask_tool(inquiry, azd, call);
    if (!out.has_value()) return out.error();
    return identity::read_tool_token(inquiry, azd, call, out->reveal(), {.token = "token", .ends = "expiresOn"});
}

} // namespace entrada
