// Virtual time around the renewal machine.
// Room: tests.
#pragma once

#include "entra/renewal_fsm.hpp"

#include <gtest/gtest.h>

#include <vector>

namespace entrada::test {

using entra::moment;
using entra::renewal_actions;
using entra::renewal_fsm;
using entra::renewal_options;
using std::chrono::milliseconds;
using namespace std::chrono_literals;

/// Both clocks, moved by hand.
class renewal_world {
public:
    explicit renewal_world(renewal_options options = {}, double random = 0)
        : random_(random), fsm(options, [this] { return random_; }) {}

    [[nodiscard]] moment now() const { return now_; }
    void pass(milliseconds time) {
        now_.steady += time;
        now_.wall += time;
    }
    /// The machine slept, or somebody set the clock.
    void jump_wall(milliseconds time) { now_.wall += time; }
    void set_random(double value) { random_ = value; }

    renewal_actions tick() { return noted(fsm.tick(now_)); }
    renewal_actions fail(std::optional<milliseconds> retry_after = {}) { return noted(fsm.failed(now_, retry_after)); }
    renewal_actions refuse() { return noted(fsm.refused(now_)); }
    /// A token that lives so long from now.
    renewal_actions get(milliseconds life, std::optional<milliseconds> refresh_in = {}) {
        entra::token_life token{.expires_on = now_.wall + life, .refresh_on = {}, .same_text = false};
        if (refresh_in) token.refresh_on = now_.wall + *refresh_in;
        expires_on_ = token.expires_on;
        return noted(fsm.acquired(now_, token));
    }
    /// The one it gave before.
    renewal_actions get_same() {
        return noted(fsm.acquired(now_, {.expires_on = expires_on_, .refresh_on = {}, .same_text = true}));
    }
    /// The same, with another opinion on what is left of it.
    renewal_actions get_same(milliseconds left) {
        return noted(fsm.acquired(now_, {.expires_on = now_.wall + left, .refresh_on = {}, .same_text = true}));
    }

    /// Ticks as a driver does until the machine asks, and says how long that took. Fails the test if it never does.
    milliseconds until_it_asks(milliseconds time_max = 48h) {
        const auto begin = now_.steady;
        int idle_turns = 0;
        while (!last_.ask && now_.steady - begin <= time_max) {
            const auto pause = std::chrono::ceil<milliseconds>(last_.wake_at - now_.steady);
            pass(std::max(pause, 0ms));
            idle_turns = pause > 0ms ? 0 : idle_turns + 1;
            if (idle_turns > 2) {
                ADD_FAILURE() << "the machine wants to be woken at once, for nothing";
                return {};
            }
            (void)tick();
        }
        EXPECT_TRUE(last_.ask) << "it did not ask";
        return std::chrono::ceil<milliseconds>(now_.steady - begin);
    }

    int alarms = 0;
    int ends = 0;

private:
    renewal_actions noted(const renewal_actions& actions) {
        alarms += actions.alarm ? 1 : 0;
        ends += actions.ended ? 1 : 0;
        return last_ = actions;
    }

    moment now_{std::chrono::steady_clock::time_point(1000h),
                std::chrono::system_clock::time_point(std::chrono::seconds(1'700'000'000))};
    double random_;
    std::chrono::system_clock::time_point expires_on_{};
    renewal_actions last_;

public:
    renewal_fsm fsm;
};

} // namespace entrada::test
