#include "conn/futex.hpp"

#include <linux/futex.h>
#include <sys/syscall.h>
#include <unistd.h>

namespace entrada::conn {
namespace {

constexpr std::uint32_t set = 1;
constexpr std::uint32_t somebody_sleeps = 2;

static_assert(sizeof(std::atomic<std::uint32_t>) == sizeof(std::uint32_t) && std::atomic<std::uint32_t>::is_always_lock_free);

} // namespace

void wait_until_set(std::atomic<std::uint32_t>& flag) noexcept {
    std::uint32_t seen = 0;
    (void)flag.compare_exchange_strong(seen, somebody_sleeps, std::memory_order_acquire);
    while (flag.load(std::memory_order_acquire) != set)
        ::syscall(SYS_futex, &flag, FUTEX_WAIT_PRIVATE, somebody_sleeps, nullptr, nullptr, 0);
}

void set_and_wake(std::atomic<std::uint32_t>& flag) noexcept {
    // Once it is set its owner may go, and its memory with it; then this wakes nobody, or somebody who looks again.
    if (flag.exchange(set, std::memory_order_acq_rel) == somebody_sleeps)
        ::syscall(SYS_futex, &flag, FUTEX_WAKE_PRIVATE, 1, nullptr, nullptr, 0);
}

} // namespace entrada::conn
