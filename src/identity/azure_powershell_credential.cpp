#include "entrada/azure_powershell_credential.hpp"

#include "identity/base64url.hpp"
#include "identity/developer_tool.hpp"
#include "identity/tool_token.hpp"

#include <array>

namespace entrada {
namespace {

constexpr std::string_view no_module = "NoAzAccountModule";
constexpr std::array<std::string_view, 3> not_signed_in{"Run Connect-AzAccount", "No accounts were found in the cache",
                                                        "cannot retrieve access token"};
constexpr std::array<std::string_view, 2> sign_in_again{"Connect-AzAccount", "AADSTS700082"};
constexpr identity::developer_tool pwsh{.program = "pwsh",
                                        .install_hint = "install PowerShell: https://aka.ms/powershell",
                                        .login_hint = "run `Connect-AzAccount` in pwsh",
                                        .not_signed_in = not_signed_in,
                                        .sign_in_again = sign_in_again};

/// What is asked for comes in variables and is never part of the script. Between these versions of the module a plain text must
/// be asked for as a secure one; from 5.0.0 it is one anyway.
constexpr std::string_view script = R"(
$ErrorActionPreference = 'Stop'
$WarningPreference = 'SilentlyContinue'
$ProgressPreference = 'SilentlyContinue'
$module = Import-Module Az.Accounts -MinimumVersion 2.2.0 -PassThru -ErrorAction SilentlyContinue
if (-not $module) { 'NoAzAccountModule'; exit 0 }
$wish = @{ ResourceUrl = $env:AZURE_IDENTITY_POWERSHELL_RESOURCE }
if ($env:AZURE_IDENTITY_POWERSHELL_TENANT_ID) { $wish.TenantId = $env:AZURE_IDENTITY_POWERSHELL_TENANT_ID }
$version = @($module)[0].Version
if ($version -ge [version]'2.17.0' -and $version -lt [version]'5.0.0') { $wish.AsSecureString = $true }
$got = Get-AzAccessToken @wish
$text = $got.Token
if ($text -is [System.Security.SecureString]) { $text = [System.Net.NetworkCredential]::new('', $text).Password }
$ends = $got.ExpiresOn.UtcDateTime.ToString('yyyy-MM-ddTHH:mm:ssZ', [System.Globalization.CultureInfo]::InvariantCulture)
@{ Token = $text; ExpiresOn = $ends } | ConvertTo-Json -Compress
)";

/// As -EncodedCommand takes it: UTF-16, little end first.
std::string encoded_script() {
    std::string wide;
    for (const char c : script) wide += {c, '\0'};
    return identity::encode_base64(wide);
}

/// Profiles and modules may talk before; the answer is the last line that looks like one.
std::string_view last_object(std::string_view out) {
    const auto at = out.rfind("\n{");
    return at == std::string_view::npos ? out : out.substr(at + 1);
}

} // namespace

azure_powershell_credential::azure_powershell_credential(azure_powershell_options options, credential_context context)
    : options_(std::move(options)), context_(identity::with_defaults(std::move(context))) {}

result<access_token> azure_powershell_credential::get_token(const token_request& request) {
    const identity::inquiry inquiry(name(), request, context_);
    if (auto problem = identity::problem_of_scope(inquiry)) return *std::move(problem);
    const auto tenant = identity::tenant_for_tool(inquiry, options_.tenant_id, options_.additionally_allowed_tenants);
    if (!tenant.has_value()) return tenant.error();
    identity::tool_call call{.arguments = {"-NoProfile", "-NonInteractive", "-EncodedCommand", encoded_script()},
                             .more_variables = {{"POWERSHELL_UPDATECHECK", "Off"},
                                                {"AZURE_IDENTITY_POWERSHELL_RESOURCE", std::string(inquiry.resource())}},
                             .time_max = options_.process_timeout,
                             .failures_are_unavailable = options_.failures_are_unavailable};
    if (!tenant->empty()) call.more_variables["AZURE_IDENTITY_POWERSHELL_TENANT_ID"] = *tenant;
    const auto out = identity::ask_tool(inquiry, pwsh, call);
    if (!out.has_value()) return out.error();
    if (out->reveal().find(no_module) != std::string_view::npos)
        return inquiry.unavailable("the PowerShell module Az.Accounts is not installed",
                                   {.hint = "run `Install-Module Az.Accounts` in pwsh"});
    return identity::read_tool_token(inquiry, pwsh, call, last_object(out->reveal()), {.token = "Token", .ends = "ExpiresOn"});
}

} // namespace entrada
