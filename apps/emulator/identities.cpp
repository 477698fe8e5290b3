// Room: emulator.
#include "emulator/identities.hpp"

#include <algorithm>

namespace entrada::emulator {
namespace {

identity numbered(identity_kind kind, char digit) {
    const std::string stem = "e117ada0-0000-4000-8000-0000000000";
    return {kind, stem + digit + "1", stem + digit + "2", {}};
}

std::string resource(std::string_view type, std::string_view name) {
    return "/subscriptions/e117ada0-0000-4000-8000-000000000002/resourcegroups/emulator/providers/" + std::string(type) + "/"
           + std::string(name);
}

} // namespace

std::optional<identity_kind> parse_identity_kind(std::string_view text) {
    if (text == "system") return identity_kind::system_assigned;
    if (text == "user-assigned") return identity_kind::user_assigned;
    if (text == "service-principal") return identity_kind::service_principal;
    if (text == "workload") return identity_kind::workload;
    return std::nullopt;
}

identity make_identity(identity_kind kind) {
    identity made;
    switch (kind) {
    case identity_kind::system_assigned:
        made = numbered(kind, '1');
        made.resource_id = resource("Microsoft.Web/sites", "emulator");
        break;
    case identity_kind::user_assigned:
        made = numbered(kind, '2');
        made.resource_id = resource("Microsoft.ManagedIdentity/userAssignedIdentities", "emulator");
        break;
    case identity_kind::service_principal:
    case identity_kind::workload:
        made = numbered(kind, '3');
        break;
    case identity_kind::stranger:
        made = numbered(kind, '9');
        break;
    }
    return made;
}

std::vector<identity> make_identities(const std::vector<identity_kind>& kinds) {
    std::vector<identity> made{make_identity(identity_kind::system_assigned)};
    for (const identity_kind kind : kinds) {
        const identity candidate = make_identity(kind);
        const bool known = std::any_of(made.begin(), made.end(), [&](const identity& one) { return one.kind == candidate.kind; });
        if (!known) made.push_back(candidate);
    }
    return made;
}

} // namespace entrada::emulator
