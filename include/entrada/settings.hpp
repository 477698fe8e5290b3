// Where the cache is and how to sign in, read from the places .NET programs read it from.
// Room: config.
#pragma once

#include "entrada/cache_options.hpp"
#include "entrada/client_options.hpp"
#include "entrada/environment.hpp"
#include "entrada/token_manager.hpp"

#include <chrono>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace entrada {

/// How a client signs in.
enum class sign_in {
    entra,    ///< with a Microsoft Entra token
    password, ///< with a fixed password (an access key), and a user name if there is one
    none,     ///< not at all
};

/// All that is needed to make a client. Plain data: change what you like before use.
///
/// docs/reference/settings.md lists the keys that files and environments may hold.
/// Thread safety: as a `std::string`.
struct settings {
    std::string host;
    std::optional<std::uint16_t> port; ///< empty: 10000 for Azure Managed Redis; elsewhere 6380 with TLS, 6379 without
    std::string unix_socket;           ///< path; instead of host and port

    std::optional<bool> tls; ///< empty: on, unless on loopback or a unix socket without Entra
    std::string ca_file;     ///< PEM file of certificate authorities; empty: the system's
    std::string tls_name;    ///< name the certificate must be for; empty: the host

    std::optional<sign_in> auth; ///< empty: see `effective_auth`
    std::string user;            ///< with Entra, instead of the object id in the token
    secret_string password;
    std::string scope{redis_scope};
    std::string managed_identity_client_id; ///< of a user-assigned managed identity; empty: the system-assigned one
    std::vector<std::string> allowed_hosts; ///< names besides those of Azure that a token may be sent to

    std::string client_name;
    std::string key_prefix; ///< put before every key by `cache`; `Redis:InstanceName`
    int database = 0;

    // What these mean is said at `client_options`.
    std::chrono::milliseconds connect_timeout = client_options{}.connect_timeout;
    std::chrono::milliseconds login_timeout = client_options{}.login_timeout;
    std::chrono::milliseconds command_timeout = client_options{}.command_timeout;
    std::chrono::milliseconds ping_interval = client_options{}.ping_interval;
    std::chrono::milliseconds dead_peer_timeout = client_options{}.dead_peer_timeout;
    std::chrono::milliseconds reconnect_delay = client_options{}.reconnect_delay;
    std::chrono::milliseconds reconnect_delay_max = client_options{}.reconnect_delay_max;

    /// What credentials read (AZURE_CLIENT_ID, IDENTITY_ENDPOINT, ...); empty: the variables of this process.
    std::optional<environment> variables;
    log_sink log;
    std::function<void(const token_event&)> on_token_event;

    /// What was read but has no effect, one sentence each. `make_client_options` says them to `log`.
    std::vector<std::string> warnings;
    std::string origin = "the settings"; ///< where these come from, for errors

    /// Reads appsettings.json (comments and trailing commas allowed); `Redis__HostName` and its like in the environment win.
    /// Neither the file nor a host has to be there: a host may be set afterwards, and `check` finds that none is.
    ///
    /// Errors, thrown as `failure_error` that names place, key and remedy: `errc::file_unreadable`, `errc::setting_missing`,
    /// `errc::setting_unknown`, `errc::setting_invalid`.
    [[nodiscard]] static settings from_file(const std::filesystem::path& file,
                                            const environment& variables = process_environment());
    /// From the environment alone. Errors: as `from_file`.
    [[nodiscard]] static settings from_environment(const environment& variables = process_environment());
    /// From a StackExchange.Redis configuration string. Errors: as `from_file`.
    [[nodiscard]] static settings from_connection_string(std::string_view text);

    /// `auth`, or else: the password if there is one; nothing for a unix socket and where TLS is switched off; Entra.
    [[nodiscard]] sign_in effective_auth() const;
    [[nodiscard]] bool effective_tls() const;
    [[nodiscard]] std::uint16_t effective_port() const;

    [[nodiscard]] bool has_host() const noexcept { return !host.empty() || !unix_socket.empty(); }
    /// Nothing, or what is missing or contradictory: no host, Entra without TLS, a password that is not there,
    /// a host that no token may go to.
    /// Errors: `errc::setting_missing`, `errc::setting_invalid`, `errc::token_host_refused`.
    [[nodiscard]] result<void> check() const;

    /// The default credential of Azure, for the managed identity named here if there is one.
    [[nodiscard]] std::shared_ptr<token_credential> make_credential() const;
    /// Renews tokens of `make_credential()`.
    [[nodiscard]] std::shared_ptr<token_manager> make_token_manager() const;
    /// Renews tokens of a credential of your own.
    [[nodiscard]] std::shared_ptr<token_manager> make_token_manager(std::shared_ptr<token_credential> credential) const;
    /// Options of a client that signs in as `effective_auth` says. Throws `failure_error` with what `check` finds.
    [[nodiscard]] client_options make_client_options() const;
    /// The same with credentials of your own, such as a token manager that several clients share. Throws `failure_error` without
    /// a host.
    [[nodiscard]] client_options make_client_options(std::shared_ptr<credentials_provider> credentials) const;
    /// So that `entrada::client client{settings}` and `entrada::cache cache{settings}` work.
    operator client_options() const { return make_client_options(); }              // NOLINT(google-explicit-constructor)
    operator cache_options() const { return {make_client_options(), key_prefix}; } // NOLINT(google-explicit-constructor)

    /// One line for people: where and how, secrets masked.
    [[nodiscard]] std::string to_string() const;
};

} // namespace entrada
