// Where tokens come from: the one interface all credentials implement.
// Room: identity.
#pragma once

#include "entrada/access_token.hpp"
#include "entrada/credential_report.hpp"
#include "entrada/result.hpp"

#include <chrono>
#include <stop_token>
#include <string>
#include <string_view>
#include <vector>

namespace entrada {

/// The scope of Azure Managed Redis and Azure Cache for Redis.
/// Source: https://learn.microsoft.com/azure/redis/entra-for-authentication
inline constexpr std::string_view redis_scope = "https://redis.azure.com/.default";

struct token_request {
    std::string scope{redis_scope};
    /// Give up at this moment, whatever is under way.
    std::chrono::steady_clock::time_point deadline = std::chrono::steady_clock::now() + std::chrono::seconds(15);
    /// Give up at once when stop is requested.
    std::stop_token stop;
    /// The longest pause a credential may make before it asks its source again; zero: it asks once. A server's Retry-After goes
    /// before it. The token manager says zero, for it repeats requests itself, and two that do so multiply.
    std::chrono::milliseconds pause_max = std::chrono::minutes(1);
    /// Another tenant than the one the credential was made for. It must be among those that the credential's options allow;
    /// managed identities have one tenant and do not look at this.
    std::string tenant_id{};
};

/// Gets tokens for one identity. Asks its source each time: keeping tokens is the token manager's work.
///
/// Blocks: until the answer, the deadline or the stop request.
/// Errors: `errc::credential_unavailable` if this credential cannot exist here (a chain goes on),
///         `errc::credential_failed` if it exists and was refused or could not be asked (a chain stops),
///         `errc::timeout`, `errc::cancelled`. The built-in credentials attach a `credential_report` to each failure.
/// Thread safety: every member may be called from any thread.
class token_credential {
public:
    virtual ~token_credential() = default;
    [[nodiscard]] virtual result<access_token> get_token(const token_request& request) = 0;
    /// The name used in errors and by AZURE_TOKEN_CREDENTIALS, such as "ManagedIdentityCredential".
    [[nodiscard]] virtual std::string_view name() const noexcept = 0;
    /// The name of the credential that the last token came from: another one's where this one asks others.
    [[nodiscard]] virtual std::string source() const { return std::string(name()); }
    /// What those said who were asked before `source()`; empty where nobody else was.
    [[nodiscard]] virtual std::vector<credential_attempt> passed_over() const { return {}; }
};

} // namespace entrada
