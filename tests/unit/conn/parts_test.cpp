#include "conn/backoff.hpp"
#include "conn/baton.hpp"
#include "conn/bell.hpp"
#include "conn/byte_buffer.hpp"
#include "conn/polling.hpp"
#include "conn/receive_buffer.hpp"
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

TEST(bell, a_call_that_is_finished_before_it_waits_does_not_sleep) {
    bell one;
    waiter early;
    EXPECT_FALSE(early.is_finished());
    one.finish(early);
    EXPECT_TRUE(early.is_finished());
    one.wait(early);
}

// More threads than marks, so that some share one; each round all of them are told before the bell rings once.
TEST(bell, wakes_all_who_were_told_and_leaves_the_others_asleep) {
    constexpr int threads = 40, rounds = 200;
    bell shared;
    std::vector<std::atomic<waiter*>> waiting(threads);
    std::atomic<int> woken{0};
    std::vector<std::jthread> callers;
    for (int i = 0; i < threads; ++i)
        callers.emplace_back([&, i] {
            for (int round = 0; round < rounds; ++round) {
                waiter own;
                waiting[static_cast<std::size_t>(i)].store(&own);
                shared.wait(own);
                woken.fetch_add(1);
            }
        });
    int told = 0;
    while (told < threads * rounds) {
        for (auto& place : waiting) {
            if (waiter* const one = place.exchange(nullptr)) {
                shared.finish(*one);
                ++told;
            }
        }
        shared.ring();
    }
    callers.clear();
    EXPECT_EQ(woken, threads * rounds);
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

void receive(receive_buffer& buffer, std::string_view bytes) {
    const std::span<char> space = buffer.space(bytes.size());
    std::copy(bytes.begin(), bytes.end(), space.begin());
    buffer.commit(bytes.size());
}

TEST(receive_buffer, keeps_the_data_whatever_is_consumed_and_added) {
    receive_buffer buffer;
    std::string expected;
    for (int i = 0; i < 2000; ++i) {
        const std::string added(static_cast<std::size_t>(i % 97), static_cast<char>('a' + i % 26));
        receive(buffer, added);
        expected += added;
        const std::size_t gone = std::min<std::size_t>(expected.size(), static_cast<std::size_t>(i % 89));
        buffer.consume(gone);
        expected.erase(0, gone);
        ASSERT_EQ(buffer.data(), expected);
    }
}

TEST(receive_buffer, memory_that_nobody_else_holds_is_used_again) {
    receive_buffer buffer;
    receive(buffer, std::string(1000, 'a'));
    const char* const first = buffer.data().data();
    const std::size_t capacity = buffer.capacity();
    for (int i = 0; i < 100; ++i) {
        buffer.consume(buffer.data().size());
        receive(buffer, std::string(1000, 'b'));
        ASSERT_EQ(buffer.data().data(), first);
    }
    EXPECT_EQ(buffer.capacity(), capacity);
}

TEST(receive_buffer, what_somebody_holds_is_never_written_again) {
    receive_buffer buffer;
    std::vector<std::pair<boost::intrusive_ptr<detail::received_block>, std::string_view>> held;
    std::vector<std::string> expected;
    for (int i = 0; i < 500; ++i) {
        const std::string text = std::to_string(i) + std::string(static_cast<std::size_t>(i * 7 % 300), 'x');
        receive(buffer, text + "rest");
        held.emplace_back(&buffer.block(), buffer.data().substr(0, text.size()));
        expected.push_back(text);
        buffer.consume(text.size() + 2); // an unfinished value stays, and moves when the block is full
        ASSERT_EQ(buffer.data(), "st");
        buffer.consume(2);
        if (i % 50 != 49) continue;
        for (std::size_t j = 0; j < held.size(); ++j) ASSERT_EQ(held[j].second, expected[j]);
        held.resize(held.size() / 2);
        expected.resize(held.size());
    }
}

TEST(receive_buffer, an_unfinished_value_follows_into_the_next_block) {
    receive_buffer buffer;
    receive(buffer, "kept");
    const boost::intrusive_ptr<detail::received_block> held(&buffer.block());
    const std::string_view kept = buffer.data();
    buffer.consume(4);
    receive(buffer, "begin");
    receive(buffer, std::string(buffer.capacity(), 'x'));
    EXPECT_TRUE(buffer.data().starts_with("beginxxx"));
    EXPECT_EQ(kept, "kept");
    EXPECT_NE(&buffer.block(), held.get());
}

TEST(receive_buffer, gives_its_memory_back_when_it_is_empty) {
    receive_buffer buffer;
    receive(buffer, "data");
    buffer.release_if_empty();
    EXPECT_EQ(buffer.data(), "data");
    buffer.consume(4);
    buffer.release_if_empty();
    EXPECT_EQ(buffer.capacity(), 0U);
    receive(buffer, "more");
    EXPECT_EQ(buffer.data(), "more");
}

TEST(received_block, large_ones_are_kept_for_the_next_and_small_or_much_larger_ones_are_not) {
    const auto address_of_fresh = [](std::size_t size) { return static_cast<void*>(detail::received_block::make(size).get()); };
    void* const first = address_of_fresh(256 * 1024);
    EXPECT_EQ(address_of_fresh(256 * 1024), first);
    EXPECT_EQ(address_of_fresh(200 * 1024), first);
    const auto in_use = detail::received_block::make(256 * 1024);
    EXPECT_EQ(in_use.get(), first);
    EXPECT_NE(address_of_fresh(256 * 1024), first);
    EXPECT_LT(detail::received_block::make(64 * 1024)->capacity(), std::size_t{256} * 1024);
}

TEST(received_block, may_be_held_and_let_go_on_any_thread) {
    std::atomic<int> wrong{0};
    const auto use = [&wrong](char mark) {
        for (int i = 0; i < 2000; ++i) {
            const auto own = detail::received_block::make(64 * 1024);
            std::fill_n(own->data(), 100, mark);
            const boost::intrusive_ptr<detail::received_block> second = own;
            if (!own->is_shared() || std::string_view(own->data(), 100) != std::string(100, mark)) ++wrong;
        }
    };
    { std::jthread first(use, 'a'), second(use, 'b'), third(use, 'c'); }
    EXPECT_EQ(wrong, 0);
}

TEST(polling, is_off_without_a_limit) {
    polling off(0us);
    EXPECT_FALSE(off.is_worth_it());
}

TEST(polling, goes_on_while_it_finds_something) {
    polling looks(100us);
    for (int i = 0; i < 1000; ++i) {
        ASSERT_TRUE(looks.is_worth_it());
        looks.found();
    }
}

TEST(polling, sleeps_through_twice_as_many_waits_after_each_time_in_vain) {
    polling looks(100us);
    for (const int expected : {2, 4, 8, 16, 32, 64, 64, 64}) {
        ASSERT_TRUE(looks.is_worth_it());
        looks.found_nothing();
        int slept = 0;
        while (!looks.is_worth_it()) ++slept;
        EXPECT_EQ(slept, expected);
    }
    looks.found();
    ASSERT_TRUE(looks.is_worth_it());
    looks.found_nothing();
    EXPECT_FALSE(looks.is_worth_it());
    EXPECT_FALSE(looks.is_worth_it());
    EXPECT_TRUE(looks.is_worth_it());
}

} // namespace
} // namespace entrada::conn
