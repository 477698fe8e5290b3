// One client and its backend.
// Room: relay.
#pragma once

#include "relay/request_filter.hpp"
#include "relay/server.hpp"

#include <boost/asio/awaitable.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/local/stream_protocol.hpp>
#include <boost/asio/ssl/stream.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/system_timer.hpp>

namespace entrada::relay {

/// Lives as long as `run` is under way. `options` and `counters` must live longer.
class session {
public:
    session(boost::asio::ip::tcp::socket socket, boost::asio::ssl::context& tls, const server_options& options,
            server_counters& counters);

    /// From the handshake to the end of the connection.
    boost::asio::awaitable<void> run();

private:
    enum class ending { client_gone, backend_gone, expired };

    boost::asio::awaitable<bool> open();
    boost::asio::awaitable<ending> relay_both_ways();
    boost::asio::awaitable<ending> requests();
    boost::asio::awaitable<ending> replies();
    boost::asio::awaitable<ending> expiry();
    boost::asio::awaitable<void> forward_requests();
    boost::asio::awaitable<void> say_goodbye();
    void follow_login();

    boost::asio::ssl::stream<boost::asio::ip::tcp::socket> client_;
    boost::asio::local::stream_protocol::socket backend_;
    boost::asio::steady_timer deadline_; ///< of the handshake and of the farewell
    boost::asio::system_timer expiry_;   ///< of the login; by the clock that tokens are written by
    const server_options& options_;
    server_counters& counters_;
    request_filter filter_;
};

} // namespace entrada::relay
