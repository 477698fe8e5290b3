// Waking the threads whose calls have completed.
// Room: conn.
#pragma once

#include <atomic>
#include <cstdint>

namespace entrada::conn {

class bell;

/// A thread that waits for one completion. Lives on its stack.
class waiter {
public:
    /// Whether it has been told.
    [[nodiscard]] bool is_finished() const noexcept { return state_.load(std::memory_order_acquire) == finished; }

private:
    friend class bell;
    static constexpr std::uint32_t awake = 0;
    static constexpr std::uint32_t finished = 1;
    /// Awake, finished, or its mark if it is asleep: one of the higher bits, shared with others when there are more than 31.
    std::atomic<std::uint32_t> state_{awake};
};

/// One for each connection: threads sleep on it, and all whose calls completed in a pass are woken by one system call at its end.
/// If each were woken as its call completes, it would often run at once in place of the driver, ask again, and take that back to
/// work for a single command.
class bell {
public:
    /// Returns when `waiting` is finished. It goes to sleep at once: std::atomic::wait yields the processor several times before,
    /// and with many callers on few cores each of those is a change of thread for nothing.
    void wait(waiter& waiting) noexcept;

    /// Tells it; if it sleeps, it hears with the next `ring`. `told` may be gone when this returns. Only the driver.
    void finish(waiter& told) noexcept;
    /// Only the driver.
    void ring() noexcept;

private:
    std::atomic<std::uint32_t> rung_{0};
    std::atomic<std::uint32_t> marks_given_{0};
    std::uint32_t due_ = 0; ///< marks of those to be woken
};

} // namespace entrada::conn
