#include "identity/tenant.hpp"

#include "base/text.hpp"

#include <algorithm>

namespace entrada::identity {

bool is_tenant(std::string_view text) noexcept {
    constexpr std::string_view allowed = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-.";
    return !text.empty() && text.find_first_not_of(allowed) == std::string_view::npos;
}

std::variant<std::string, std::string_view> choose_tenant(const tenant_choice& choice, const environment& variables) {
    const auto single = variable(variables, "AZURE_IDENTITY_DISABLE_MULTITENANTAUTH");
    const bool only_one = base::equal_ignoring_case(single, "true") || single == "1";
    if (choice.requested.empty() || only_one || base::equal_ignoring_case(choice.requested, choice.configured))
        return std::string(choice.configured);
    const bool allowed = std::ranges::any_of(
        choice.allowed, [&](const auto& one) { return one == "*" || base::equal_ignoring_case(one, choice.requested); });
    if (allowed) return std::string(choice.requested);
    return tenant_refused;
}

std::vector<std::string> allowed_tenants_of(const environment& variables) {
    const auto parts = base::split(variable(variables, "AZURE_ADDITIONALLY_ALLOWED_TENANTS"), ';');
    return {parts.begin(), parts.end()};
}

} // namespace entrada::identity
