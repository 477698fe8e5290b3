// How a client reaches its Redis, and the limits it keeps.
// Room: conn.
#pragma once

#include "entrada/credentials_provider.hpp"
#include "entrada/log.hpp"

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>

namespace entrada {

class io_thread;

struct tls_options {
    bool enabled = true;
    /// PEM file of the certificate authorities to trust. Empty: the system's, or those of SSL_CERT_FILE.
    std::string ca_file;
    /// Name sent as SNI and checked in the certificate. Empty: the host.
    std::string server_name;
};

struct client_options {
    std::string host = "localhost";
    std::uint16_t port = 6379;
    /// Path of a unix socket; when set, host, port and TLS are not used to connect.
    std::string unix_socket;
    tls_options tls;
    /// Empty: no login.
    std::shared_ptr<credentials_provider> credentials;
    /// Sent as CLIENT SETNAME; empty: not sent.
    std::string client_name;
    int database = 0;

    /// Resolve, connect and TLS together. Microsoft advises against less than 5 s.
    std::chrono::milliseconds connect_timeout{5000};
    /// AUTH, HELLO and the rest of the session. Azure may take 10 s to check a token before it gives up itself.
    std::chrono::milliseconds login_timeout{15000};
    /// From the call to its reply, unless the call says otherwise.
    std::chrono::milliseconds command_timeout{5000};
    /// First pause before a second connection attempt; doubles with jitter up to the maximum.
    std::chrono::milliseconds reconnect_delay{50};
    std::chrono::milliseconds reconnect_delay_max{5000};
    /// PING after so much silence; Azure closes connections that are idle for 10 minutes.
    std::chrono::milliseconds ping_interval{60000};
    /// A connection that owes replies and brings no byte for so long is dead. Also TCP_USER_TIMEOUT.
    std::chrono::milliseconds dead_peer_timeout{10000};

    /// While replies are owed, look for them for so long before going to sleep; zero: sleep at once. Saves the time of a wake-up,
    /// 40 to 60 us on virtual machines, for a busy processor: only where cores are idle. 100 us is a good value. It adapts: where
    /// replies take longer, it is seldom tried.
    std::chrono::microseconds polling{0};

    /// Commands waiting for a connection; one more fails with `errc::backlog_full`.
    std::size_t backlog_max = 100'000;
    /// Bytes of requests queued but not yet sent; more fail with `errc::backlog_full`.
    std::size_t queued_bytes_max = std::size_t{512} * 1024 * 1024;
    /// Largest reply; Redis' own limit for one string is 512 MiB.
    std::size_t reply_bytes_max = std::size_t{512} * 1024 * 1024;

    /// Who does the I/O; empty: a thread of the client's own. What `options()` of a client gives has none.
    std::shared_ptr<io_thread> io;

    log_sink log;
};

} // namespace entrada
