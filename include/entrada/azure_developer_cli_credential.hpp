// Signs in as the developer who is signed in to the Azure Developer CLI.
// Room: identity.
#pragma once

#include "entrada/credential_context.hpp"
#include "entrada/token_credential.hpp"

#include <chrono>
#include <string>
#include <vector>

namespace entrada {

struct azure_developer_cli_options {
    std::string tenant_id{};                          ///< empty: the one that the developer signed in to
    std::chrono::milliseconds process_timeout{13000}; ///< the request's own deadline counts, too
    /// Tenants that a request may name besides `tenant_id`; "*" for all.
    std::vector<std::string> additionally_allowed_tenants{};
    /// For chains: whatever goes wrong with the tool, another credential may be asked.
    bool failures_are_unavailable = false;
};

/// `azd auth token`. Unavailable if `azd` is not installed or nobody is signed in to it.
///
/// The program is the first of its name in the absolute folders of PATH. No shell: it is started with its arguments, in /bin,
/// with an empty input, without a terminal, and with those variables only that tools need, so no secret of this process. It is
/// killed with all its children at the deadline and at a stop request.
class azure_developer_cli_credential final : public token_credential {
public:
    explicit azure_developer_cli_credential(azure_developer_cli_options options = {}, credential_context context = {});

    [[nodiscard]] result<access_token> get_token(const token_request& request) override;
    [[nodiscard]] std::string_view name() const noexcept override { return "AzureDeveloperCliCredential"; }

private:
    azure_developer_cli_options options_;
    credential_context context_;
};

} // namespace entrada
