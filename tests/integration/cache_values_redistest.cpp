// The typed cache against a real Redis: values, expiry, one factory for many callers, and doing without Redis.
#include "support/redis_server.hpp"

#include "entrada/cache.hpp"

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/use_future.hpp>
#include <boost/describe/class.hpp>
#include <gmock/gmock.h>

#include <atomic>
#include <barrier>
#include <mutex>
#include <thread>

namespace entrada::test {
namespace {

using namespace std::chrono_literals;
using testing::Contains;
using testing::HasSubstr;
namespace asio = boost::asio;

struct person {
    std::string name;
    int age = 0;
    bool operator==(const person&) const = default;
};
BOOST_DESCRIBE_STRUCT(person, (), (name, age))

const person ada{"Ada", 36};

class cache_values : public testing::Test {
protected:
    void SetUp() override {
        ENTRADA_NEEDS_REDIS();
        server.emplace();
    }

    client_options options() {
        client_options made;
        made.host = "127.0.0.1";
        made.port = server->port();
        made.tls.enabled = false;
        made.reconnect_delay_max = 50ms;
        made.log = [this](const log_event& event) {
            const std::lock_guard lock(mutex);
            said.push_back(event.text);
        };
        return made;
    }

    std::vector<std::string> log_lines() {
        const std::lock_guard lock(mutex);
        return said;
    }

    template <class T>
    static T run(asio::awaitable<T> work) {
        asio::io_context context;
        auto done = asio::co_spawn(context, std::move(work), asio::use_future);
        context.run();
        return done.get();
    }

    std::optional<redis_server> server;
    std::mutex mutex;
    std::vector<std::string> said;
};

errc code_of(auto&& call) {
    try {
        call();
    } catch (const failure_error& error) {
        return static_cast<errc>(error.code().value());
    }
    return errc{};
}

TEST_F(cache_values, what_was_set_is_got_until_it_is_removed) {
    cache values{options()};
    EXPECT_EQ(values.get<person>("person:1"), std::nullopt);
    values.set("person:1", ada, 10min);
    EXPECT_EQ(values.get<person>("person:1"), ada);
    EXPECT_TRUE(values.remove("person:1"));
    EXPECT_FALSE(values.remove("person:1"));
    EXPECT_EQ(values.stats().hits, 1u);
    EXPECT_EQ(values.stats().misses, 1u);
    EXPECT_EQ(values.stats().sets, 1u);
    EXPECT_EQ(values.stats().removes, 2u);
}

TEST_F(cache_values, entries_expire_when_they_were_told_to) {
    cache values{options()};
    values.set("k", ada, 10min);
    const auto left = values.client().ttl("k").value().left.value();
    EXPECT_GT(left, 9min);
    EXPECT_LE(left, 10min);
    EXPECT_EQ(code_of([&] { values.set("k", ada, 0ms); }), errc::setting_invalid);
    EXPECT_EQ(code_of([&] { (void)values.get_or_set<person>("k", -1ms, [] { return ada; }); }), errc::setting_invalid);
}

TEST_F(cache_values, text_and_bytes_are_stored_as_they_are_and_the_prefix_is_put_before_keys) {
    cache values{cache_options(options(), "app:")};
    values.set("text", "plain", 1min);
    values.set("string", std::string("a\0b", 3), 1min);
    values.set("bytes", std::vector<std::byte>{std::byte{0xff}}, 1min);
    values.set("number", 42, 1min);
    EXPECT_EQ(values.client().get("app:text").value(), "plain");
    EXPECT_EQ(values.get<std::string>("string"), std::string("a\0b", 3));
    EXPECT_EQ(values.client().get("app:bytes").value(), "\xff");
    EXPECT_EQ(values.client().exec(command{"INCR", "app:number"}).value().root().integer(), 43);
    EXPECT_EQ(values.get<int>("number"), 43);
}

TEST_F(cache_values, an_entry_of_another_type_is_an_error_for_get_and_replaced_by_get_or_set) {
    cache values{options()};
    values.set("k", "no person", 1min);
    EXPECT_EQ(code_of([&] { (void)values.get<person>("k"); }), errc::value_unreadable);
    EXPECT_EQ(values.get_or_set<person>("k", 1min, [] { return ada; }), ada);
    EXPECT_EQ(values.get<person>("k"), ada);
    EXPECT_EQ(values.stats().unreadable, 1u);
    EXPECT_THAT(log_lines(), Contains(HasSubstr("an entry is replaced")));
    (void)values.client().exec(command{"RPUSH", "list", "x"}).value();
    EXPECT_EQ(code_of([&] { (void)values.get<person>("list"); }), errc::wrong_type);
    EXPECT_EQ(code_of([&] { (void)values.get_or_set<person>("list", 1min, [] { return ada; }); }), errc::wrong_type);
}

TEST_F(cache_values, get_or_set_runs_the_factory_on_a_miss_only) {
    cache values{options()};
    int runs = 0;
    const auto load = [&] { return ++runs, ada; };
    EXPECT_EQ(values.get_or_set<person>("k", 10min, load), ada);
    EXPECT_EQ(values.get_or_set<person>("k", 10min, load), ada);
    EXPECT_EQ(runs, 1);
    EXPECT_GT(values.client().ttl("k").value().left.value(), 9min);
}

TEST_F(cache_values, what_the_factory_throws_reaches_the_caller_and_nothing_is_stored) {
    cache values{options()};
    const auto fail = []() -> person { throw std::runtime_error("no database"); };
    EXPECT_THROW((void)values.get_or_set<person>("k", 1min, fail), std::runtime_error);
    EXPECT_EQ(values.get<person>("k"), std::nullopt);
    EXPECT_EQ(values.get_or_set<person>("k", 1min, [] { return ada; }), ada);
}

TEST_F(cache_values, of_many_callers_one_runs_the_factory) {
    cache values{options()};
    constexpr int callers = 16;
    std::atomic<int> runs = 0;
    std::atomic<int> right = 0;
    std::barrier start(callers);
    {
        std::vector<std::jthread> threads;
        for (int i = 0; i < callers; ++i)
            threads.emplace_back([&] {
                for (int round = 0; round < 50; ++round) {
                    start.arrive_and_wait();
                    const auto key = "k" + std::to_string(round);
                    const auto load = [&, round] { return ++runs, person{key, round}; };
                    right += values.get_or_set<person>(key, 1min, load) == person{key, round};
                }
            });
    }
    EXPECT_EQ(runs, 50);
    EXPECT_EQ(right, callers * 50);
    EXPECT_EQ(values.stats().factory_runs, 50u);
}

TEST_F(cache_values, who_waits_for_too_long_runs_its_own_factory) {
    cache values{options()};
    std::barrier inside(2);
    std::jthread slow([&] {
        (void)values.get_or_set<person>("k", 1min, [&] {
            inside.arrive_and_wait(); // the factory runs
            inside.arrive_and_wait(); // the other has its value
            return person{"slow", 1};
        });
    });
    inside.arrive_and_wait();
    const auto quick = values.get_or_set<person>("k", 1min, [] { return person{"quick", 1}; }, {.timeout = 50ms});
    EXPECT_EQ(quick.name, "quick");
    inside.arrive_and_wait();
}

TEST_F(cache_values, without_redis_the_factory_answers_and_redis_is_used_again_when_it_is_back) {
    auto with_short_waits = options();
    with_short_waits.command_timeout = 200ms;
    cache values{with_short_waits};
    values.set("k", ada, 1min);
    server->kill();
    EXPECT_EQ(values.get_or_set<person>("k", 1min, [] { return person{"made", 1}; }).name, "made");
    EXPECT_GE(values.stats().degraded, 1u);
    EXPECT_THROW((void)values.get<person>("k"), failure_error);
    EXPECT_THAT(log_lines(), Contains(HasSubstr("Redis cannot be had")));
    server->restart();
    ASSERT_TRUE(values.client().ping({.timeout = 10s}).has_value());
    EXPECT_EQ(values.get_or_set<person>("k", 1min, [] { return ada; }), ada);
    EXPECT_EQ(values.get<person>("k"), ada);
    EXPECT_THAT(log_lines(), Contains(HasSubstr("Redis is back")));
}

TEST_F(cache_values, coroutines_have_the_same_calls) {
    cache values{options()};
    run([](async_cache remote) -> asio::awaitable<void> {
        co_await remote.set("k", ada, 10min);
        const std::optional<person> found = co_await remote.get<person>("k");
        EXPECT_EQ(found, ada);
        EXPECT_TRUE(co_await remote.remove("k"));
        EXPECT_FALSE((co_await remote.get<person>("k")).has_value());
        const auto plain = co_await remote.get_or_set<person>("a", 1min, [] { return ada; });
        EXPECT_EQ(plain, ada);
        const auto load = []() -> asio::awaitable<person> { co_return person{"Bob", 1}; };
        const auto awaited = co_await remote.get_or_set<person>("b", 1min, load);
        EXPECT_EQ(awaited.name, "Bob");
        const auto again = co_await remote.get_or_set<person>("b", 1min, load);
        EXPECT_EQ(again.name, "Bob");
    }(values.async()));
    EXPECT_EQ(values.stats().factory_runs, 2u);
    EXPECT_EQ(values.get<person>("b")->name, "Bob");
}

TEST_F(cache_values, coroutines_throw_what_went_wrong) {
    cache values{options()};
    values.set("k", "no person", 1min);
    EXPECT_EQ(code_of([&] { (void)run(values.async().get<person>("k")); }), errc::value_unreadable);
    const auto fail = []() -> asio::awaitable<person> {
        throw std::runtime_error("no database");
        co_return ada;
    };
    EXPECT_THROW((void)run(values.async().get_or_set<person>("other", 1min, fail)), std::runtime_error);
}

TEST_F(cache_values, coroutines_and_threads_share_one_factory_run) {
    cache values{options()};
    std::atomic<int> runs = 0;
    std::atomic<int> right = 0;
    const auto coroutine = [&](int round, async_cache remote) -> asio::awaitable<void> {
        const auto load = [&runs, round]() -> asio::awaitable<person> { co_return ++runs, person{"x", round}; };
        const person got = co_await remote.get_or_set<person>("k" + std::to_string(round), 1min, load);
        right += got.age == round;
    };
    for (int round = 0; round < 20; ++round) {
        asio::io_context context;
        for (int i = 0; i < 20; ++i) asio::co_spawn(context, coroutine(round, values.async()), asio::detached);
        std::jthread blocking([&] {
            const auto got = values.get_or_set<person>("k" + std::to_string(round), 1min, [&] {
                return ++runs, person{"x", round};
            });
            right += got.age == round;
        });
        std::jthread second([&] { context.run(); });
        context.run();
    }
    EXPECT_EQ(runs, 20);
    EXPECT_EQ(right, 20 * 21);
}

TEST_F(cache_values, coroutines_on_the_io_thread_wait_for_each_other_without_blocking_it) {
    cache values{options()};
    std::atomic<int> runs = 0;
    auto remote = values.async();
    const auto coroutine = [&]() -> asio::awaitable<person> {
        const auto load = [&]() -> asio::awaitable<person> {
            co_await remote.set("other", ada, 1min); // a round trip inside the factory
            co_return ++runs, ada;
        };
        co_return co_await remote.get_or_set<person>("k", 1min, load);
    };
    std::vector<std::future<person>> done;
    for (int i = 0; i < 50; ++i) done.push_back(asio::co_spawn(remote.client().get_executor(), coroutine(), asio::use_future));
    for (auto& one : done) EXPECT_EQ(one.get(), ada);
    EXPECT_EQ(runs, 1);
}

TEST_F(cache_values, a_stopped_client_lets_a_context_end_early) {
    for (int round = 0; round < 20; ++round) {
        async_cache values(cache_options{options()});
        asio::io_context context;
        std::atomic<int> stopped = 0;
        const auto forever = [&](async_cache mine) -> asio::awaitable<void> {
            try {
                while (true) (void)co_await mine.get<std::string>("k");
            } catch (const failure_error& error) {
                if (error.code() == errc::stopped) ++stopped;
            }
        };
        for (int i = 0; i < 8; ++i) asio::co_spawn(context, forever(values), asio::detached);
        context.run_for(std::chrono::milliseconds(round));
        values.client().stop();
        context.restart();
        context.run();
        ASSERT_EQ(stopped, 8);
    }
}

TEST_F(cache_values, arguments_may_end_before_the_awaitable_does) {
    cache values{options()};
    auto later = [&] {
        const std::string key = "a key long enough to live on the heap of the process";
        return values.async().set(key, std::string(100, 'x'), 1min);
    }();
    run(std::move(later));
    EXPECT_EQ(values.get<std::string>("a key long enough to live on the heap of the process"), std::string(100, 'x'));
}

} // namespace
} // namespace entrada::test
