// The error codes of Entrada and the questions callers ask about them.
// Room: base.
#pragma once

#include <boost/system/error_code.hpp>

namespace entrada {

/// What went wrong. Callers branch on the questions below, not on single codes; codes are for logs and tests.
/// Every code has a row in TROUBLESHOOTING.md.
enum class errc {
    // Waiting.
    timeout = 1,    ///< the deadline passed before the answer came
    cancelled,      ///< the caller cancelled
    would_deadlock, ///< a blocking call on the thread that must answer it
    stopped,        ///< the client or manager was stopped

    // The connection.
    not_connected,    ///< there is no connection, and the command was never sent
    connection_lost,  ///< the connection ended after the command was sent; it may have run
    backlog_full,     ///< too many commands wait already
    resolve_failed,   ///< the host name has no address
    connect_failed,   ///< no address accepted the connection
    tls_failed,       ///< the TLS handshake or its verification failed
    handshake_failed, ///< the server accepted the connection but not the session

    // The protocol.
    protocol_error,    ///< bytes that are not RESP
    limit_exceeded,    ///< a reply or request is larger than a limit allows
    unexpected_reply,  ///< well-formed, but not the type this command answers with
    not_multiplexable, ///< a command that would change the state of a connection that others share

    // What Redis answered.
    server_error,    ///< an error reply with no code of its own here
    wrong_pass,      ///< WRONGPASS: the server refused user name and token
    no_auth,         ///< NOAUTH: a command before login
    no_permission,   ///< NOPERM: the access policy forbids it
    wrong_type,      ///< WRONGTYPE: the key holds another type
    unknown_command, ///< the server does not know, or Azure blocks, this command
    server_loading,  ///< LOADING, BUSY, CLUSTERDOWN, MASTERDOWN, TRYAGAIN: a state that passes
    redirected,      ///< MOVED or ASK: the key lives on another node of a cluster
    read_only,       ///< READONLY: a write on a replica
    out_of_memory,   ///< OOM: the server is full

    // Identity and tokens.
    credential_unavailable, ///< this credential cannot exist here; a chain goes on
    credential_failed,      ///< this credential exists and was refused; a chain stops
    token_unusable,         ///< a token without the claims needed, or already expired
    token_unavailable,      ///< no valid token: renewal keeps failing
    token_host_refused,     ///< a token must not go to this host

    // Settings.
    setting_missing, ///< a needed setting has no value
    setting_unknown, ///< a key nobody knows
    setting_invalid, ///< a value that cannot be used
    file_unreadable, ///< a named file cannot be read

    // Values.
    value_unreadable, ///< bytes in the cache that are not the type asked for
};

[[nodiscard]] const boost::system::error_category& entrada_category() noexcept;
[[nodiscard]] boost::system::error_code make_error_code(errc code) noexcept;

/// The same call may succeed a little later, and it is certain that nothing ran.
[[nodiscard]] bool is_retryable(const boost::system::error_code& code) noexcept;
/// The command may or may not have run.
[[nodiscard]] bool may_have_run(const boost::system::error_code& code) noexcept;
/// Identity, login or access policy: a person has to look.
[[nodiscard]] bool is_auth(const boost::system::error_code& code) noexcept;

} // namespace entrada

template <>
struct boost::system::is_error_code_enum<entrada::errc> : std::true_type {};
