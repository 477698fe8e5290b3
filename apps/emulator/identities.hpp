// Who exists in the emulated tenant.
// Room: emulator.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace entrada::emulator {

/// The tenant; like all ids here fixed and recognisable, so that scripts can name it.
inline constexpr std::string_view tenant_id = "e117ada0-0000-4000-8000-000000000001";

enum class identity_kind {
    system_assigned,   ///< managed identity of the machine; always there
    user_assigned,     ///< managed identity chosen by AZURE_CLIENT_ID
    service_principal, ///< application with a secret
    workload,          ///< the same application with a federated credential
    stranger,          ///< has tokens, but no assignment to the cache; for tests
};

/// As written in `--identities`: "system", "user-assigned", "service-principal", "workload".
[[nodiscard]] std::optional<identity_kind> parse_identity_kind(std::string_view text);

struct identity {
    identity_kind kind = identity_kind::system_assigned;
    std::string object_id; ///< its user name in Redis
    std::string client_id;
    std::string resource_id; ///< of managed identities
};

/// The identity of a kind. A service principal and a workload are one application, which may have either credential or both.
[[nodiscard]] identity make_identity(identity_kind kind);

/// Those that `kinds` names, and the system-assigned one; each once.
[[nodiscard]] std::vector<identity> make_identities(const std::vector<identity_kind>& kinds);

} // namespace entrada::emulator
