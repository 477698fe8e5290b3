// Listening where only this machine can reach.
// Room: emulator.
#pragma once

#include "entrada/result.hpp"

#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>

#include <cstdint>
#include <vector>

namespace entrada::emulator {

/// Listens on 127.0.0.1 and, where the machine has IPv6, on ::1: `localhost` may mean either. Both have the same port; 0 takes a
/// free one.
///
/// Errors: the system's own code; the detail names the port.
[[nodiscard]] result<std::vector<boost::asio::ip::tcp::acceptor>> listen_on_loopback(boost::asio::io_context& loop,
                                                                                     std::uint16_t port);

/// The port stays taken, and connections to it are refused. An `async_accept` under way ends with `operation_aborted`.
void stop_listening(boost::asio::ip::tcp::acceptor& listener);
/// After `stop_listening`.
void start_listening(boost::asio::ip::tcp::acceptor& listener);

[[nodiscard]] std::uint16_t port_of(const std::vector<boost::asio::ip::tcp::acceptor>& listeners);

} // namespace entrada::emulator
