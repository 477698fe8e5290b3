// How long to pause before the next connection attempt. Pure.
// Room: conn.
#pragma once

#include <algorithm>
#include <chrono>
#include <random>

namespace entrada::conn {

/// First at once, then doubling up to a maximum; each pause is random in its upper half, so that a fleet does not come back
/// together.
class backoff {
public:
    using duration = std::chrono::milliseconds;

    backoff(duration first, duration max, std::minstd_rand::result_type seed) : first_(first), max_(max), random_(seed) {}

    [[nodiscard]] duration next() {
        if (attempts_++ == 0) return duration::zero();
        const duration ceiling = std::min(max_, step_);
        step_ = std::min(max_, step_ * 2);
        std::uniform_int_distribution<duration::rep> pick(ceiling.count() / 2, ceiling.count());
        return duration(pick(random_));
    }

    void reset() noexcept {
        attempts_ = 0;
        step_ = first_;
    }

private:
    duration first_;
    duration max_;
    duration step_ = first_;
    unsigned attempts_ = 0;
    std::minstd_rand random_;
};

} // namespace entrada::conn
