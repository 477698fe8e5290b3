// Clocks that move when told to; a wait moves them at once.
// Room: tests.
#pragma once

#include "base/clock.hpp"

#include <mutex>
#include <vector>

namespace entrada::test {

class virtual_clock final : public base::clock {
public:
    using milliseconds = std::chrono::milliseconds;

    std::chrono::steady_clock::time_point steady() const override {
        const std::scoped_lock lock(mutex_);
        return steady_;
    }
    std::chrono::system_clock::time_point wall() const override {
        const std::scoped_lock lock(mutex_);
        return wall_;
    }
    bool wait_until(std::chrono::steady_clock::time_point moment, const std::stop_token& stop) override {
        if (stop.stop_requested()) return false;
        const auto wait = std::chrono::ceil<milliseconds>(moment - steady());
        {
            const std::scoped_lock lock(mutex_);
            waits_.push_back(wait);
        }
        advance(wait);
        return true;
    }

    /// Time passes only when somebody moves it, so this looks again and again.
    bool wait(std::unique_lock<std::mutex>& lock, std::condition_variable_any& changed,
              std::chrono::steady_clock::time_point moment, const std::stop_token& stop,
              const std::function<bool()>& done) const override {
        while (!done()) {
            if (stop.stop_requested() || steady() >= moment) return false;
            changed.wait_for(lock, std::chrono::milliseconds(1));
        }
        return true;
    }

    void advance(milliseconds time) {
        const std::scoped_lock lock(mutex_);
        steady_ += time;
        wall_ += time;
    }
    /// The pauses asked for so far.
    [[nodiscard]] std::vector<milliseconds> waits() const {
        const std::scoped_lock lock(mutex_);
        return waits_;
    }

private:
    mutable std::mutex mutex_;
    std::chrono::steady_clock::time_point steady_{std::chrono::hours(1)};
    std::chrono::system_clock::time_point wall_{std::chrono::seconds(1'700'000'000)};
    std::vector<milliseconds> waits_;
};

} // namespace entrada::test
