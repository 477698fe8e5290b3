// Numbers one thread at a time adds to and all may read.
// Room: conn.
#pragma once

#include "conn/connection.hpp"

namespace entrada::conn {

/// Written under the baton, so a load and a store are enough; a locked addition would cost on every command.
class counter {
public:
    void add(std::uint64_t amount) noexcept { value_.store(get() + amount, std::memory_order_relaxed); }
    void set(std::uint64_t value) noexcept { value_.store(value, std::memory_order_relaxed); }
    [[nodiscard]] std::uint64_t get() const noexcept { return value_.load(std::memory_order_relaxed); }

private:
    std::atomic<std::uint64_t> value_{0};
};

struct connection::counters {
    counter commands;
    counter commands_failed;
    counter error_replies;
    counter connections_opened;
    counter connections_lost;
    counter reauthentications;
    counter reauthentication_failures;
    counter bytes_sent;
    counter bytes_received;
    counter connect_failures; ///< written by the I/O thread
};

} // namespace entrada::conn
