// Host names to addresses, with a deadline that holds.
// Room: net.
#pragma once

#include "entrada/result.hpp"

#include <boost/asio/awaitable.hpp>

#include <chrono>
#include <cstdint>
#include <string>
#include <sys/socket.h>
#include <vector>

namespace entrada::net {

struct address {
    sockaddr_storage storage{};
    socklen_t size = 0;
    int family = 0;
    [[nodiscard]] std::string to_string() const;
};

/// Asks the system's resolver, anew each time: behind an Azure name the addresses change.
///
/// Errors: `errc::resolve_failed`, `errc::timeout`. Cancellation: terminal.
/// getaddrinfo cannot be interrupted; past the deadline its thread is left to end by itself.
[[nodiscard]] boost::asio::awaitable<result<std::vector<address>>> resolve(std::string host, std::uint16_t port,
                                                                           std::chrono::steady_clock::time_point deadline);

} // namespace entrada::net
