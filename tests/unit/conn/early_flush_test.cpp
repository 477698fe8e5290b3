#include "conn/early_flush.hpp"

#include <gtest/gtest.h>

namespace entrada::conn {
namespace {

using namespace std::chrono_literals;

/// Passes with 256 requests in flight, whose answers cost the more the less the way of sending suits the server.
struct load {
    std::chrono::nanoseconds early_costs, late_costs;
    early_flush flush = {};
    early_flush::time_point now = {};
    std::uint64_t answered = 0;

    void pass() {
        constexpr std::size_t in_flight = 256;
        flush.pass(now, answered, in_flight);
        answered += in_flight;
        now += in_flight * (flush.is_early() ? early_costs : late_costs);
    }
    void pass(int times) {
        for (int i = 0; i < times; ++i) pass();
    }
    /// Of so many passes, those that sent early.
    int early_of(int times) {
        int early = 0;
        for (int i = 0; i < times; ++i) {
            early += flush.is_early() ? 1 : 0;
            pass();
        }
        return early;
    }
};

constexpr int a_trial = early_flush::settling_passes + early_flush::trial_passes + 1;
constexpr int both_trials = 2 * a_trial;
constexpr int to_be_sure = early_flush::late_wins_min * both_trials;
constexpr int a_while = 10 * early_flush::kept_passes;

TEST(early_flush, begins_early_and_after_half_of_the_answers_but_not_for_a_few) {
    const early_flush fresh;
    EXPECT_TRUE(fresh.is_early());
    EXPECT_EQ(fresh.answers_before(1000), 500U);
    EXPECT_EQ(fresh.answers_before(1), early_flush::answers_min);
}

TEST(early_flush, stays_early_where_that_is_faster) {
    load apart{.early_costs = 500ns, .late_costs = 700ns};
    EXPECT_GE(apart.early_of(a_while), a_while - a_while / 30);
}

TEST(early_flush, stays_early_where_it_makes_no_difference) {
    load far{.early_costs = 500ns, .late_costs = 500ns};
    EXPECT_GE(far.early_of(a_while), a_while - a_while / 30);
}

TEST(early_flush, sends_late_where_that_is_faster) {
    load together{.early_costs = 140ns, .late_costs = 110ns};
    together.pass(to_be_sure);
    EXPECT_FALSE(together.flush.is_early());
    EXPECT_EQ(together.flush.answers_before(1000), std::numeric_limits<std::size_t>::max());
    EXPECT_LE(together.early_of(a_while), a_while / 30);
}

TEST(early_flush, finds_out_when_the_server_moves) {
    load moving{.early_costs = 140ns, .late_costs = 110ns};
    moving.pass(to_be_sure);
    ASSERT_FALSE(moving.flush.is_early());
    moving.late_costs = 200ns;
    moving.pass(early_flush::settling_passes + early_flush::kept_passes + 1 + both_trials);
    EXPECT_TRUE(moving.flush.is_early());
}

TEST(early_flush, looks_in_vain_are_no_passes) {
    load polled{.early_costs = 500ns, .late_costs = 700ns};
    for (int i = 0; i < 50 * a_trial; ++i) {
        if (i % 100 == 0) polled.pass();
        polled.now += 1us;
        polled.flush.pass(polled.now, polled.answered, 256);
    }
    EXPECT_TRUE(polled.flush.is_early()); // the trial of the other way has not begun: few replies have come
}

TEST(early_flush, what_was_measured_before_a_pause_is_not_compared_with_what_comes_after) {
    load changing{.early_costs = 500ns, .late_costs = 500ns};
    changing.pass(a_trial);
    ASSERT_FALSE(changing.flush.is_early());
    changing.flush.pass(changing.now, changing.answered, early_flush::answers_min);
    EXPECT_TRUE(changing.flush.is_early());
}

TEST(early_flush, pauses_and_few_callers_prove_nothing) {
    load pausing{.early_costs = 140ns, .late_costs = 110ns};
    for (int i = 0; i < 100; ++i) {
        pausing.pass(a_trial - 1);
        pausing.flush.pass(pausing.now, pausing.answered, early_flush::answers_min);
        pausing.now += 1s;
    }
    EXPECT_TRUE(pausing.flush.is_early()); // no trial has come to its end
}

} // namespace
} // namespace entrada::conn
