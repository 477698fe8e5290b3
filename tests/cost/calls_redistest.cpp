// What a call costs in allocations and system calls, in steady state, with deadlines, counters and credentials on.
#include "cost/counting.hpp"
#include "support/loose_coroutine.hpp"
#include "support/redis_server.hpp"

#include "entrada/client.hpp"

#include <boost/asio/awaitable.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/use_future.hpp>
#include <gtest/gtest.h>

#include <latch>

namespace entrada::test {
namespace {

namespace asio = boost::asio;

constexpr int coroutines = 256;
constexpr int calls_each = 200;
constexpr double calls = coroutines * calls_each;

class cost_of_calls : public testing::Test {
protected:
    void SetUp() override {
        ENTRADA_NEEDS_REDIS();
        server.emplace();
        client_options options;
        options.host = "127.0.0.1";
        options.port = server->port();
        options.tls.enabled = false;
        options.credentials = make_static_credentials("default", secret_string("any"));
        redis.emplace(options);
        ASSERT_TRUE(redis->set("key", std::string(100, 'v')));
    }

    /// Of the second of two equal runs: the first one fills the lists of memory to be used again.
    template <class Run>
    static costs steady(Run&& run) {
        run();
        const costs before = costs_so_far();
        run();
        return costs_so_far() - before;
    }

    template <class Body>
    void all_coroutines(Body&& body) {
        std::vector<std::future<void>> ends;
        for (int i = 0; i < coroutines; ++i)
            ends.push_back(asio::co_spawn(redis->async().get_executor(), body(redis->async()), asio::use_future));
        for (auto& end : ends) end.get();
    }

    std::optional<redis_server> server;
    std::optional<client> redis;
};

asio::awaitable<void> gets(async_client& redis) {
    for (int i = 0; i < calls_each; ++i) {
        const auto got = co_await redis.get("key");
        if (!got || !*got || (*got)->size() != 100) throw std::logic_error("GET");
    }
}

loose_coroutine loose_gets(async_client& redis, std::latch& running) {
    for (int i = 0; i < calls_each; ++i) {
        const auto got = co_await redis.get("key");
        if (!got || !*got || (*got)->size() != 100) std::abort();
    }
    running.count_down();
}

asio::awaitable<void> leases(async_client& redis) {
    for (int i = 0; i < calls_each; ++i) {
        const auto got = co_await redis.get_lease("key");
        if (!got || !*got || (*got)->view().size() != 100) throw std::logic_error("GET");
    }
}

asio::awaitable<void> sets(async_client& redis) {
    const std::string value(100, 'v');
    for (int i = 0; i < calls_each; ++i)
        if (!co_await redis.set("key", value)) throw std::logic_error("SET");
}

// A coroutine's start and end cost a dozen allocations; they are the 0.1.
TEST_F(cost_of_calls, a_get_in_a_coroutine_allocates_the_string_it_returns_and_nothing_else) {
    const costs used = steady([&] { all_coroutines(gets); });
    EXPECT_GE(static_cast<double>(used.allocations) / calls, 1.0);
    EXPECT_LE(static_cast<double>(used.allocations) / calls, 1.1);
}

TEST_F(cost_of_calls, a_get_in_a_coroutine_of_no_library_does_so_too) {
    const costs used = steady([&] {
        std::latch running(coroutines);
        for (int i = 0; i < coroutines; ++i) loose_gets(redis->async(), running);
        running.wait();
    });
    EXPECT_GE(static_cast<double>(used.allocations) / calls, 1.0);
    EXPECT_LE(static_cast<double>(used.allocations) / calls, 1.1);
    EXPECT_LE(static_cast<double>(used.system_calls) / calls, 0.15);
}

TEST_F(cost_of_calls, a_lease_in_a_coroutine_allocates_nothing) {
    const costs used = steady([&] { all_coroutines(leases); });
    EXPECT_LE(static_cast<double>(used.allocations) / calls, 0.1);
}

TEST_F(cost_of_calls, a_set_in_a_coroutine_allocates_nothing) {
    const costs used = steady([&] { all_coroutines(sets); });
    EXPECT_LE(static_cast<double>(used.allocations) / calls, 0.1);
}

// Four per turn of the loop: send, epoll_ctl, epoll_wait, recv. Redis reads 16 KiB at once, so replies to 256 requests come in a
// few pieces.
TEST_F(cost_of_calls, coroutines_share_system_calls) {
    const costs used = steady([&] { all_coroutines(gets); });
    EXPECT_GT(used.system_calls, 0U);
    EXPECT_LE(static_cast<double>(used.system_calls) / calls, 0.15);
}

// Two of its own. Where others take the processor for more than 5 ms, the I/O thread looks after the socket meanwhile, and some
// are added; a hand-over to that thread and back in each call would make eight.
TEST_F(cost_of_calls, a_lone_blocking_get_sends_and_receives_and_allocates_its_string) {
    const auto run = [&] {
        for (int i = 0; i < 5000; ++i) ASSERT_TRUE(redis->get("key"));
    };
    const costs used = steady(run);
    EXPECT_LE(static_cast<double>(used.allocations) / 5000, 1.05);
    EXPECT_LE(static_cast<double>(used.system_calls) / 5000, 4.5);
}

} // namespace
} // namespace entrada::test
