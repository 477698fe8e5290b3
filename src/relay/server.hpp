// Takes TLS connections and relays each to a backend of its own.
// Room: relay.
#pragma once

#include "entrada/log.hpp"
#include "relay/login_check.hpp"

#include <boost/asio/ip/tcp.hpp>

#include <chrono>
#include <cstdint>
#include <memory>
#include <string>
#include <vector>

namespace boost::asio::ssl {
class context;
}

namespace entrada::relay {

struct server_options {
    std::string backend_path; ///< unix socket of the Redis behind
    login_check check;
    log_sink log;
    std::size_t connections_max = 10'000;            ///< Redis' own default; further ones are closed at once
    std::chrono::milliseconds handshake_max{10'000}; ///< for TLS and the connection to the backend together
    std::chrono::milliseconds farewell_max{2'000};   ///< for the end of TLS after the backend closed
};

/// What happened so far.
struct server_counters {
    std::uint64_t connections_open = 0;
    std::uint64_t connections_accepted = 0;
    std::uint64_t handshakes_failed = 0; ///< plain TCP, a certificate the client does not trust, or too slow
    std::uint64_t backend_unreachable = 0;
    std::uint64_t turned_away = 0;   ///< over the limit
    std::uint64_t cut_at_expiry = 0; ///< the token ran out and no login followed
};

/// One client connection, one backend connection, bytes in both directions unchanged but for logins. A connection ends when its
/// last accepted login does. Both directions push back: no more is read than was written.
///
/// Thread safety: the loop's thread; works until the loop of the listeners ends.
class server {
public:
    /// `tls` must outlive the loop.
    server(std::vector<boost::asio::ip::tcp::acceptor> listeners, boost::asio::ssl::context& tls, server_options options);
    ~server();

    [[nodiscard]] const server_counters& counters() const noexcept;

private:
    struct state;
    std::shared_ptr<state> state_;
};

} // namespace entrada::relay
