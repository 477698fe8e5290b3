// Whether what callers ask again is sent before all replies of a read are taken. No I/O and no clock.
// Room: conn.
#pragma once

#include <algorithm>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <limits>

namespace entrada::conn {

/// Where Redis has a core of its own, or a machine, it works on what is sent early while the rest is read. Where it shares the
/// core with the client, each sending wakes it in the midst of the client's work, and both lose time. Nothing tells the two apart
/// but trying: now and then both ways are measured one after the other, and the one with more replies per second is kept for a
/// while.
class early_flush {
public:
    using time_point = std::chrono::steady_clock::time_point;

    /// Fewer answers are not worth a system call of their own.
    static constexpr std::size_t answers_min = 64;
    /// Passes with answers that one way runs in before it is measured: what was sent in two parts comes back in two for a while.
    static constexpr int settling_passes = 192;
    /// Passes that one way is measured for, and that the better one is kept for: a trial of the worse one costs little.
    static constexpr int trial_passes = 64;
    static constexpr int kept_passes = 16384;
    /// Sending late must be so much faster, and so many times in a row: how the batches of both sides happen to meet can make one
    /// trial of it look good where Redis is apart, and there early is better by far.
    static constexpr double clearly = 1.05;
    static constexpr int late_wins_min = 4;

    /// After how many answered requests of one read to send.
    [[nodiscard]] std::size_t answers_before(std::size_t in_flight) const noexcept {
        return is_early() ? std::max(answers_min, in_flight / 2) : std::numeric_limits<std::size_t>::max();
    }
    [[nodiscard]] bool is_early() const noexcept { return state_ == state::trying_early || state_ == state::keeping_early; }

    /// At the start of each pass: how many requests were answered so far, and how many replies are owed.
    void pass(time_point now, std::uint64_t answered, std::size_t in_flight) noexcept {
        if (in_flight < 2 * answers_min) {
            // Little or nothing is sent early then, and there may be pauses: it says nothing about either way. What was measured
            // before must not be compared with what comes after.
            passes_ = 0;
            if (state_ == state::trying_late) state_ = state::trying_early;
            return;
        }
        if (passes_ != 0 && answered == answered_last_) return; // nothing came: a look in vain
        answered_last_ = answered;
        if (passes_++ == settling_passes) {
            began_ = now;
            answered_before_ = answered;
        }
        const bool keeping = state_ == state::keeping_early || state_ == state::keeping_late;
        if (passes_ <= settling_passes + (keeping ? kept_passes : trial_passes)) return;
        passes_ = 0;
        const std::chrono::duration<double> took = std::max(now - began_, std::chrono::steady_clock::duration(1));
        next_state(static_cast<double>(answered - answered_before_) / took.count());
    }

private:
    enum class state : std::uint8_t { trying_early, trying_late, keeping_early, keeping_late };

    void next_state(double per_second) noexcept {
        if (state_ == state::trying_early) {
            early_per_second_ = per_second;
            state_ = state::trying_late;
        } else if (state_ == state::trying_late) {
            late_wins_ = per_second > clearly * early_per_second_ ? std::min(late_wins_ + 1, late_wins_min) : 0;
            const state undecided = late_wins_ == 0 ? state::keeping_early : state::trying_early;
            state_ = late_wins_ == late_wins_min ? state::keeping_late : undecided;
        } else {
            state_ = state::trying_early;
        }
    }

    state state_ = state::trying_early;
    int passes_ = 0;
    time_point began_;
    std::uint64_t answered_before_ = 0;
    std::uint64_t answered_last_ = 0;
    double early_per_second_ = 0;
    int late_wins_ = 0;
};

} // namespace entrada::conn
