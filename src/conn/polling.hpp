// Whether it is worth to look for a reply with open eyes instead of going to sleep. No I/O and no clock.
// Room: conn.
#pragma once

#include <algorithm>
#include <chrono>

namespace entrada::conn {

/// A wake-up costs tens of microseconds, on virtual machines most of all; looking costs a processor. So it is done only while it
/// finds something: after each time in vain, twice as many waits are slept through before it is tried again.
class polling {
public:
    explicit polling(std::chrono::microseconds limit) noexcept : limit_(limit) {}

    /// How long to look at most in one go; zero: never.
    [[nodiscard]] std::chrono::microseconds limit() const noexcept { return limit_; }

    /// Before each wait for replies: whether to look first.
    [[nodiscard]] bool is_worth_it() noexcept {
        if (limit_.count() <= 0) return false;
        if (waits_to_sleep_ == 0) return true;
        --waits_to_sleep_;
        return false;
    }
    void found() noexcept { in_vain_ = 0; }
    void found_nothing() noexcept {
        in_vain_ = std::min(in_vain_ + 1, in_vain_max);
        waits_to_sleep_ = 1 << in_vain_;
    }

private:
    static constexpr int in_vain_max = 6; // so 64 waits at most: what has become worth it again is soon found out

    std::chrono::microseconds limit_;
    int in_vain_ = 0;
    int waits_to_sleep_ = 0;
};

} // namespace entrada::conn
