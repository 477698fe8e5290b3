// A number that one thread at a time adds to and all may read.
// Room: conn.
#pragma once

#include <atomic>
#include <cstdint>

namespace entrada::conn {

/// Written under the baton, so a load and a store are enough; a locked addition would cost on every command.
class counter {
public:
    void add(std::uint64_t amount) noexcept { value_.store(get() + amount, std::memory_order_relaxed); }
    [[nodiscard]] std::uint64_t get() const noexcept { return value_.load(std::memory_order_relaxed); }

private:
    std::atomic<std::uint64_t> value_{0};
};

} // namespace entrada::conn
