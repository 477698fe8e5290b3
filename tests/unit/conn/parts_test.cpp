#include "conn/backoff.hpp"
#include "conn/baton.hpp"
#include "conn/byte_buffer.hpp"
#include "entrada/credentials_provider.hpp"

#include <gtest/gtest.h>

#include <thread>

namespace entrada::conn {
namespace {

using namespace std::chrono_literals;

TEST(baton, work_left_while_it_is_held_is_seen_before_it_is_let_go) {
    baton one;
    ASSERT_TRUE(one.try_take());
    EXPECT_FALSE(one.try_take());
    EXPECT_FALSE(one.take_or_note());
    EXPECT_FALSE(one.let_go());
    EXPECT_TRUE(one.let_go());
    EXPECT_TRUE(one.take_or_note());
}

TEST(baton, no_note_is_lost_between_threads) {
    baton shared;
    int counted = 0; // touched only by the holder: a race would be seen by the thread sanitizer
    std::atomic<int> left{0};
    constexpr int rounds = 20'000;
    const auto work = [&] {
        for (int i = 0; i < rounds; ++i) {
            left.fetch_add(1);
            if (!shared.take_or_note()) continue;
            do counted += left.exchange(0);
            while (!shared.let_go());
        }
    };
    std::jthread first(work), second(work);
    first.join();
    second.join();
    EXPECT_EQ(counted, 2 * rounds);
}

TEST(backoff, the_first_attempt_comes_at_once_and_the_pauses_double_up_to_the_maximum) {
    for (unsigned seed = 1; seed < 50; ++seed) {
        backoff pause(100ms, 1000ms, seed);
        EXPECT_EQ(pause.next(), 0ms);
        for (const auto ceiling : {100ms, 200ms, 400ms, 800ms, 1000ms, 1000ms}) {
            const auto next = pause.next();
            EXPECT_LE(next, ceiling);
            EXPECT_GE(next, ceiling / 2);
        }
        pause.reset();
        EXPECT_EQ(pause.next(), 0ms);
        EXPECT_LE(pause.next(), 100ms);
    }
}

TEST(byte_buffer, keeps_the_data_whatever_is_consumed_and_added) {
    byte_buffer buffer;
    std::string model;
    for (std::size_t step = 1; step < 400; ++step) {
        const std::string added(step * 37 % 900, static_cast<char>('a' + step % 26));
        buffer.append(added);
        model += added;
        const std::size_t gone = std::min(model.size(), step * 53 % 800);
        buffer.consume(gone);
        model.erase(0, gone);
        ASSERT_EQ(buffer.data(), model);
    }
    buffer.release_if_empty();
    EXPECT_EQ(buffer.data(), model);
    buffer.clear();
    buffer.release_if_empty();
    EXPECT_EQ(buffer.capacity(), 0U);
}

TEST(static_credentials, cross_the_network_only_encrypted_or_where_it_was_allowed) {
    const auto careful = make_static_credentials("ann", secret_string("pw"));
    EXPECT_TRUE(careful->current({"redis.example", true, false}));
    EXPECT_TRUE(careful->current({"localhost", false, false}));
    EXPECT_TRUE(careful->current({"", false, true}));
    EXPECT_EQ(careful->current({"redis.example", false, false}).error().code(), errc::token_host_refused);
    EXPECT_TRUE(make_static_credentials("ann", secret_string("pw"), true)->current({"redis.example", false, false}));
}

} // namespace
} // namespace entrada::conn
