// Who drives: a lock that nobody waits for.
// Room: conn.
#pragma once

#include <atomic>

namespace entrada::conn {

/// One thread at a time holds the baton. Who finds it taken leaves a note, and the holder goes round once more before it lets go.
/// So work is never left lying, and no thread ever blocks on another.
class baton {
public:
    /// True: held by the caller now. False: somebody holds it and has been told to look again.
    [[nodiscard]] bool take_or_note() noexcept {
        int seen = state_.load(std::memory_order_relaxed);
        for (;;) {
            const int wanted = seen == free ? held : noted;
            if (state_.compare_exchange_weak(seen, wanted, std::memory_order_acq_rel)) return seen == free;
        }
    }

    /// True: held by the caller now. False: somebody holds it, and knows nothing of this.
    [[nodiscard]] bool try_take() noexcept {
        int expected = free;
        return state_.compare_exchange_strong(expected, held, std::memory_order_acq_rel);
    }

    /// True: let go. False: a note was there; it is taken off and the caller still holds the baton.
    [[nodiscard]] bool let_go() noexcept {
        int expected = held;
        if (state_.compare_exchange_strong(expected, free, std::memory_order_acq_rel)) return true;
        (void)state_.exchange(held, std::memory_order_acq_rel); // what came with the note, and with later ones, is seen from here
        return false;
    }

    /// Lets go in any case. True: a note was there, and somebody must take the baton for it.
    [[nodiscard]] bool let_go_anyway() noexcept { return state_.exchange(free, std::memory_order_acq_rel) == noted; }

private:
    static constexpr int free = 0;
    static constexpr int held = 1;
    static constexpr int noted = 2;
    std::atomic<int> state_{free};
};

} // namespace entrada::conn
