// Keeps a Microsoft Entra token fresh for the connections that use it.
// Room: entra.
#pragma once

#include "entrada/credentials_provider.hpp"
#include "entrada/log.hpp"
#include "entrada/token_credential.hpp"

#include <vector>

namespace entrada {

/// What users log. The four kinds are those of Microsoft.Azure.StackExchangeRedis.
struct token_event {
    enum class kind { renewed, renewal_failed, connection_reauthenticated, reauthentication_failed };
    kind what = kind::renewed;
    std::chrono::system_clock::time_point expires_on; ///< of the token now in use
    std::string host;                                 ///< for connection events
    std::optional<failure> cause;                     ///< for failures
};

struct token_manager_options {
    std::string scope{redis_scope};
    /// Renew when this part of the life has passed, or earlier where Azure's rules want it: a token of hours is renewed
    /// early enough to be on every connection 3 minutes before its end.
    double renew_at = 0.8;
    /// Up to this part of the life earlier, at random, so that a fleet does not renew together.
    double jitter = 0.05;
    /// The most that a request may take. One made near the end of the token, or without a valid token, gets less (half of what is
    /// left, at least a second), so that a source that hangs is soon asked again.
    std::chrono::milliseconds request_timeout{15000};
    std::chrono::milliseconds retry_delay{100};
    std::chrono::milliseconds retry_delay_max{30000};
    /// While no token is valid: callers are failing, so ask often.
    std::chrono::milliseconds retry_delay_max_without_token{1000};
    /// Besides the Azure suffixes, hosts a token may be sent to. Exact names, case-insensitive.
    std::vector<std::string> allowed_hosts;
    /// Redis user name; empty: the `oid` claim of the token.
    std::string username;
    /// Called from the manager's thread, and for events of a connection from that connection's; must not block.
    std::function<void(const token_event&)> on_event;
    log_sink log;
};

struct token_stats {
    std::uint64_t acquired = 0; ///< tokens taken into use, the first one included
    std::uint64_t failures = 0; ///< requests that brought none
};

/// Holds one access token, renews it ahead of its end, retries for ever, and tells connections when it changed.
///
/// A failed renewal never discards a token that is still good. One request at a time, on a thread of its own; when a short
/// one has run out of time, a second one beside them that has the whole `request_timeout`, for sources that are slow.
///
/// Thread safety: every member may be called from any thread.
/// Lifetime: the destructor stops renewal, cancels a request under way and waits for its thread; not to be called from a listener
/// or from `on_event`.
/// `current` fails with `errc::token_unavailable` while the last token has ended and no newer one can be had, or when the
/// first one has been waited for in vain for 2 seconds; and with
/// `errc::token_host_refused` for a host that is neither Azure's nor allowed, or without verified TLS.
class token_manager final : public credentials_provider {
public:
    explicit token_manager(std::shared_ptr<token_credential> credential, token_manager_options options = {});
    ~token_manager() override;

    [[nodiscard]] result<std::optional<credentials>> current(const peer& server) override;
    [[nodiscard]] std::unique_ptr<subscription> subscribe(std::function<void()> on_change) override;
    void report(const login_outcome& outcome) override;

    [[nodiscard]] token_stats stats() const noexcept;

private:
    class impl;
    std::unique_ptr<impl> impl_;
};

} // namespace entrada
