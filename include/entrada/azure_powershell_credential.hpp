// Signs in as the developer who is signed in to Azure PowerShell.
// Room: identity.
#pragma once

#include "entrada/credential_context.hpp"
#include "entrada/token_credential.hpp"

#include <chrono>
#include <string>
#include <vector>

namespace entrada {

struct azure_powershell_options {
    std::string tenant_id{};                          ///< empty: the one that the developer signed in to
    std::chrono::milliseconds process_timeout{13000}; ///< the request's own deadline counts, too
    /// Tenants that a request may name besides `tenant_id`; "*" for all.
    std::vector<std::string> additionally_allowed_tenants{};
    /// For chains: whatever goes wrong with the tool, another credential may be asked.
    bool failures_are_unavailable = false;
};

/// `Get-AzAccessToken` of the module Az.Accounts (2.2.0 or newer), in `pwsh`. Unavailable if one of the two is not installed or
/// nobody is signed in.
///
/// The program is the first of its name in the absolute folders of PATH. No shell: it is started with its arguments, in /bin,
/// with an empty input, without a terminal, and with those variables only that tools need, so no secret of this process. It is
/// killed with all its children at the deadline and at a stop request.
class azure_powershell_credential final : public token_credential {
public:
    explicit azure_powershell_credential(azure_powershell_options options = {}, credential_context context = {});

    [[nodiscard]] result<access_token> get_token(const token_request& request) override;
    [[nodiscard]] std::string_view name() const noexcept override { return "AzurePowerShellCredential"; }

private:
    azure_powershell_options options_;
    credential_context context_;
};

} // namespace entrada
