// The calls of the client against a real Redis, over TCP, TLS and a unix socket.
#include "support/redis_server.hpp"

#include "entrada/client.hpp"
#include "entrada/io_thread.hpp"

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/awaitable.hpp>
#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/cancellation_signal.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/use_future.hpp>
#include <gtest/gtest.h>

#include <future>
#include <thread>

namespace entrada::test {
namespace {

using namespace std::chrono_literals;
namespace asio = boost::asio;

client_options plain(const redis_server& server) {
    client_options options;
    options.host = "127.0.0.1";
    options.port = server.port();
    options.tls.enabled = false;
    return options;
}

class client_calls : public testing::Test {
protected:
    void SetUp() override {
        ENTRADA_NEEDS_REDIS();
        server.emplace();
    }
    std::optional<redis_server> server;
};

TEST_F(client_calls, set_get_delete_and_time_to_live) {
    client redis(plain(*server));
    EXPECT_EQ(redis.get("k").value(), std::nullopt);
    EXPECT_TRUE(redis.set("k", "value", {.ttl = 10min}).value());
    EXPECT_EQ(redis.get("k").value(), "value");
    const key_ttl left = redis.ttl("k").value();
    ASSERT_TRUE(left.exists && left.left);
    EXPECT_LE(*left.left, 10min);
    EXPECT_GT(*left.left, 9min);
    EXPECT_FALSE(redis.set("k", "other", {.condition = set_condition::if_absent}).value());
    EXPECT_TRUE(redis.set("k", "third", {.condition = set_condition::if_present, .keep_ttl = true}).value());
    EXPECT_TRUE(redis.ttl("k").value().left);
    EXPECT_TRUE(redis.del("k").value());
    EXPECT_FALSE(redis.del("k").value());
    EXPECT_FALSE(redis.ttl("k").value().exists);
    EXPECT_EQ(redis.stats().connections_opened, 1U);
    EXPECT_EQ(redis.stats().commands_failed, 0U);
}

TEST_F(client_calls, keys_and_values_are_any_bytes_of_any_size) {
    client redis(plain(*server));
    std::string odd("a\0\r\n\xff", 5);
    for (const std::size_t size : {0U, 1U, 100U, 16'383U, 16'384U, 16'385U, 70'000U, 5'000'000U}) {
        std::string value(size, 'x');
        for (std::size_t i = 0; i < size; i += 97) value[i] = static_cast<char>(i);
        ASSERT_TRUE(redis.set(odd, value).value());
        ASSERT_EQ(redis.get(odd).value(), value) << size;
    }
}

TEST_F(client_calls, a_lease_shows_the_value_where_it_was_received) {
    client redis(plain(*server));
    EXPECT_FALSE(redis.get_lease("k").value());
    for (const std::size_t size : {0UL, 1UL, 100UL, 9'999UL, 10'000UL, 20'000UL, 300'000UL, 3'000'000UL}) {
        const std::string value(size, static_cast<char>('a' + size % 26));
        ASSERT_TRUE(redis.set("k", value));
        const auto got = redis.get_lease("k").value();
        ASSERT_TRUE(got);
        EXPECT_TRUE(got->view() == value) << size << " bytes";
    }
    ASSERT_TRUE(redis.exec(command("RPUSH", "list", "x")));
    EXPECT_EQ(redis.get_lease("list").error().code(), errc::wrong_type);
}

TEST_F(client_calls, leases_stay_as_they_are_whatever_comes_after_them_and_outlive_the_client) {
    std::vector<lease> held;
    constexpr int count = 3000;
    {
        client redis(plain(*server));
        for (int i = 0; i < count; ++i) {
            const std::string value = std::to_string(i) + std::string(static_cast<std::size_t>(i % 500), 'v');
            ASSERT_TRUE(redis.set("k", value));
            held.push_back(redis.get_lease("k").value().value());
            if (i % 3 != 0) continue;
            ASSERT_TRUE(redis.get("k"));
        }
    }
    for (int i = 0; i < count; ++i)
        ASSERT_EQ(held[static_cast<std::size_t>(i)].view(),
                  std::to_string(i) + std::string(static_cast<std::size_t>(i % 500), 'v'));
}

asio::awaitable<void> lease_and_keep(async_client redis, int caller) {
    const std::string key = "lease:" + std::to_string(caller);
    const std::string value = key + std::string(static_cast<std::size_t>(caller) * 100, 'v');
    const bool stored = (co_await redis.set(key, value)).value();
    EXPECT_TRUE(stored);
    std::vector<lease> held;
    for (int i = 0; i < 20; ++i) {
        auto got = co_await redis.get_lease(key);
        held.push_back(got.value().value());
    }
    for (const lease& one : held) EXPECT_TRUE(one.view() == value) << key;
}

TEST_F(client_calls, leases_of_many_coroutines_are_each_their_own) {
    client redis(plain(*server));
    asio::io_context elsewhere;
    std::vector<std::future<void>> ends;
    for (int i = 0; i < 100; ++i)
        ends.push_back(i % 2 == 0
                           ? asio::co_spawn(redis.async().get_executor(), lease_and_keep(redis.async(), i), asio::use_future)
                           : asio::co_spawn(elsewhere, lease_and_keep(redis.async(), i), asio::use_future));
    elsewhere.run();
    for (auto& end : ends) end.get();
}

TEST_F(client_calls, with_polling_all_is_the_same) {
    client_options options = plain(*server);
    options.polling = 100us;
    client redis(options);
    ASSERT_TRUE(redis.set("k", "value"));
    std::vector<std::future<void>> ends;
    for (int i = 0; i < 20; ++i)
        ends.push_back(asio::co_spawn(redis.async().get_executor(), lease_and_keep(redis.async(), i), asio::use_future));
    for (int i = 0; i < 200; ++i) ASSERT_EQ(redis.get("k").value(), "value");
    for (auto& end : ends) end.get();
    for (int i = 0; i < 200; ++i) ASSERT_EQ(redis.get("k").value(), "value"); // alone: it does its own I/O
    // A reply that is late is waited for as before, and a deadline holds.
    ASSERT_TRUE(redis.exec(command("CLIENT", "PAUSE", "150", "ALL")));
    EXPECT_EQ(redis.get("k", {.timeout = 50ms}).error().code(), errc::timeout);
    EXPECT_EQ(redis.get("k").value(), "value");
    EXPECT_EQ(redis.stats().connections_lost, 0U);
}

TEST_F(client_calls, exec_gives_whole_replies_and_error_replies_as_failures) {
    client redis(plain(*server));
    ASSERT_TRUE(redis.exec(command("HSET", "h", "a", 1, "b", 2)));
    const reply all = redis.exec(command("HGETALL", "h")).value();
    ASSERT_EQ(all.root().size(), 4U);
    EXPECT_EQ(all.root()[3].text(), "2");
    const auto wrong = redis.get("h");
    ASSERT_FALSE(wrong);
    EXPECT_EQ(wrong.error().code(), errc::wrong_type);
    EXPECT_EQ(redis.exec(command("NOSUCH")).error().code(), errc::unknown_command);
    EXPECT_EQ(redis.stats().error_replies, 2U);
}

TEST_F(client_calls, a_batch_is_one_call_with_a_reply_or_an_error_for_each_command) {
    client redis(plain(*server));
    batch all;
    for (int i = 0; i < 1000; ++i) all.add(command("SET", "k" + std::to_string(i), i));
    ASSERT_EQ(redis.exec(all).value().size(), 1000U);
    const auto mixed =
        redis.exec(batch().add(command("GET", "k7")).add(command("LPUSH", "k7", "x")).add(command("MGET", "k8", "k9"))).value();
    ASSERT_EQ(mixed.size(), 3U);
    EXPECT_EQ(mixed[0].value().root().text(), "7");
    EXPECT_EQ(mixed[1].error().code(), errc::wrong_type);
    EXPECT_EQ(mixed[2].value().root()[1].text(), "9");
    EXPECT_TRUE(redis.exec(batch()).value().empty());
    EXPECT_EQ(redis.exec(batch().add(command("PING")).add(command("MULTI"))).error().code(), errc::not_multiplexable);
    auto asked = redis.async().exec(batch().add(command("PING")).add(command("DBSIZE")), {}, asio::use_future).get();
    EXPECT_EQ(asked.value().at(1).value().root().integer(), 1000);
    EXPECT_TRUE(redis.async().exec(batch(), {}, asio::use_future).get().value().empty());
}

TEST_F(client_calls, a_call_whose_outcome_nobody_wants_is_detached) {
    client redis(plain(*server));
    redis.async().set("k", "v", {}, {}, asio::detached);
    EXPECT_EQ(redis.get("k").value(), "v");
    EXPECT_EQ(redis.stats().commands, 2U);
}

TEST_F(client_calls, commands_that_change_a_shared_connection_are_refused) {
    client redis(plain(*server));
    for (const char* name : {"MULTI", "select", "SUBSCRIBE", "BLPOP", "AUTH"})
        EXPECT_EQ(redis.exec(command(name, "x")).error().code(), errc::not_multiplexable) << name;
    EXPECT_EQ(redis.exec(command("CLIENT", "REPLY", "OFF")).error().code(), errc::not_multiplexable);
    EXPECT_TRUE(redis.exec(command("CLIENT", "ID")));
    EXPECT_EQ(redis.exec(command("XREAD", "BLOCK", 0, "STREAMS", "s", "$")).error().code(), errc::not_multiplexable);
}

TEST_F(client_calls, a_time_to_live_below_a_millisecond_is_an_error) {
    client redis(plain(*server));
    EXPECT_EQ(redis.set("k", "v", {.ttl = 0ms}).error().code(), errc::setting_invalid);
}

TEST_F(client_calls, a_unix_socket_works_too) {
    client_options options;
    options.unix_socket = server->socket_path();
    client redis(options);
    EXPECT_TRUE(redis.ping());
}

TEST_F(client_calls, many_threads_share_one_connection_and_get_their_own_replies) {
    client redis(plain(*server));
    std::atomic<int> wrong{0};
    {
        std::vector<std::jthread> threads;
        for (int t = 0; t < 32; ++t) {
            threads.emplace_back([&redis, &wrong, t] {
                for (int i = 0; i < 200; ++i) {
                    const std::string key = "k" + std::to_string(t) + ":" + std::to_string(i % 17);
                    if (!redis.set(key, key + std::string(static_cast<std::size_t>(i % 5) * 1000, 'v'))) ++wrong;
                    const auto got = redis.get(key);
                    if (!got || !*got || !(*got)->starts_with(key)) ++wrong;
                }
            });
        }
    }
    EXPECT_EQ(wrong, 0);
    EXPECT_EQ(redis.stats().commands, 32U * 200 * 2);
    EXPECT_EQ(redis.stats().connections_opened, 1U);
}

asio::awaitable<int> count_right(async_client redis, int worker) {
    int right = 0;
    for (int i = 0; i < 100; ++i) {
        const std::string key = "c" + std::to_string(worker) + ":" + std::to_string(i);
        if (!(co_await redis.set(key, key)).value()) continue;
        const auto got = (co_await redis.get(key)).value();
        right += got == key ? 1 : 0;
    }
    co_return right;
}

TEST_F(client_calls, coroutines_on_the_clients_thread_and_on_a_foreign_one) {
    async_client redis(plain(*server));
    std::vector<std::future<int>> results;
    asio::io_context mine;
    for (int worker = 0; worker < 50; ++worker) {
        results.push_back(asio::co_spawn(redis.get_executor(), count_right(redis, worker), asio::use_future));
        results.push_back(asio::co_spawn(mine, count_right(redis, 1000 + worker), asio::use_future));
    }
    mine.run();
    for (auto& one : results) EXPECT_EQ(one.get(), 100);
}

TEST_F(client_calls, a_blocking_call_on_the_io_thread_is_refused_instead_of_hanging) {
    client redis(plain(*server));
    auto outcome = asio::co_spawn(
        redis.async().get_executor(),
        [&redis]() -> asio::awaitable<bool> { co_return redis.get("k").error().code() == errc::would_deadlock; },
        asio::use_future);
    EXPECT_TRUE(outcome.get());
}

TEST_F(client_calls, a_deadline_that_passes_is_a_timeout_and_the_late_reply_goes_to_nobody_else) {
    client redis(plain(*server));
    ASSERT_TRUE(redis.set("k", "mine"));
    server->suspend();
    const auto late = redis.get("k", {.timeout = 50ms});
    server->resume();
    ASSERT_FALSE(late);
    EXPECT_EQ(late.error().code(), errc::timeout);
    EXPECT_NE(late.error().detail().find("GET to 127.0.0.1:"), std::string::npos) << late.error().detail();
    for (int i = 0; i < 50; ++i) {
        const std::string key = "n" + std::to_string(i);
        ASSERT_TRUE(redis.set(key, key).value());
        ASSERT_EQ(redis.get(key).value(), key);
    }
    EXPECT_EQ(redis.stats().connections_lost, 0U);
}

TEST_F(client_calls, cancelled_calls_complete_at_once_and_leave_the_line_in_order) {
    client redis(plain(*server));
    ASSERT_TRUE(redis.set("k", "v"));
    server->suspend();
    asio::cancellation_signal signal;
    std::promise<boost::system::error_code> outcome;
    redis.async().get("k", {.timeout = 60s},
                      asio::bind_cancellation_slot(signal.slot(), [&](result<std::optional<std::string>> got) {
                          outcome.set_value(got ? boost::system::error_code() : got.error().code());
                      }));
    asio::post(redis.async().get_executor(), [&] { signal.emit(asio::cancellation_type::total); });
    EXPECT_EQ(outcome.get_future().get(), errc::cancelled);

    std::stop_source stop;
    std::jthread waiter(
        [&] { EXPECT_EQ(redis.get("k", {.timeout = 60s, .stop = stop.get_token()}).error().code(), errc::cancelled); });
    stop.request_stop();
    waiter.join();
    server->resume();
    EXPECT_EQ(redis.get("k").value(), "v");
}

TEST_F(client_calls, stopping_ends_what_waits_and_what_comes) {
    std::optional<client> redis(plain(*server));
    ASSERT_TRUE(redis->ping());
    server->suspend();
    const auto sent_before = redis->stats().bytes_sent;
    std::jthread waiter([&] { EXPECT_EQ(redis->get("k", {.timeout = 60s}).error().code(), errc::stopped); });
    while (redis->stats().bytes_sent == sent_before) std::this_thread::yield();
    redis->stop();
    waiter.join();
    EXPECT_EQ(redis->get("k").error().code(), errc::stopped);
    redis.reset();
    server->resume();
}

asio::awaitable<void> ask_without_end(async_client redis) {
    for (bool there = true; there;) {
        const auto got = co_await redis.get("k");
        there = got.has_value();
    }
}

TEST_F(client_calls, after_stop_the_context_of_waiting_coroutines_may_go) {
    for (int round = 0; round < 20; ++round) {
        client redis(plain(*server));
        auto context = std::make_unique<asio::io_context>();
        for (int i = 0; i < 20; ++i) asio::co_spawn(*context, ask_without_end(redis.async()), asio::detached);
        context->run_for(std::chrono::milliseconds(round));
        redis.stop();
        context.reset(); // a reply to a call that is still under way would now run into freed memory
    }
}

TEST_F(client_calls, clients_may_share_an_io_thread) {
    client_options options = plain(*server);
    options.io = std::make_shared<io_thread>();
    std::weak_ptr<io_thread> thread = options.io;
    std::vector<std::unique_ptr<client>> clients;
    for (int i = 0; i < 50; ++i) clients.push_back(std::make_unique<client>(options));
    options.io.reset();
    for (std::size_t i = 0; i < clients.size(); ++i) ASSERT_TRUE(clients[i]->set("k" + std::to_string(i), std::to_string(i)));
    std::vector<std::future<void>> ends;
    for (int i = 0; i < 50; ++i)
        ends.push_back(asio::co_spawn(clients[0]->async().get_executor(),
                                      lease_and_keep(clients[static_cast<std::size_t>(i)]->async(), i), asio::use_future));
    for (auto& end : ends) end.get();
    clients.erase(clients.begin(), clients.begin() + 25); // the others go on
    for (std::size_t i = 0; i < clients.size(); ++i) EXPECT_EQ(clients[i]->get("k0").value(), "0");
    EXPECT_FALSE(thread.expired());
    clients.clear();
    EXPECT_TRUE(thread.expired());
}

TEST_F(client_calls, a_client_may_end_on_its_own_thread) {
    client_options options = plain(*server);
    options.io = std::make_shared<io_thread>();
    auto ended = std::make_shared<std::promise<void>>();
    {
        auto last = std::make_shared<async_client>(options);
        options.io.reset();
        last->set("k", "v", {}, {}, [last, ended](const auto&) mutable {
            last.reset();
            ended->set_value();
        });
    }
    ended->get_future().get();
}

TEST_F(client_calls, without_a_server_a_call_fails_at_its_deadline_and_says_why) {
    client_options options = plain(*server);
    options.port = free_port();
    client redis(options);
    const auto failed = redis.get("k", {.timeout = 100ms});
    ASSERT_FALSE(failed);
    EXPECT_EQ(failed.error().code(), errc::not_connected);
    EXPECT_NE(failed.error().detail().find("refused"), std::string::npos) << failed.error().detail();
}

TEST_F(client_calls, a_killed_server_fails_what_was_sent_and_the_next_call_waits_for_its_return) {
    client redis(plain(*server));
    ASSERT_TRUE(redis.set("k", "v"));
    server->suspend();
    const auto sent_before = redis.stats().bytes_sent;
    std::jthread waiter([&] { EXPECT_EQ(redis.get("k", {.timeout = 60s}).error().code(), errc::connection_lost); });
    while (redis.stats().bytes_sent == sent_before) std::this_thread::yield();
    server->kill();
    waiter.join();
    std::jthread patient([&] { EXPECT_EQ(redis.get("k", {.timeout = 20s}).value(), std::nullopt); });
    server->restart();
    patient.join();
    EXPECT_EQ(redis.stats().connections_opened, 2U);
    EXPECT_EQ(redis.stats().connections_lost, 1U);
}

TEST_F(client_calls, a_backlog_that_is_full_refuses_more) {
    client_options options = plain(*server);
    options.port = free_port();
    options.backlog_max = 1;
    client redis(options);
    std::promise<boost::system::error_code> first;
    redis.async().get("a", {.timeout = 200ms}, [&](const auto& got) { first.set_value(got.error().code()); });
    EXPECT_EQ(redis.get("b").error().code(), errc::backlog_full);
    EXPECT_EQ(first.get_future().get(), errc::not_connected);
}

TEST_F(client_calls, database_and_name_are_set_on_the_connection) {
    client_options options = plain(*server);
    options.database = 3;
    options.client_name = "my-service";
    client redis(options);
    const reply info = redis.exec(command("CLIENT", "INFO")).value();
    EXPECT_NE(info.root().text().find(" db=3 "), std::string_view::npos);
    EXPECT_NE(info.root().text().find(" name=my-service "), std::string_view::npos);
    EXPECT_NE(info.root().text().find(" resp=3"), std::string_view::npos);
}

} // namespace
} // namespace entrada::test
