// What a connection needs to know of logins: what to send now, and when that changes.
// Room: conn. Implemented by entra for Microsoft Entra tokens.
#pragma once

#include "entrada/result.hpp"
#include "entrada/secret_string.hpp"

#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>

namespace entrada {

/// User name and password as AUTH takes them.
struct credentials {
    std::string username; ///< empty: AUTH with one argument
    secret_string password;
    std::optional<std::chrono::system_clock::time_point> expires_at; ///< empty: never
    std::uint64_t version = 0; ///< grows with each change; equal versions are the same credentials
};

/// To whom the credentials would be sent.
struct peer {
    std::string host;      ///< the name the user wrote, not an address it resolved to; `tls_options::server_name` if set
    bool verified = false; ///< TLS, and the certificate was checked against `host`
    bool local = false;    ///< a unix socket
};

/// What a server said to credentials.
struct login_outcome {
    peer server;
    std::uint64_t version = 0;
    bool again = false;             ///< a living connection was re-authenticated, as opposed to a new one logging in
    std::optional<failure> refused; ///< empty: accepted
};

/// Thread safety: every member may be called from any thread. No member blocks.
class credentials_provider {
public:
    /// Keeps a listener attached. After the destructor returns, the listener is not running and is never called again.
    class subscription {
    public:
        virtual ~subscription() = default;
    };

    virtual ~credentials_provider() = default;

    /// The credentials to send to `server` now.
    ///
    /// An empty optional means: not known yet, wait for the listener.
    /// Errors: `errc::token_unavailable` while none can be had (the detail says since when and why),
    ///         `errc::token_host_refused` if they must not be sent to `server`.
    [[nodiscard]] virtual result<std::optional<credentials>> current(const peer& server) = 0;

    /// Calls `on_change` after each change of what `current` returns. The listener must not block.
    [[nodiscard]] virtual std::unique_ptr<subscription> subscribe(std::function<void()> on_change) = 0;

    /// Tells what a server said; for events and for asking sooner after a refusal.
    virtual void report(const login_outcome& outcome) = 0;
};

/// A fixed user and password, for servers that are not behind Entra. Sends them to unix sockets, verified TLS and loopback only,
/// unless `anywhere` is set.
[[nodiscard]] std::shared_ptr<credentials_provider> make_static_credentials(std::string username, secret_string password,
                                                                            bool anywhere = false);

} // namespace entrada
