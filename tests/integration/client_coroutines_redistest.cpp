// Calls awaited by coroutines that know nothing of Asio.
#include "support/loose_coroutine.hpp"
#include "support/redis_server.hpp"

#include "entrada/client.hpp"

#include <boost/asio/post.hpp>
#include <boost/asio/use_future.hpp>
#include <gtest/gtest.h>

#include <future>
#include <latch>
#include <thread>
#include <utility>
#include <vector>

namespace entrada::test {
namespace {

using namespace std::chrono_literals;
namespace asio = boost::asio;

class client_coroutines : public testing::Test {
protected:
    void SetUp() override {
        ENTRADA_NEEDS_REDIS();
        server.emplace();
        options.host = "127.0.0.1";
        options.port = server->port();
        options.tls.enabled = false;
    }
    std::optional<redis_server> server;
    client_options options;
};

template <class Outcome, class Call>
loose_coroutine tell(Call call, std::promise<Outcome> told) {
    told.set_value(co_await std::move(call));
}

/// The outcome of a call that a loose coroutine awaits.
template <class Call>
auto outcome_of(Call call) {
    using outcome = decltype(std::move(call).operator co_await().await_resume());
    std::promise<outcome> told;
    auto outcome_to_come = told.get_future();
    tell<outcome>(std::move(call), std::move(told));
    return outcome_to_come.get();
}

TEST_F(client_coroutines, each_call_gives_its_outcome) {
    client redis(options);
    async_client& async = redis.async();
    EXPECT_EQ(outcome_of(async.get("k")).value(), std::nullopt);
    EXPECT_TRUE(outcome_of(async.set("k", "value", {.ttl = 10min})).value());
    EXPECT_FALSE(outcome_of(async.set("k", "value", {.condition = set_condition::if_absent})).value());
    EXPECT_EQ(outcome_of(async.get("k")).value(), "value");
    EXPECT_EQ(outcome_of(async.get_lease("k")).value()->view(), "value");
    EXPECT_EQ(outcome_of(async.get_lease("none")).value().has_value(), false);
    EXPECT_TRUE(outcome_of(async.ttl("k")).value().left);
    EXPECT_EQ(outcome_of(async.exec(command("STRLEN", "k"))).value().root().integer(), 5);
    EXPECT_GT(outcome_of(async.ping()).value(), 0us);
    EXPECT_TRUE(outcome_of(async.del("k")).value());
    batch several;
    several.add(command("SET", "n", "x")).add(command("INCR", "n")).add(command("GET", "n"));
    const auto all = outcome_of(async.exec(several)).value();
    EXPECT_EQ(all.at(0).value().root().text(), "OK");
    EXPECT_EQ(all.at(1).error().code(), errc::server_error);
    EXPECT_EQ(all.at(2).value().root().text(), "x");
}

TEST_F(client_coroutines, values_of_all_sizes_are_whole) {
    client redis(options);
    for (const std::size_t size : {0U, 1U, 15U, 16U, 9'999U, 10'000U, 16'384U, 300'000U, 5'000'000U}) {
        const std::string value(size, static_cast<char>('a' + size % 26));
        ASSERT_TRUE(outcome_of(redis.async().set("k", value)).value());
        ASSERT_EQ(outcome_of(redis.async().get("k")).value(), value) << size;
        ASSERT_EQ(outcome_of(redis.async().get_lease("k")).value()->view(), value) << size;
    }
}

TEST_F(client_coroutines, what_is_not_sent_ends_at_once) {
    client redis(options);
    EXPECT_EQ(outcome_of(redis.async().exec(command("SUBSCRIBE", "c"))).error().code(), errc::not_multiplexable);
    EXPECT_EQ(outcome_of(redis.async().set("k", "v", {.ttl = 0ms})).error().code(), errc::setting_invalid);
    EXPECT_TRUE(outcome_of(redis.async().exec(batch())).value().empty());
    EXPECT_EQ(redis.stats().commands, 0U);
}

TEST_F(client_coroutines, errors_are_outcomes) {
    client redis(options);
    ASSERT_TRUE(redis.exec(command("LPUSH", "list", "x")));
    EXPECT_EQ(outcome_of(redis.async().get("list")).error().code(), errc::wrong_type);
    server->suspend();
    EXPECT_EQ(outcome_of(redis.async().get("k", {.timeout = 50ms})).error().code(), errc::timeout);
    EXPECT_EQ(outcome_of(redis.async().get("k", {.timeout = 0ms})).error().code(), errc::timeout);
    server->resume();
    EXPECT_TRUE(outcome_of(redis.async().set("k", "v")).value());
    redis.stop();
    EXPECT_EQ(outcome_of(redis.async().get("k")).error().code(), errc::stopped);
}

TEST_F(client_coroutines, a_call_may_be_dropped_or_started_later_in_the_way_of_asio) {
    client redis(options);
    ASSERT_TRUE(redis.set("k", "v"));
    { [[maybe_unused]] const auto dropped = redis.async().get("k"); }
    auto later = redis.async().get("k");
    std::promise<result<std::optional<std::string>>> told;
    std::move(later)([&told](result<std::optional<std::string>> got) { told.set_value(std::move(got)); });
    EXPECT_EQ(told.get_future().get().value(), "v");
    EXPECT_EQ(redis.stats().commands, 2U);
}

loose_coroutine own_keys(async_client redis, int number, std::atomic<int>& wrong, std::latch& running) {
    for (int i = 0; i < 200; ++i) {
        const std::string key = "k" + std::to_string(number) + ":" + std::to_string(i % 7);
        const std::string value = key + std::string(static_cast<std::size_t>(i) * 37, 'v');
        const auto stored = co_await redis.set(key, value);
        const auto got = co_await redis.get(key);
        if (!stored || !got || got.value() != value) ++wrong;
    }
    running.count_down();
}

TEST_F(client_coroutines, many_get_each_their_own_replies) {
    client redis(options);
    std::atomic<int> wrong{0};
    constexpr int count = 300;
    std::latch running(count);
    for (int i = 0; i < count; ++i) own_keys(redis.async(), i, wrong, running);
    running.wait();
    EXPECT_EQ(wrong, 0);
    EXPECT_EQ(redis.stats().commands, std::uint64_t{count} * 400);
}

loose_coroutine follow_threads(async_client redis, std::thread::id expected, std::atomic<int>& elsewhere, std::atomic<bool>& stop,
                               std::latch& running) {
    while (!stop) {
        (void)co_await redis.get("k");
        if (std::this_thread::get_id() != expected) ++elsewhere;
    }
    running.count_down();
}

TEST_F(client_coroutines, they_go_on_on_the_io_thread_even_while_a_lone_blocking_caller_drives) {
    client redis(options);
    const auto io = asio::post(redis.async().get_executor(), asio::use_future([] { return std::this_thread::get_id(); })).get();
    std::atomic<int> elsewhere{0};
    std::atomic<bool> stop{false};
    std::latch running(1);
    for (int i = 0; i < 10; ++i) ASSERT_TRUE(redis.ping()); // lone mode
    follow_threads(redis.async(), io, elsewhere, stop, running);
    for (int i = 0; i < 2000; ++i) ASSERT_TRUE(redis.set("k", "v"));
    stop = true;
    running.wait();
    EXPECT_EQ(elsewhere, 0);
}

TEST_F(client_coroutines, a_stop_request_ends_the_wait) {
    client redis(options);
    ASSERT_TRUE(redis.set("k", "v"));
    std::stop_source stop;
    EXPECT_EQ(outcome_of(redis.async().get("k", {}, stop.get_token())).value(), "v");
    server->suspend();
    std::jthread stopper([&] { stop.request_stop(); });
    EXPECT_EQ(outcome_of(redis.async().get("k", {.timeout = 60s}, stop.get_token())).error().code(), errc::cancelled);
    EXPECT_EQ(outcome_of(redis.async().get("k", {.timeout = 60s}, stop.get_token())).error().code(), errc::cancelled);
    server->resume();
    EXPECT_EQ(redis.get("k").value(), "v");
}

loose_coroutine ask_until_stopped(async_client redis, std::stop_token stop, std::atomic<int>& wrong, std::latch& running) {
    const call_options patient{.timeout = 60s};
    for (bool there = true; there;) {
        const auto got = co_await redis.get("k", patient, stop);
        there = got.has_value();
        if (there ? got.value() != "v" : got.error().code() != errc::cancelled) ++wrong;
    }
    running.count_down();
}

TEST_F(client_coroutines, replies_and_stop_requests_may_come_at_the_same_moment) {
    client redis(options);
    ASSERT_TRUE(redis.set("k", "v"));
    std::atomic<int> wrong{0};
    for (int round = 0; round < 200; ++round) {
        std::stop_source stop;
        std::latch running(4);
        for (int i = 0; i < 4; ++i) ask_until_stopped(redis.async(), stop.get_token(), wrong, running);
        for (int i = 0; i < round % 8; ++i) ASSERT_TRUE(redis.ping());
        stop.request_stop();
        running.wait();
    }
    EXPECT_EQ(wrong, 0);
    EXPECT_EQ(redis.get("k").value(), "v");
}

TEST_F(client_coroutines, a_lost_connection_is_an_error_and_the_next_call_works) {
    client redis(options);
    ASSERT_TRUE(redis.set("k", "v"));
    server->suspend();
    const auto sent_before = redis.stats().bytes_sent;
    std::promise<result<std::optional<std::string>>> told;
    auto outcome = told.get_future();
    tell<result<std::optional<std::string>>>(redis.async().get("k", {.timeout = 60s}), std::move(told));
    while (redis.stats().bytes_sent == sent_before) std::this_thread::yield();
    server->kill();
    EXPECT_EQ(outcome.get().error().code(), errc::connection_lost);
}

/// A coroutine as other libraries have them: it goes on when its executor runs it, long after it was resumed.
class deferred_coroutine {
public:
    struct promise_type;
    using executor = std::vector<std::coroutine_handle<>>;

    template <class Awaiter>
    struct through_executor {
        Awaiter awaiter;
        executor& later;

        bool await_ready() noexcept { return awaiter.await_ready(); }
        bool await_suspend(std::coroutine_handle<> self) { return awaiter.await_suspend(go_on_later(later, self).handle); }
        auto await_resume() { return awaiter.await_resume(); }
    };

    struct promise_type : loose_coroutine::promise_type {
        template <class... Others>
        explicit promise_type(executor& ready, Others&&...) : later(ready) {}
        deferred_coroutine get_return_object() noexcept { return {}; }
        template <class Call>
        auto await_transform(Call&& call) {
            using awaiter = decltype(std::forward<Call>(call).operator co_await());
            return through_executor<awaiter>{std::forward<Call>(call).operator co_await(), later};
        }
        executor& later;
    };

private:
    struct note {
        struct promise_type : loose_coroutine::promise_type {
            note get_return_object() noexcept { return {std::coroutine_handle<promise_type>::from_promise(*this)}; }
            std::suspend_always initial_suspend() noexcept { return {}; }
        };
        std::coroutine_handle<> handle;
    };
    static note go_on_later(executor& later, std::coroutine_handle<> waiting) {
        later.push_back(waiting);
        co_return;
    }
};

deferred_coroutine get_values(deferred_coroutine::executor&, async_client redis, std::string key,
                              std::vector<std::string>& found) {
    const auto got = co_await redis.get(key);
    found.push_back(got.value().value());
}

TEST_F(client_coroutines, those_that_go_on_later_have_their_own_values_all_the_same) {
    client redis(options);
    std::vector<std::string> expected, found;
    deferred_coroutine::executor later; // touched by the I/O thread, until all calls are over
    for (int i = 0; i < 100; ++i) {
        expected.push_back(std::to_string(i) + std::string(100, 'v'));
        ASSERT_TRUE(redis.set(std::to_string(i), expected.back()));
        ASSERT_TRUE(redis.set("other" + std::to_string(i), std::string(200, 'x')));
    }
    for (int i = 0; i < 100; ++i) get_values(later, redis.async(), std::to_string(i), found);
    for (int i = 0; i < 100; ++i) ASSERT_TRUE(redis.get("other" + std::to_string(i))); // into the same memory
    for (const auto handle : std::exchange(later, {})) handle.resume();
    EXPECT_EQ(found, expected);
}

TEST_F(client_coroutines, the_last_handle_may_go_while_they_wait) {
    for (int round = 0; round < 20; ++round) {
        auto redis = std::make_unique<async_client>(options);
        ASSERT_TRUE(outcome_of(redis->ping()));
        const auto executor = redis->get_executor();
        server->suspend();
        std::promise<result<std::optional<std::string>>> told, told_too;
        auto outcome = told.get_future(), outcome_too = told_too.get_future();
        std::stop_source stop;
        tell<result<std::optional<std::string>>>(redis->get("k", {.timeout = 60s}), std::move(told));
        tell<result<std::optional<std::string>>>(redis->get("k", {.timeout = 60s}, stop.get_token()), std::move(told_too));
        asio::post(executor, [&redis] { redis.reset(); });
        EXPECT_EQ(outcome.get().error().code(), errc::stopped);
        stop.request_stop();
        EXPECT_EQ(outcome_too.get().error().code(), errc::stopped);
        server->resume();
    }
}

} // namespace
} // namespace entrada::test
