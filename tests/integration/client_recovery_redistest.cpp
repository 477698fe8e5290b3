// What must not keep a client from working, or from coming back: callers who ask again at once, others' exceptions, cancellations
// that come too late, calls inside calls.
#include "support/fake_credentials.hpp"
#include "support/gate.hpp"
#include "support/redis_server.hpp"
#include "support/test_ca.hpp"

#include "entrada/client.hpp"

#include <boost/asio/awaitable.hpp>
#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/bind_executor.hpp>
#include <boost/asio/cancellation_signal.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/use_future.hpp>
#include <gtest/gtest.h>

#include <thread>

namespace entrada::test {
namespace {

using namespace std::chrono_literals;
namespace asio = boost::asio;
using text = result<std::optional<std::string>>;

class client_recovery : public testing::Test {
protected:
    void SetUp() override {
        ENTRADA_NEEDS_REDIS();
        redis_options how;
        how.users = {"user ann on >right ~* &* +@all"};
        how.tls = ca.good();
        server.emplace(how);
    }

    client_options plain() const {
        client_options made;
        made.host = "127.0.0.1";
        made.port = server->port();
        made.tls.enabled = false;
        made.command_timeout = 20s;
        made.reconnect_delay = 1ms;
        made.reconnect_delay_max = 10ms;
        return made;
    }

    test_ca ca;
    std::optional<redis_server> server;
};

TEST_F(client_recovery, settings_that_cannot_work_are_tried_with_pauses_and_every_call_hears_why) {
    client_options made = plain();
    made.tls = {.enabled = true, .ca_file = "/nonexistent/ca.pem", .server_name = {}};
    made.reconnect_delay = made.reconnect_delay_max = 0ms; // not from settings, which refuse it
    auto login = std::make_shared<fake_credentials>();
    made.credentials = login;
    client redis(made);
    EXPECT_EQ(redis.get("k").error().code(), errc::file_unreadable);
    login->change("ann", "right");
    EXPECT_EQ(redis.get("k", {.timeout = 10s}).error().code(), errc::file_unreadable);
}

asio::awaitable<int> ask_until_it_works(async_client redis) {
    int failures = 0;
    while (!co_await redis.get("k")) ++failures;
    co_return failures;
}

TEST_F(client_recovery, callers_who_ask_again_at_once_do_not_keep_the_client_from_healing) {
    client_options made = plain();
    auto login = std::make_shared<fake_credentials>();
    login->fail({errc::token_unavailable, "no identity here"});
    made.credentials = login;
    client redis(made);
    std::vector<std::future<int>> asking;
    EXPECT_EQ(redis.get("k").error().code(), errc::token_unavailable);
    for (int i = 0; i < 4; ++i)
        asking.push_back(asio::co_spawn(redis.async().get_executor(), ask_until_it_works(redis.async()), asio::use_future));
    while (redis.stats().commands_failed < 1000) std::this_thread::yield();
    login->change("ann", "right");
    for (auto& one : asking) EXPECT_GE(one.get(), 0);
}

class throwing_credentials final : public credentials_provider {
public:
    result<std::optional<credentials>> current(const peer&) override {
        if (calls_++ < 3) throw std::runtime_error("broken for now");
        return std::optional(credentials{"ann", secret_string("right"), std::nullopt, 1});
    }
    std::unique_ptr<subscription> subscribe(std::function<void()>) override { return nullptr; }
    void report(const login_outcome&) override {}

private:
    std::atomic<int> calls_{0};
};

TEST_F(client_recovery, an_exception_of_a_provider_is_a_failed_attempt_and_not_the_last_one) {
    client_options made = plain();
    made.credentials = std::make_shared<throwing_credentials>();
    client redis(made);
    text got = redis.get("k");
    while (!got) {
        ASSERT_EQ(got.error().code(), errc::token_unavailable);
        ASSERT_NE(got.error().detail().find("broken for now"), std::string::npos) << got.error().detail();
        got = redis.get("k");
    }
}

TEST_F(client_recovery, cancelling_a_call_that_is_over_harms_no_later_one_in_the_same_memory) {
    gate between(server->port());
    client_options made = plain();
    made.port = between.port();
    client redis(made);
    ASSERT_TRUE(redis.set("k", "v"));
    between.stall(true);
    asio::cancellation_signal second;
    std::promise<text> third;
    const auto sent = redis.stats().bytes_sent;
    asio::post(redis.async().get_executor(), [&] {
        redis.async().get("k", {}, [&](const text&) { second.emit(asio::cancellation_type::total); });
        redis.async().get("k", {}, asio::bind_cancellation_slot(second.slot(), [&](const text&) {
                              redis.async().get("k", {}, [&](text got) { third.set_value(std::move(got)); });
                          }));
    });
    while (redis.stats().bytes_sent == sent) std::this_thread::yield();
    between.stall(false); // both replies at once
    const text got = third.get_future().get();
    ASSERT_TRUE(got) << got.error().to_string();
    EXPECT_EQ(*got, "v");
}

TEST_F(client_recovery, stop_requests_at_any_moment_end_the_call_they_are_for) {
    client redis(plain());
    ASSERT_TRUE(redis.set("k", "v"));
    for (int i = 0; i < 300; ++i) {
        std::stop_source stop;
        std::jthread stopper([&] { stop.request_stop(); });
        const text got = redis.get("k", {.timeout = 60s, .stop = stop.get_token()});
        ASSERT_TRUE(got || got.error().code() == errc::cancelled);
        ASSERT_EQ(redis.get("k").value(), "v");
    }
}

TEST_F(client_recovery, one_blocking_caller_among_busy_coroutines_gets_its_reply_and_leaves) {
    client redis(plain());
    ASSERT_TRUE(redis.set("k", "v"));
    std::atomic<bool> over{false};
    std::vector<std::future<void>> busy;
    for (int i = 0; i < 64; ++i) {
        busy.push_back(asio::co_spawn(
            redis.async().get_executor(),
            [](async_client calls, const std::atomic<bool>& end) -> asio::awaitable<void> {
                while (!end) (void)co_await calls.get("k");
            }(redis.async(), over),
            asio::use_future));
    }
    for (int i = 0; i < 2000; ++i) {
        const auto began = std::chrono::steady_clock::now();
        ASSERT_TRUE(redis.get("k"));
        ASSERT_LT(std::chrono::steady_clock::now() - began, 10s);
    }
    over = true;
    for (auto& one : busy) one.get();
}

TEST_F(client_recovery, a_large_reply_over_tls_is_whole_for_a_lone_caller_with_a_short_deadline) {
    client_options made = plain();
    made.host = "localhost";
    made.port = server->tls_port();
    made.tls = {.enabled = true, .ca_file = ca.ca_file().string(), .server_name = {}};
    client redis(made);
    const std::string large(200'000, 'x');
    ASSERT_TRUE(redis.set("k", large));
    for (int i = 0; i < 200; ++i) ASSERT_EQ(redis.get("k", {.timeout = 2s}).value()->size(), large.size());
}

TEST_F(client_recovery, a_blocking_call_in_a_handler_is_refused_wherever_the_handler_runs) {
    client redis(plain());
    for (int i = 0; i < 10; ++i) ASSERT_TRUE(redis.ping()); // alone: this thread does its own I/O
    asio::io_context mine;
    std::promise<bool> inner;
    asio::post(mine, [&] {
        redis.async().get("a", {}, asio::bind_executor(mine, [&](const text&) { inner.set_value(redis.get("b").has_value()); }));
        EXPECT_TRUE(redis.get("c")); // may complete "a", but must not run its handler inside itself
    });
    mine.run();
    EXPECT_TRUE(inner.get_future().get());
}

TEST_F(client_recovery, a_connection_reset_amid_the_tls_handshake_is_tried_again_within_the_calls_time) {
    gate between(server->tls_port());
    between.cut_after(1);
    client_options made = plain();
    made.host = "localhost";
    made.port = between.port();
    made.tls = {.enabled = true, .ca_file = ca.ca_file().string(), .server_name = {}};
    client redis(made);
    std::promise<text> outcome;
    redis.async().get("k", {}, [&](text got) { outcome.set_value(std::move(got)); });
    while (redis.stats().connect_failures < 2) std::this_thread::yield();
    between.cut_after(0);
    const text got = outcome.get_future().get();
    EXPECT_TRUE(got) << got.error().to_string();
}

TEST_F(client_recovery, timeouts_of_any_length_are_taken_as_they_are_meant) {
    client redis(plain());
    EXPECT_TRUE(redis.ping({.timeout = std::chrono::milliseconds::max()}));
    EXPECT_TRUE(redis.exec(command("DBSIZE"), {.timeout = std::chrono::hours(24 * 365 * 100)}));
    EXPECT_EQ(redis.ping({.timeout = -1s}).error().code(), errc::timeout);
    EXPECT_EQ(redis.ping({.timeout = std::chrono::milliseconds::min()}).error().code(), errc::timeout);
}

TEST_F(client_recovery, the_last_handle_may_go_in_a_handler_on_the_clients_own_thread) {
    for (int i = 0; i < 50; ++i) {
        auto redis = std::make_shared<async_client>(plain());
        std::promise<void> gone;
        redis->get("k", {}, [redis, &gone](const text&) mutable {
            redis.reset();
            gone.set_value();
        });
        redis.reset();
        gone.get_future().get();
    }
}

TEST_F(client_recovery, clients_that_end_amid_resolving_leave_nothing_behind) {
    client_options made = plain();
    made.host = "ip6-localhost"; // looked up in a thread of its own, unlike localhost
    for (int i = 0; i < 300; ++i) async_client redis(made);
}

} // namespace
} // namespace entrada::test
