#include "entra/host_rule.hpp"

#include "base/hosts.hpp"
#include "base/text.hpp"

#include <algorithm>

namespace entrada::entra {
namespace {

/// Letters, digits, dots and hyphens. The end of a text proves nothing if the text is no name at all.
bool is_dns_name(std::string_view host) {
    return std::ranges::all_of(host, [](char c) {
        const char lower = base::to_lower(c);
        return (lower >= 'a' && lower <= 'z') || (c >= '0' && c <= '9') || c == '.' || c == '-';
    });
}

std::string_view without_final_dot(std::string_view host) {
    if (host.ends_with('.')) host.remove_suffix(1);
    return host;
}

bool is_allowed(std::string_view host, const std::vector<std::string>& allowed_hosts) {
    return std::ranges::any_of(allowed_hosts, [&](std::string_view allowed) {
        return !allowed.empty() && base::equal_ignoring_case(without_final_dot(allowed), without_final_dot(host));
    });
}

} // namespace

std::optional<failure> refuse_host(const peer& server, const std::vector<std::string>& allowed_hosts) {
    const auto name = server.local ? std::string("a unix socket") : '"' + escape_untrusted(server.host, 100) + '"';
    if (server.local || !server.verified)
        return failure(errc::token_host_refused,
                       "no token goes to " + name
                           + " without TLS whose certificate was checked: switch TLS on, or sign in with a "
                             "password or not at all");
    if (is_allowed(server.host, allowed_hosts)) return std::nullopt;
    if (is_dns_name(server.host) && base::azure_product_of(server.host) != base::azure_product::none) return std::nullopt;
    return failure(
        errc::token_host_refused,
        "no token goes to " + name
            + ", which is no host name of Azure's Redis services: a token opens every cache of its identity. If this host is "
              "yours, name it in allowed_hosts (setting Redis:AllowedHosts)");
}

} // namespace entrada::entra
