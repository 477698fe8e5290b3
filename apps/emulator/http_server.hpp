// Serves HTTP/1.1, plain or over TLS, by a function from request to answer.
// Room: emulator.
#pragma once

#include "emulator/http_message.hpp"

#include <boost/asio/ip/tcp.hpp>

#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <vector>

namespace boost::asio::ssl {
class context;
}

namespace entrada::emulator {

/// Called on the loop's thread, one request at a time; must not block.
using http_handler = std::function<http_response(const http_request&)>;

struct http_limits {
    std::size_t connections_max = 256; ///< further ones are closed at once; a token client needs one
    std::uint32_t header_bytes_max = 32 * 1024;
    std::uint64_t body_bytes_max = 128 * 1024; ///< an assertion is a few kilobytes
    std::chrono::seconds idle_max{30};         ///< per step: handshake, request, answer
};

/// Serves until the loop of the listeners ends. Thread safety: the loop's thread.
class http_server {
public:
    /// `tls` null: plain HTTP. Otherwise it must outlive the loop.
    http_server(std::vector<boost::asio::ip::tcp::acceptor> listeners, boost::asio::ssl::context* tls, http_handler handler,
                http_limits limits = {});
    ~http_server();

    /// Closed, the ports stay ours and connections to them are refused; those that are there go on. Open is where it starts.
    void set_open(bool open);

private:
    struct state;
    std::shared_ptr<state> state_;
};

} // namespace entrada::emulator
