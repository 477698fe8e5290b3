// A gate between client and Redis slices, stalls and cuts. Each test ends with the system working again.
#include "support/gate.hpp"
#include "support/redis_server.hpp"

#include "entrada/client.hpp"

#include <boost/asio/awaitable.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/use_future.hpp>
#include <gtest/gtest.h>

#include <thread>

namespace entrada::test {
namespace {

using namespace std::chrono_literals;
namespace asio = boost::asio;

class client_faults : public testing::Test {
protected:
    void SetUp() override {
        ENTRADA_NEEDS_REDIS();
        server.emplace();
        between.emplace(server->port());
    }

    client_options options() const {
        client_options made;
        made.host = "127.0.0.1";
        made.port = between->port();
        made.tls.enabled = false;
        made.command_timeout = 20s;
        made.reconnect_delay = 1ms;
        made.reconnect_delay_max = 10ms;
        return made;
    }

    static void expect_healthy(client& redis) {
        for (int i = 0; i < 5; ++i) {
            const std::string key = "healthy" + std::to_string(i);
            ASSERT_TRUE(redis.set(key, key).value());
            ASSERT_EQ(redis.get(key).value(), key);
        }
    }

    std::optional<redis_server> server;
    std::optional<gate> between;
};

TEST_F(client_faults, bytes_in_pieces_of_any_size_are_the_same_replies) {
    client redis(options());
    const std::string value(20'000, 'v');
    for (const std::size_t piece : {1U, 3U, 64U, 1000U}) {
        between->slice(piece);
        ASSERT_TRUE(redis.set("k", value.substr(0, piece * 100)).value());
        ASSERT_EQ(redis.get("k").value(), value.substr(0, piece * 100)) << piece;
        expect_healthy(redis);
    }
    EXPECT_EQ(redis.stats().connections_opened, 1U);
}

TEST_F(client_faults, a_cut_fails_what_was_sent_and_nothing_else) {
    client redis(options());
    expect_healthy(redis);
    between->stall(true);
    const auto sent = redis.stats().bytes_sent;
    std::jthread lost([&] { EXPECT_EQ(redis.get("k").error().code(), errc::connection_lost); });
    while (redis.stats().bytes_sent == sent) std::this_thread::yield();
    between->cut();
    lost.join();
    between->stall(false);
    expect_healthy(redis);
    EXPECT_EQ(redis.stats().connections_lost, 1U);
}

TEST_F(client_faults, a_peer_that_falls_silent_is_found_dead_in_its_time) {
    client_options made = options();
    made.dead_peer_timeout = 300ms;
    client redis(made);
    expect_healthy(redis);
    between->stall(true);
    const auto began = std::chrono::steady_clock::now();
    EXPECT_EQ(redis.get("k").error().code(), errc::connection_lost);
    EXPECT_LT(std::chrono::steady_clock::now() - began, 5s);
    between->stall(false);
    expect_healthy(redis);
}

TEST_F(client_faults, an_idle_connection_is_pinged_and_a_dead_one_replaced) {
    client_options made = options();
    made.ping_interval = 100ms;
    made.dead_peer_timeout = 300ms;
    client redis(made);
    expect_healthy(redis);
    const auto received = redis.stats().bytes_received;
    while (redis.stats().bytes_received == received) std::this_thread::yield(); // a PONG that nobody asked for here
    between->stall(true);
    while (redis.stats().connections_lost == 0) std::this_thread::yield();
    between->stall(false);
    expect_healthy(redis);
}

TEST_F(client_faults, a_server_that_takes_no_more_bytes_is_waited_for_within_the_deadline) {
    client redis(options());
    expect_healthy(redis);
    between->stall(true);
    const std::string large(8'000'000, 'x');
    EXPECT_EQ(redis.set("k", large, {}, {.timeout = 200ms}).error().code(), errc::timeout);
    between->stall(false);
    EXPECT_TRUE(redis.set("k", large).value());
    EXPECT_EQ(redis.get("k").value()->size(), large.size());
    expect_healthy(redis);
    EXPECT_EQ(redis.stats().connections_lost, 0U);
}

TEST_F(client_faults, a_login_that_gets_no_answer_ends_and_is_tried_again) {
    client_options made = options();
    made.login_timeout = 100ms;
    between->stall(true);
    client redis(made);
    while (redis.stats().connect_failures == 0) std::this_thread::yield();
    between->stall(false);
    while (!redis.get("k")) std::this_thread::yield();
    expect_healthy(redis);
}

asio::awaitable<int> ask_in_a_storm(async_client redis, int number, const std::atomic<bool>& over) {
    int wrong = 0;
    for (int i = 0; !over; ++i) {
        const std::string key = "s" + std::to_string(number) + ":" + std::to_string(i % 7);
        const std::string value = key + std::string(static_cast<std::size_t>(i * 331 % 30'000), 'v');
        (void)co_await redis.set(key, value, {}, {.timeout = 3s});
        const auto got = co_await redis.get(key, {.timeout = std::chrono::milliseconds(1 + i * 37 % 300)});
        if (got && *got && !(*got)->starts_with(key)) ++wrong;
    }
    co_return wrong;
}

TEST_F(client_faults, callers_in_a_storm_of_cuts_get_errors_or_their_own_replies) {
    client redis(options());
    std::atomic<bool> over{false};
    std::vector<std::future<int>> storms;
    for (int i = 0; i < 40; ++i)
        storms.push_back(asio::co_spawn(redis.async().get_executor(), ask_in_a_storm(redis.async(), i, over), asio::use_future));
    std::jthread lone([&] {
        while (!over) (void)redis.get("lone", {.timeout = 50ms});
    });
    for (const std::size_t bytes : {100U, 5'000U, 70'000U, 333'333U, 1'000'000U, 1U, 20'000U}) {
        between->cut_after(bytes);
        between->slice(bytes % 3 == 0 ? 777 : 0);
        const int so_far = between->connections();
        while (between->connections() < so_far + 3) std::this_thread::yield();
    }
    between->cut_after(0);
    between->slice(0);
    over = true;
    for (auto& one : storms) EXPECT_EQ(one.get(), 0);
    lone.join();
    expect_healthy(redis);
}

} // namespace
} // namespace entrada::test
