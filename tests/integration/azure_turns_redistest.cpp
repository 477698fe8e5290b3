// Tokens of seconds against the emulator: no command fails because one turned, and after an outage all works again by itself.
#include "support/emulator_server.hpp"
#include "support/redis_server.hpp"

#include "entrada/client.hpp"
#include "entrada/settings.hpp"

#include <boost/asio/awaitable.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/use_future.hpp>
#include <gtest/gtest.h>

#include <thread>

namespace entrada::test {
namespace {

using namespace std::chrono_literals;
namespace asio = boost::asio;
using steady = std::chrono::steady_clock;

class azure_turns : public testing::Test {
protected:
    void SetUp() override { ENTRADA_NEEDS_REDIS(); }

    void start(const char* token_lifetime) {
        prepare(token_lifetime);
        sign_in();
    }

    void prepare(const char* token_lifetime) {
        azure.emplace(std::vector<std::string>{"--token-lifetime", token_lifetime});
        const environment variables = azure->variables();
        // The default credential reads the process' environment, as it does for users.
        for (const auto& [name, value] : variables) ::setenv(name.c_str(), value.c_str(), 1);
        where = settings::from_environment(variables);
        where.ca_file = azure->ca_file();
        where.command_timeout = 5s;
        where.reconnect_delay_max = 200ms;
    }

    void sign_in() {
        tokens = where.make_token_manager();
        redis.emplace(where.make_client_options(tokens));
    }

    /// Returns how long it took until a command worked.
    steady::duration time_to_heal() {
        const auto began = steady::now();
        while (!redis->get("k", {.timeout = 1s})) {
            if (steady::now() - began > 20s) ADD_FAILURE() << redis->get("k").error().to_string();
            if (HasFailure()) break;
            std::this_thread::yield();
        }
        return steady::now() - began;
    }

    std::optional<emulator_server> azure;
    settings where;
    std::shared_ptr<token_manager> tokens;
    std::optional<client> redis;
};

asio::awaitable<int> keep_asking(async_client shared, std::string key, const std::atomic<bool>& over) {
    int wrong = 0;
    while (!over) {
        if (!co_await shared.set(key, key)) ++wrong;
        const auto got = co_await shared.get(key);
        if (!got || *got != key) ++wrong;
    }
    co_return wrong;
}

// So much later than its deadline a call may come back on a busy machine; far less than a wait without a deadline.
constexpr auto slack = 2s;

template <class Value>
bool is_of_an_outage(const result<Value>& got) {
    if (got) return true;
    const auto code = got.error().code();
    return code == errc::timeout || code == errc::not_connected || code == errc::connection_lost || code == errc::server_loading
           || code == errc::connect_failed || code == errc::backlog_full;
}

/// Another's value, or an error that has nothing to do with the outage.
bool is_strange(const result<std::optional<std::string>>& got, const std::string& key) {
    return got ? *got && **got != key : !is_of_an_outage(got);
}

/// Returns how often something came that should not, or came late.
asio::awaitable<int> ask_through_outages(async_client shared, std::string key, const std::atomic<bool>& over) {
    int strange = 0;
    while (!over) {
        const auto asked = steady::now();
        const auto set = co_await shared.set(key, key, {}, {.timeout = 500ms});
        const auto got = co_await shared.get(key, {.timeout = 500ms});
        if (is_strange(got, key) || !is_of_an_outage(set) || steady::now() - asked > 2 * 500ms + slack) ++strange;
    }
    co_return strange;
}

TEST_F(azure_turns, threads_and_coroutines_on_one_connection_never_notice_that_tokens_turn) {
    start("2s");
    std::atomic<bool> over{false};
    std::atomic<int> wrong{0};
    std::vector<std::future<int>> coroutines;
    {
        std::vector<std::jthread> threads;
        for (int i = 0; i < 16; ++i) {
            threads.emplace_back([&, key = "thread" + std::to_string(i)] {
                while (!over) {
                    if (!redis->set(key, key)) ++wrong;
                    const auto got = redis->get(key);
                    if (!got || *got != key) ++wrong;
                }
            });
        }
        for (int i = 0; i < 64; ++i)
            coroutines.push_back(asio::co_spawn(redis->async().get_executor(),
                                                keep_asking(redis->async(), "coroutine" + std::to_string(i), over),
                                                asio::use_future));
        while (redis->stats().reauthentications < 4 && wrong == 0) std::this_thread::yield();
        over = true;
    }
    for (auto& one : coroutines) EXPECT_EQ(one.get(), 0);
    EXPECT_EQ(wrong, 0);
    EXPECT_EQ(redis->stats().connections_opened, 1U);
    EXPECT_EQ(redis->stats().connections_lost, 0U);
    EXPECT_EQ(redis->stats().commands_failed, 0U);
    EXPECT_GE(tokens->stats().acquired, 5U);
}

TEST_F(azure_turns, an_outage_of_the_identity_endpoint_is_survived_told_and_healed) {
    start("2s");
    ASSERT_TRUE(redis->set("k", "v"));
    azure->set_identity("down");
    const auto down = steady::now();
    std::uint64_t worked = 0;
    result<std::optional<std::string>> got = std::optional<std::string>();
    while ((got = redis->get("k"))) ++worked;
    EXPECT_GT(worked, 0U);
    EXPECT_LT(steady::now() - down, 10s);
    // The command that the cut met may have run; the ones after it fail fast and say why.
    const auto asked = steady::now();
    while (got.error().code() == errc::connection_lost || got.error().code() == errc::not_connected) {
        got = redis->get("k");
        ASSERT_FALSE(got);
    }
    EXPECT_LT(steady::now() - asked, 4s);
    EXPECT_EQ(got.error().code(), errc::token_unavailable);
    EXPECT_NE(got.error().detail().find("renewal"), std::string::npos) << got.error().detail();
    EXPECT_NE(got.error().detail().find("since"), std::string::npos) << got.error().detail();
    EXPECT_NE(got.error().detail().find("500"), std::string::npos) << got.error().detail();
    const auto fast = steady::now();
    EXPECT_FALSE(redis->get("k"));
    EXPECT_LT(steady::now() - fast, 500ms);

    azure->set_identity("up");
    EXPECT_LT(time_to_heal(), 2s);
    EXPECT_EQ(redis->get("k").value(), "v");
}

/// What an outage looks like from here, and a word of the error that names its cause.
struct outage {
    const char* fault;
    const char* cause;
};

class azure_outage : public azure_turns, public testing::WithParamInterface<outage> {};

TEST_P(azure_outage, longer_than_a_life_is_told_at_once_by_commands_and_healed) {
    start("2s");
    ASSERT_TRUE(redis->set("k", "v"));
    azure->set_fault("app-service", GetParam().fault);
    const auto down = steady::now();
    result<std::optional<std::string>> got = std::optional<std::string>();
    while (got || got.error().code() != errc::token_unavailable) {
        const auto asked = steady::now();
        got = redis->get("k");
        ASSERT_LT(steady::now() - asked, 3s);
        ASSERT_LT(steady::now() - down, 6s) << (got ? "it still works" : got.error().to_string());
    }
    // A further life without the source.
    for (const auto end = steady::now() + 2s; steady::now() < end;) {
        const auto asked = steady::now();
        got = redis->get("k");
        ASSERT_LT(steady::now() - asked, 1s);
        ASSERT_FALSE(got);
        ASSERT_EQ(got.error().code(), errc::token_unavailable) << got.error().to_string();
        ASSERT_NE(got.error().detail().find(GetParam().cause), std::string::npos) << got.error().detail();
    }
    azure->clear_faults();
    EXPECT_LT(time_to_heal(), 2s);
    EXPECT_EQ(redis->get("k").value(), "v");
}

INSTANTIATE_TEST_SUITE_P(of_a_source_that, azure_outage,
                         testing::Values(outage{"server-error", "500"}, outage{"refused", "Failed to connect"},
                                         outage{"hang", "no complete answer"}),
                         [](const auto& one) { return std::string(one.param.fault).substr(0, 6); });

TEST_F(azure_turns, a_source_that_hangs_from_the_start_is_named_and_healed) {
    prepare("2s");
    azure->set_fault("app-service", "hang");
    sign_in();
    const auto began = steady::now();
    const auto got = redis->get("k");
    EXPECT_LT(steady::now() - began, 3500ms);
    ASSERT_FALSE(got);
    EXPECT_EQ(got.error().code(), errc::token_unavailable) << got.error().to_string();
    EXPECT_NE(got.error().detail().find("DefaultAzureCredential"), std::string::npos) << got.error().detail();
    azure->clear_faults();
    EXPECT_LT(time_to_heal(), 2s);
}

TEST_F(azure_turns, a_killed_redis_comes_back_and_so_does_the_client) {
    start("5s");
    ASSERT_TRUE(redis->set("k", "v"));
    std::atomic<bool> over{false};
    std::atomic<int> strange{0};
    std::vector<std::future<int>> coroutines;
    for (int i = 0; i < 32; ++i)
        coroutines.push_back(asio::co_spawn(redis->async().get_executor(),
                                            ask_through_outages(redis->async(), "coroutine" + std::to_string(i), over),
                                            asio::use_future));
    {
        std::vector<std::jthread> threads;
        for (int i = 0; i < 8; ++i) {
            threads.emplace_back([&, key = "thread" + std::to_string(i)] {
                while (!over) {
                    const auto asked = steady::now();
                    const auto set = redis->set(key, key, {}, {.timeout = 500ms});
                    const auto got = redis->get(key, {.timeout = 500ms});
                    if (is_strange(got, key) || !is_of_an_outage(set) || steady::now() - asked > 2 * 500ms + slack) ++strange;
                }
            });
        }
        for (int round = 0; round < 3; ++round) {
            azure->set_redis("restart");
            time_to_heal();
        }
        over = true;
    }
    for (auto& one : coroutines) EXPECT_EQ(one.get(), 0);
    EXPECT_EQ(strange, 0);
    EXPECT_TRUE(redis->set("k", "again").value());
    EXPECT_EQ(redis->get("k").value(), "again");
}

TEST_F(azure_turns, a_token_goes_to_no_host_that_was_not_named) {
    start("5s");
    client_options elsewhere = where.make_client_options(tokens);
    elsewhere.host = "127.0.0.2"; // the same port, another name
    client stranger(elsewhere);
    const auto refused = stranger.get("k");
    ASSERT_FALSE(refused);
    EXPECT_EQ(refused.error().code(), errc::token_host_refused) << refused.error().to_string();
}

} // namespace
} // namespace entrada::test
