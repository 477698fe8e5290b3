// Room: entra.
#include "unit/entra/renewal_world.hpp"

#include <gmock/gmock.h>

namespace entrada::entra {
namespace {

using namespace test;

TEST(renewal, asks_at_once_and_one_at_a_time) {
    renewal_world world;
    EXPECT_TRUE(world.tick().ask);
    world.pass(1h);
    EXPECT_FALSE(world.tick().ask);
    EXPECT_FALSE(world.refuse().ask);
}

struct plan_case {
    milliseconds life;
    milliseconds asks_after;
};

class renewal_plan : public testing::TestWithParam<plan_case> {};

TEST_P(renewal_plan, is_four_fifths_of_life_and_never_in_the_last_five_minutes_of_a_long_one) {
    const auto [life, asks_after] = GetParam();
    renewal_world world;
    ASSERT_TRUE(world.tick().ask);
    const auto actions = world.get(life);
    EXPECT_TRUE(actions.adopt);
    EXPECT_FALSE(actions.ask);
    EXPECT_EQ(world.until_it_asks(), asks_after);
}

INSTANTIATE_TEST_SUITE_P(lives, renewal_plan,
                         testing::Values(plan_case{24h, 19h + 12min}, plan_case{60min, 48min}, plan_case{75min, 60min},
                                         plan_case{20min, 15min}, plan_case{10min, 5min}, plan_case{9min, 432s},
                                         plan_case{60s, 48s}, plan_case{5s, 4s}, plan_case{3s, 2400ms}, plan_case{1s, 800ms}));

TEST(renewal, is_early_by_chance_and_never_late) {
    for (const auto life : {milliseconds(24h), milliseconds(60min), milliseconds(10min), milliseconds(5s)}) {
        renewal_world latest({}, 0);
        renewal_world earliest({}, 0.999999);
        for (auto* world : {&latest, &earliest}) {
            (void)world->tick();
            (void)world->get(life);
        }
        const auto late = latest.until_it_asks();
        const auto early = earliest.until_it_asks();
        EXPECT_NEAR(static_cast<double>((late - early).count()), static_cast<double>((life / 20).count()), 10);
    }
}

TEST(renewal, late_by_option_is_still_early_enough_for_azure) {
    renewal_world world({.renew_at = 0.99});
    (void)world.tick();
    (void)world.get(60min);
    EXPECT_EQ(world.until_it_asks(), 55min);
}

TEST(renewal, honours_the_issuers_wish_if_it_is_earlier) {
    renewal_world world;
    (void)world.tick();
    (void)world.get(24h, 12h);
    EXPECT_EQ(world.until_it_asks(), 12h);
    (void)world.get(24h, 23h);
    EXPECT_EQ(world.until_it_asks(), 19h + 12min);
}

TEST(renewal, asks_not_without_pause_if_the_issuer_wishes_it_at_once) {
    renewal_world world;
    (void)world.tick();
    for (int i = 0; i < 5; ++i) {
        (void)world.get(60min, 0ms);
        EXPECT_EQ(world.until_it_asks(), 6min);
    }
}

TEST(renewal, of_a_token_that_lives_shorter_than_a_pause_is_no_loop) {
    renewal_world world;
    (void)world.tick();
    for (int i = 0; i < 5; ++i) {
        EXPECT_TRUE(world.get(50ms, -1s).adopt);
        EXPECT_EQ(world.until_it_asks(), 51ms); // at its end
    }
}

TEST(renewal, of_a_day_long_token_costs_one_request_a_day) {
    renewal_world world({}, 0.5);
    ASSERT_TRUE(world.tick().ask);
    for (int day = 0; day < 30; ++day) {
        EXPECT_TRUE(world.get(24h).adopt);
        EXPECT_GT(world.until_it_asks(), 18h);
        EXPECT_TRUE(world.fsm.has_valid_token(world.now()));
    }
    EXPECT_EQ(world.alarms + world.ends, 0);
}

std::vector<milliseconds> pauses_of_failures(renewal_world& world, int count) {
    std::vector<milliseconds> pauses;
    for (int i = 0; i < count; ++i) {
        (void)world.fail();
        pauses.push_back(world.until_it_asks());
    }
    return pauses;
}

TEST(renewal, that_fails_without_a_token_is_tried_again_soon_for_ever) {
    renewal_world world({}, 0.9999999);
    (void)world.tick();
    EXPECT_THAT(pauses_of_failures(world, 6), testing::ElementsAre(99ms, 199ms, 399ms, 799ms, 999ms, 999ms));
    EXPECT_THAT(pauses_of_failures(world, 1000), testing::Each(999ms));
    EXPECT_EQ(world.fsm.failures(), 1006U);
    EXPECT_TRUE(world.get(60min).adopt);
    EXPECT_EQ(world.fsm.failures(), 0U);
}

TEST(renewal, spreads_its_tries_by_half_a_pause) {
    renewal_world world({}, 0);
    (void)world.tick();
    EXPECT_THAT(pauses_of_failures(world, 5), testing::ElementsAre(50ms, 100ms, 200ms, 400ms, 500ms));
}

TEST(renewal, that_fails_with_a_good_token_pauses_up_to_half_a_minute_and_less_near_the_end) {
    renewal_world world({}, 0.9999999);
    (void)world.tick();
    (void)world.get(60min);
    (void)world.until_it_asks();
    const auto pauses = pauses_of_failures(world, 40);
    EXPECT_EQ(pauses[8], 25599ms);
    EXPECT_EQ(pauses[9], 29999ms);
    for (const auto pause : pauses) EXPECT_LE(pause, 30s);
    renewal_world short_lived({}, 0.9999999);
    (void)short_lived.tick();
    (void)short_lived.get(5s);
    (void)short_lived.until_it_asks(); // 1 s is left, less jitter
    for (const auto pause : pauses_of_failures(short_lived, 5)) EXPECT_LE(pause, 320ms);
}

TEST(renewal, leaves_a_source_alone_that_asks_for_it_but_not_for_longer_than_the_limit) {
    renewal_world world;
    (void)world.tick();
    (void)world.fail(7s);
    EXPECT_EQ(world.until_it_asks(), 7s);
    (void)world.fail(1h);
    EXPECT_EQ(world.until_it_asks(), 30s);
    (void)world.fail(0ms);
    EXPECT_LE(world.until_it_asks(), 1s);
}

TEST(renewal, the_end_of_the_token_does_not_break_the_promise_to_leave_a_source_alone) {
    renewal_world world;
    (void)world.tick();
    (void)world.get(10s);
    EXPECT_EQ(world.until_it_asks(), 8s);
    (void)world.fail(20s);
    EXPECT_EQ(world.until_it_asks(), 20s);
    EXPECT_EQ(world.ends, 1);
}

TEST(renewal, keeps_the_token_if_the_source_gives_it_again_and_looks_more_often_near_the_end) {
    renewal_world world;
    (void)world.tick();
    (void)world.get(24h);
    (void)world.until_it_asks();
    int looks = 0;
    milliseconds last = 24h;
    while (world.fsm.left(world.now()) > 3min) {
        const auto actions = world.get_same();
        EXPECT_FALSE(actions.adopt);
        EXPECT_FALSE(actions.ask);
        const auto pause = world.until_it_asks();
        EXPECT_GE(pause, 15s);
        EXPECT_LE(pause, 10min);
        EXPECT_LE(pause, last);
        last = pause;
        ++looks;
    }
    EXPECT_LT(looks, 80);
    EXPECT_TRUE(world.get(24h).adopt);
}

TEST(renewal, asks_a_source_that_gives_a_token_of_seconds_again_not_in_a_loop) {
    renewal_world world;
    (void)world.tick();
    (void)world.get(3s);
    (void)world.until_it_asks();
    for (int i = 0; i < 5; ++i) {
        EXPECT_FALSE(world.get_same().adopt);
        EXPECT_GE(world.until_it_asks(), 99ms);
    }
}

TEST(renewal, takes_another_token_only_if_it_ends_later) {
    renewal_world world;
    (void)world.tick();
    (void)world.get(60min);
    world.pass(10min);
    EXPECT_FALSE(world.get(49min).adopt);
    EXPECT_FALSE(world.get(50min).adopt);
    EXPECT_FALSE(world.get(50min + 900ms).adopt); // services round
    EXPECT_TRUE(world.get(51min).adopt);
}

TEST(renewal, is_not_fooled_by_the_same_token_with_an_end_that_was_rounded_up) {
    renewal_world world;
    (void)world.tick();
    (void)world.get(60min);
    world.pass(48min);
    EXPECT_FALSE(world.get_same(12min + 1500ms).adopt);
    EXPECT_EQ(world.fsm.left(world.now()), 12min);
}

TEST(renewal, takes_any_token_once_the_old_one_has_ended) {
    renewal_world world;
    (void)world.tick();
    (void)world.get(5s);
    (void)world.until_it_asks();
    world.pass(5s);
    (void)world.tick();
    EXPECT_EQ(world.ends, 1);
    EXPECT_TRUE(world.get(100ms).adopt);
}

TEST(renewal, a_token_that_has_ended_already_counts_as_a_failure) {
    renewal_world world;
    (void)world.tick();
    EXPECT_FALSE(world.get(0ms).adopt);
    EXPECT_FALSE(world.fsm.has_valid_token(world.now()));
    EXPECT_EQ(world.fsm.failures(), 1U);
    EXPECT_LE(world.until_it_asks(), 1s);
}

TEST(renewal, outlives_an_outage_longer_than_a_life) {
    renewal_world world;
    (void)world.tick();
    (void)world.get(5s);
    (void)world.until_it_asks();
    const auto began = world.now().steady;
    while (world.now().steady - began < 1h) {
        (void)world.fail();
        EXPECT_LE(world.until_it_asks(), 1s);
    }
    EXPECT_EQ(world.alarms, 1);
    EXPECT_EQ(world.ends, 1);
    ASSERT_TRUE(world.fsm.failing_since().has_value());
    EXPECT_EQ(world.fsm.failing_since()->steady, began);
    EXPECT_TRUE(world.get(5s).adopt);
    EXPECT_FALSE(world.fsm.failing_since().has_value());
    EXPECT_EQ(world.until_it_asks(), 4s);
}

TEST(renewal, asks_within_a_second_of_the_end_whatever_pause_it_had_chosen) {
    renewal_world world({.retry_delay_max = 1h}, 0.9999999);
    (void)world.tick();
    (void)world.get(10h);
    (void)world.until_it_asks();
    while (world.fsm.left(world.now()) > 2s) {
        (void)world.fail();
        (void)world.until_it_asks();
    }
    (void)world.fail();
    world.pass(world.fsm.left(world.now()) + 1ms);
    (void)world.tick();
    EXPECT_LE(world.ends, 1);
    EXPECT_LE(world.until_it_asks(), 1s);
}

TEST(renewal, gives_a_request_so_much_time_that_another_one_fits_in_before_the_end) {
    renewal_world world;
    (void)world.tick();
    (void)world.get(60min);
    (void)world.until_it_asks();
    EXPECT_EQ(world.fsm.time_for_request(world.now()), 15s);
    (void)world.get(65min);
    world.pass(65min - 14s);
    EXPECT_EQ(world.fsm.time_for_request(world.now()), 7s);
    world.pass(10s);
    EXPECT_EQ(world.fsm.time_for_request(world.now()), 2s);
    world.pass(3500ms);
    EXPECT_EQ(world.fsm.time_for_request(world.now()), 1s);
    world.pass(1s);
    EXPECT_EQ(world.fsm.time_for_request(world.now()), 1s);
}

TEST(renewal, never_gives_a_request_more_time_than_the_options_do) {
    renewal_world world({.request_timeout = 300ms});
    ASSERT_TRUE(world.tick().ask);
    EXPECT_EQ(world.fsm.time_for_request(world.now()), 300ms);
    (void)world.fail();
    EXPECT_EQ(world.fsm.time_for_request(world.now()), 300ms);
}

/// Of a source that takes every request and answers none.
TEST(renewal, of_a_source_that_hangs_is_tried_again_at_least_each_1_2_seconds_once_the_token_has_ended) {
    for (const double random : {0.0, 0.5, 0.999999}) {
        renewal_world world({}, random);
        (void)world.tick();
        (void)world.get(5s);
        auto asked = milliseconds(0);
        for (int i = 0; i < 100; ++i) {
            const auto pause = world.until_it_asks();
            if (world.ends > 0) {
                EXPECT_LE(asked + pause, 1200ms);
            }
            asked = world.fsm.time_for_request(world.now());
            world.pass(asked);
            (void)world.fail();
        }
        EXPECT_EQ(world.ends, 1);
    }
}

TEST(renewal, of_a_source_that_hung_leaves_it_alone_if_it_asks_for_that) {
    renewal_world world;
    (void)world.tick();
    world.pass(10s);
    (void)world.fail(5s);
    EXPECT_EQ(world.until_it_asks(), 5s);
}

TEST(renewal, alarms_once_when_ten_minutes_are_left_and_it_fails) {
    renewal_world world;
    (void)world.tick();
    (void)world.get(24h);
    (void)world.until_it_asks();
    while (world.fsm.left(world.now()) > 0ms) {
        (void)world.fail();
        (void)world.until_it_asks();
        const bool near = world.fsm.left(world.now()) <= 10min;
        EXPECT_TRUE(world.ends > 0 || world.alarms == (near ? 1 : 0)) << world.fsm.left(world.now()).count();
    }
    EXPECT_EQ(world.alarms, 1);
}

TEST(renewal, does_not_alarm_while_it_works) {
    renewal_world world;
    (void)world.tick();
    for (int i = 0; i < 20; ++i) {
        (void)world.get(3s);
        (void)world.until_it_asks();
        world.pass(300ms);
        (void)world.tick();
    }
    EXPECT_EQ(world.alarms + world.ends, 0);
}

TEST(renewal, alarms_when_a_source_gives_the_old_token_until_late) {
    renewal_world world;
    (void)world.tick();
    (void)world.get(24h);
    (void)world.until_it_asks();
    while (world.fsm.left(world.now()) > 6min) {
        (void)world.get_same();
        (void)world.until_it_asks();
    }
    EXPECT_EQ(world.alarms, 0);
    for (int i = 0; i < 3; ++i) {
        (void)world.get_same();
        (void)world.until_it_asks();
    }
    EXPECT_EQ(world.alarms, 1);
}

TEST(renewal, asks_once_sooner_when_a_server_refuses_the_token) {
    renewal_world world;
    (void)world.tick();
    (void)world.get(60min);
    world.pass(1min);
    EXPECT_TRUE(world.refuse().ask);
    (void)world.get(60min);
    for (int i = 0; i < 9; ++i) {
        world.pass(1s);
        EXPECT_FALSE(world.refuse().ask);
    }
    world.pass(1s);
    EXPECT_TRUE(world.refuse().ask);
}

TEST(renewal, a_refusal_changes_no_pause_between_failures) {
    renewal_world world;
    (void)world.tick();
    (void)world.get(60min);
    (void)world.until_it_asks();
    for (int i = 0; i < 10; ++i) {
        (void)world.fail();
        EXPECT_FALSE(world.refuse().ask);
        (void)world.until_it_asks();
    }
}

TEST(wall_clock, that_jumped_over_the_time_to_ask_is_found_within_seconds) {
    renewal_world world;
    (void)world.tick();
    (void)world.get(60min);
    world.jump_wall(50min);
    EXPECT_LE(world.until_it_asks(), renewal_fsm::clock_check_interval);
    EXPECT_EQ(world.ends, 0);
}

TEST(wall_clock, that_jumped_over_the_end_ends_the_token_at_once) {
    renewal_world world;
    (void)world.tick();
    (void)world.get(60min);
    EXPECT_TRUE(world.fsm.has_valid_token(world.now()));
    world.jump_wall(61min);
    EXPECT_FALSE(world.fsm.has_valid_token(world.now()));
    EXPECT_TRUE(world.tick().ask);
    EXPECT_EQ(world.ends, 1);
    EXPECT_TRUE(world.get(60min).adopt);
}

TEST(wall_clock, that_was_set_back_neither_delays_renewal_nor_makes_a_token_immortal) {
    renewal_world world;
    (void)world.tick();
    (void)world.get(60min);
    world.jump_wall(-10h);
    EXPECT_EQ(world.until_it_asks(), 48min);
    world.pass(12min);
    EXPECT_FALSE(world.fsm.has_valid_token(world.now()));
}

TEST(wall_clock, that_was_set_back_does_not_make_the_next_token_look_older) {
    renewal_world world;
    (void)world.tick();
    (void)world.get(60min);
    world.jump_wall(-10h);
    (void)world.until_it_asks();
    EXPECT_TRUE(world.get(60min).adopt);
}

TEST(renewal_options, that_make_no_sense_do_no_harm) {
    renewal_world world(
        {.renew_at = 7, .jitter = -3, .retry_delay = 0ms, .retry_delay_max = -5s, .retry_delay_max_without_token = -5s});
    (void)world.tick();
    (void)world.get(60min);
    EXPECT_EQ(world.until_it_asks(), 55min);
    for (int i = 0; i < 100; ++i) {
        (void)world.fail();
        world.pass(1ms);
        EXPECT_LE(world.until_it_asks(), 1s);
    }
}

} // namespace
} // namespace entrada::entra
