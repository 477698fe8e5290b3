// Room: base.
#include "base/clock.hpp"

#include <gtest/gtest.h>

#include <future>

namespace entrada::base {
namespace {

using namespace std::chrono_literals;

TEST(machine_clock, waits_until_the_moment_and_not_shorter) {
    const auto clock = machine_clock();
    const auto moment = clock->steady() + 5ms;
    EXPECT_TRUE(clock->wait_until(moment, {}));
    EXPECT_GE(clock->steady(), moment);
}

TEST(machine_clock, a_stop_request_ends_the_wait) {
    const auto clock = machine_clock();
    std::stop_source source;
    auto waiting = std::async(std::launch::async, [&] { return clock->wait_until(clock->steady() + 1h, source.get_token()); });
    source.request_stop();
    ASSERT_EQ(waiting.wait_for(10s), std::future_status::ready);
    EXPECT_FALSE(waiting.get());
}

} // namespace
} // namespace entrada::base
