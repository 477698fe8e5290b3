// Waiting for one word of memory to change.
// Room: conn.
#pragma once

#include <atomic>
#include <cstdint>

namespace entrada::conn {

/// Returns when `flag`, 0 at first, is 1. For one thread. It goes to sleep at once: std::atomic::wait yields the processor
/// several times before, and with many callers on few cores each of those is a change of thread for nothing.
void wait_until_set(std::atomic<std::uint32_t>& flag) noexcept;

/// Sets it to 1 and wakes the thread that waits, if one does. `flag` may be gone when this returns.
void set_and_wake(std::atomic<std::uint32_t>& flag) noexcept;

} // namespace entrada::conn
