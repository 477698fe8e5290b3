// Who exists in the emulated tenant.
// Room: emulator.
#pragma once

#include "emulator/faults.hpp"

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
    certificate,       ///< the same application with a certificate
    pipeline,          ///< the same application with a service connection of Azure Pipelines
    developer,         ///< a person, logged in with `az`, `azd` or PowerShell, and in Cloud Shell
    stranger,          ///< has tokens, but no assignment to the cache; for tests
};

/// As written in `--identities`: "system", "user-assigned", "service-principal", "workload", "certificate", "pipelines".
[[nodiscard]] std::optional<identity_kind> parse_identity_kind(std::string_view text);
/// "developer" and "stranger" have names, too, but cannot be asked for.
[[nodiscard]] std::string_view name_of(identity_kind kind) noexcept;
/// One of those that share the application.
[[nodiscard]] bool is_application(identity_kind kind) noexcept;

/// What `--identities` asks for. All sources are there in any case; this is what the environment leads a program to.
struct identity_choice {
    std::vector<identity_kind> kinds;
    std::optional<source_kind> machine = source_kind::app_service; ///< form of the managed identity; empty: none
    std::vector<source_kind> tools;                                ///< of `az`, `azd`, `pwsh`

    [[nodiscard]] bool has(identity_kind kind) const noexcept;
};

/// Errors: `errc::setting_invalid`: a name that nobody knows, or two that exclude each other.
[[nodiscard]] result<identity_choice> parse_identities(std::string_view list);

struct identity {
    identity_kind kind = identity_kind::system_assigned;
    std::string object_id; ///< its user name in Redis
    std::string client_id;
    std::string resource_id; ///< of managed identities
};

/// The identity of a kind. Service principal, workload, certificate and pipeline are one application with several credentials.
[[nodiscard]] identity make_identity(identity_kind kind);

/// Those that `kinds` names, the system-assigned one, which is the first, and the developer; each once.
[[nodiscard]] std::vector<identity> make_identities(const std::vector<identity_kind>& kinds);

} // namespace entrada::emulator
