#include "conn/bell.hpp"

#include <linux/futex.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <climits>
#include <utility>

namespace entrada::conn {

static_assert(sizeof(std::atomic<std::uint32_t>) == sizeof(std::uint32_t) && std::atomic<std::uint32_t>::is_always_lock_free);

void bell::wait(waiter& waiting) noexcept {
    const std::uint32_t mark = 2U << (marks_given_.fetch_add(1, std::memory_order_relaxed) % 31);
    std::uint32_t seen = waiter::awake;
    (void)waiting.state_.compare_exchange_strong(seen, mark, std::memory_order_acq_rel);
    for (;;) {
        const std::uint32_t rung = rung_.load(std::memory_order_acquire);
        if (waiting.is_finished()) return; // if not, it will ring after what was loaded, and the kernel sees that
        ::syscall(SYS_futex, &rung_, FUTEX_WAIT_BITSET_PRIVATE, rung, nullptr, nullptr, mark);
    }
}

void bell::finish(waiter& told) noexcept {
    due_ |= told.state_.exchange(waiter::finished, std::memory_order_acq_rel); // nothing, if it is awake
}

void bell::ring() noexcept {
    if (due_ == 0) return;
    rung_.fetch_add(1, std::memory_order_release);
    ::syscall(SYS_futex, &rung_, FUTEX_WAKE_BITSET_PRIVATE, INT_MAX, nullptr, nullptr, std::exchange(due_, 0));
}

} // namespace entrada::conn
