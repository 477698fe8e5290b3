#include "identity/authority.hpp"

#include "base/hosts.hpp"
#include "base/text.hpp"
#include "entrada/failure.hpp"
#include "identity/tenant.hpp"

#include <algorithm>
#include <array>

namespace entrada::identity {
namespace {

constexpr std::string_view letters_and_digits = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789";

bool consists_of(std::string_view text, std::string_view more) {
    return std::ranges::all_of(text, [&](char c) {
        return letters_and_digits.find(c) != std::string_view::npos || more.find(c) != std::string_view::npos;
    });
}

/// Host and port without the scheme; empty if the text is none.
std::string_view host_and_port_of(std::string_view authority) {
    constexpr std::string_view https = "https://";
    if (base::starts_with_ignoring_case(authority, https)) authority.remove_prefix(https.size());
    while (authority.ends_with('/')) authority.remove_suffix(1);
    return consists_of(authority, "-._:[]") ? authority : std::string_view{};
}

std::string_view host_of(std::string_view host_and_port) {
    if (host_and_port.starts_with('[')) return host_and_port.substr(1, host_and_port.find(']') - 1);
    return host_and_port.substr(0, host_and_port.find(':'));
}

std::string problem_of_tenant(std::string_view tenant) {
    static constexpr std::array<std::string_view, 3> aliases{"common", "organizations", "consumers"};
    if (!is_tenant(tenant)) return "the tenant \"" + escape_untrusted(tenant, 60) + "\" is neither an id nor a domain";
    if (std::ranges::any_of(aliases, [&](auto alias) { return base::equal_ignoring_case(alias, tenant); }))
        return "the tenant \"" + std::string(tenant) + "\" stands for many; a program needs the id or domain of one";
    return {};
}

} // namespace

std::variant<token_endpoint, std::string> token_endpoint_of(std::string_view authority, std::string_view tenant) {
    authority = base::trim(authority);
    if (authority.empty()) authority = public_authority;
    const auto host_and_port = host_and_port_of(authority);
    if (host_and_port.empty())
        return "the authority host \"" + escape_untrusted(authority, 100) + "\" is not of the form https://host";
    if (auto problem = problem_of_tenant(tenant); !problem.empty()) return problem;
    const bool federation_services = base::equal_ignoring_case(tenant, "adfs");
    return token_endpoint{.url = "https://" + std::string(host_and_port) + '/' + std::string(tenant)
                                 + (federation_services ? "/oauth2/token" : "/oauth2/v2.0/token"),
                          .local = base::is_loopback(host_of(host_and_port))};
}

} // namespace entrada::identity
