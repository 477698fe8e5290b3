// Which tenant a token is asked of, when a request names another one than the credential.
// Room: identity.
#pragma once

#include "entrada/environment.hpp"

#include <string>
#include <string_view>
#include <variant>
#include <vector>

namespace entrada::identity {

/// Letters, digits, `-` and `.`: an id or a domain, and safe in a URL and on a command line.
[[nodiscard]] bool is_tenant(std::string_view text) noexcept;

struct tenant_choice {
    std::string_view configured;
    std::string_view requested;
    /// Besides the configured one; "*" stands for all.
    const std::vector<std::string>& allowed;
};

/// The tenant to ask, or why the requested one is refused. Compares without regard to case. With
/// AZURE_IDENTITY_DISABLE_MULTITENANTAUTH the requested one is not looked at.
[[nodiscard]] std::variant<std::string, std::string_view> choose_tenant(const tenant_choice& choice,
                                                                        const environment& variables);
inline constexpr std::string_view tenant_refused = "the requested tenant is not the one this credential was made for; name it in "
                                                   "additionally_allowed_tenants (\"*\" for any)";

/// The list in AZURE_ADDITIONALLY_ALLOWED_TENANTS, which has `;` between its elements.
[[nodiscard]] std::vector<std::string> allowed_tenants_of(const environment& variables);

} // namespace entrada::identity
