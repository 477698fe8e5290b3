// Opens a connection: resolve, connect, TLS, under one deadline.
// Room: net.
#pragma once

#include "entrada/result.hpp"
#include "net/stream.hpp"
#include "net/tls_context.hpp"

#include <boost/asio/awaitable.hpp>
#include <boost/asio/posix/stream_descriptor.hpp>

#include <chrono>
#include <cstdint>
#include <memory>
#include <string>

namespace entrada::net {

struct dial_target {
    std::string host;
    std::uint16_t port = 0;
    std::string unix_socket;                       ///< when set, the only address
    std::shared_ptr<const tls_context> tls;        ///< empty: no TLS
    std::string server_name;                       ///< for SNI and verification
    std::chrono::milliseconds user_timeout{10000}; ///< TCP_USER_TIMEOUT: unacknowledged bytes for so long end the connection
};

/// Tries each address in turn. Sockets get TCP_NODELAY, keepalive and TCP_USER_TIMEOUT.
///
/// Errors: `errc::resolve_failed`, `errc::connect_failed`, `errc::tls_failed`, `errc::timeout`; the detail names each address
/// tried. Cancellation: terminal.
[[nodiscard]] boost::asio::awaitable<result<std::unique_ptr<stream>>> dial(const dial_target& target,
                                                                           std::chrono::steady_clock::time_point deadline);

/// Waits until `fd` is ready or the deadline has passed; false: the deadline.
[[nodiscard]] boost::asio::awaitable<bool> wait_ready(int fd, boost::asio::posix::stream_descriptor::wait_type what,
                                                      std::chrono::steady_clock::time_point deadline);

} // namespace entrada::net
