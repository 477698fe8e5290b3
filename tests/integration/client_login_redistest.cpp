// Logging in, over TLS and in band, and what happens when that is refused.
#include "support/fake_credentials.hpp"
#include "support/redis_server.hpp"

#include "entrada/client.hpp"

#include <gtest/gtest.h>

#include <future>
#include <thread>

namespace entrada::test {
namespace {

using namespace std::chrono_literals;

class client_login : public testing::Test {
protected:
    void SetUp() override { ENTRADA_NEEDS_REDIS(); }

    void serve(const server_files& files, std::vector<std::string> config = {}) {
        server.emplace(redis_options{files,
                                     {"user default off", "user ann on >one >two ~* &* +@all", "user bob on >three ~* &* +@all",
                                      "user old on >four ~* &* +@all -client"},
                                     std::move(config)});
    }

    client_options options() const {
        client_options made;
        made.host = "localhost";
        made.port = server->tls_port();
        made.tls.ca_file = ca.ca_file();
        made.command_timeout = 20s;
        return made;
    }

    test_ca ca;
    std::optional<redis_server> server;
};

TEST_F(client_login, over_verified_tls) {
    serve(ca.good());
    client_options made = options();
    const auto login = std::make_shared<fake_credentials>("ann", "one");
    made.credentials = login;
    client redis(made);
    EXPECT_EQ(redis.exec(command("ACL", "WHOAMI")).value().root().text(), "ann");
    ASSERT_TRUE(login->wait_for_outcomes(1));
    EXPECT_TRUE(login->outcomes()[0].server.verified);
    EXPECT_EQ(login->outcomes()[0].server.host, "localhost");
    EXPECT_FALSE(login->outcomes()[0].refused);
}

TEST_F(client_login, large_values_pass_through_tls) {
    serve(ca.good());
    client_options made = options();
    made.credentials = std::make_shared<fake_credentials>("ann", "one");
    client redis(made);
    for (const std::size_t size : {1U, 16'000U, 100'000U, 3'000'000U}) {
        std::string value(size, 'x');
        for (std::size_t i = 0; i < size; i += 101) value[i] = static_cast<char>(i);
        ASSERT_TRUE(redis.set("k", value).value());
        ASSERT_EQ(redis.get("k").value(), value);
    }
}

TEST_F(client_login, a_certificate_that_is_not_right_ends_the_attempt_before_any_secret_is_sent) {
    const test_ca stranger;
    const std::pair<server_files, const char*> wrong[] = {
        {ca.wrong_host(), "hostname mismatch"},
        {ca.expired(), "certificate has expired"},
        {ca.not_yet_valid(), "certificate is not yet valid"},
        {stranger.good(), "unable to get local issuer certificate"},
    };
    for (const auto& [files, verdict] : wrong) {
        serve(files);
        client_options made = options();
        const auto login = std::make_shared<fake_credentials>("ann", "one");
        made.credentials = login;
        client redis(made);
        const auto refused = redis.get("k");
        ASSERT_FALSE(refused);
        EXPECT_EQ(refused.error().code(), errc::tls_failed);
        EXPECT_NE(refused.error().detail().find(verdict), std::string::npos) << refused.error().detail();
        EXPECT_TRUE(login->outcomes().empty());
    }
}

TEST_F(client_login, credentials_are_for_the_name_that_tls_verified) {
    serve(ca.good());
    client_options made = options();
    made.host = "127.0.0.1";
    made.tls.server_name = "localhost";
    const auto login = std::make_shared<fake_credentials>("ann", "one");
    made.credentials = login;
    client redis(made);
    ASSERT_TRUE(redis.ping());
    ASSERT_TRUE(login->wait_for_outcomes(1));
    EXPECT_EQ(login->outcomes().front().server.host, "localhost");
    EXPECT_TRUE(login->outcomes().front().server.verified);
}

TEST_F(client_login, a_port_without_tls_is_named_as_such) {
    serve(ca.good());
    client_options made = options();
    made.port = server->port();
    made.connect_timeout = 300ms;
    client redis(made);
    const auto refused = redis.get("k", {.timeout = 1s});
    ASSERT_FALSE(refused);
    EXPECT_EQ(refused.error().code(), errc::not_connected);
    EXPECT_NE(refused.error().detail().find("is this a TLS port?"), std::string::npos) << refused.error().detail();
}

TEST_F(client_login, a_server_that_refuses_hello_and_client_is_spoken_to_in_resp2) {
    serve(ca.good(), {"rename-command HELLO \"\""});
    client_options made = options();
    const auto login = std::make_shared<fake_credentials>("old", "four");
    made.credentials = login;
    client redis(made);
    EXPECT_EQ(redis.get("k").value(), std::nullopt); // RESP2 says $-1 where RESP3 says _
    ASSERT_TRUE(redis.exec(command("HSET", "h", "a", 1)));
    EXPECT_EQ(redis.exec(command("HGETALL", "h")).value().root().type(), reply_type::array);
    login->change("ann", "one");
    ASSERT_TRUE(login->wait_for_outcomes(2));
    EXPECT_EQ(redis.exec(command("ACL", "WHOAMI")).value().root().text(), "ann");
    EXPECT_EQ(redis.stats().connections_opened, 1U);
}

TEST_F(client_login, a_wrong_password_fails_at_once_and_a_right_one_heals) {
    serve(ca.good());
    client_options made = options();
    const auto login = std::make_shared<fake_credentials>("ann", "wrong");
    made.credentials = login;
    client redis(made);
    const auto refused = redis.get("k");
    ASSERT_FALSE(refused);
    EXPECT_EQ(refused.error().code(), errc::wrong_pass);
    EXPECT_EQ(refused.error().detail().find("wrong\""), std::string::npos);
    login->change("ann", "two");
    while (!redis.get("k")) {
        ASSERT_LT(login->outcomes().size(), 5U);
        std::this_thread::yield();
    }
    EXPECT_EQ(redis.stats().connections_opened, 1U);
}

TEST_F(client_login, calls_wait_for_credentials_that_are_not_known_yet) {
    serve(ca.good());
    client_options made = options();
    const auto login = std::make_shared<fake_credentials>();
    made.credentials = login;
    client redis(made);
    auto waiting = std::async(std::launch::async, [&] { return redis.ping().has_value(); });
    EXPECT_EQ(waiting.wait_for(300ms), std::future_status::timeout) << "nothing was to be waited for";
    login->change("ann", "one");
    EXPECT_TRUE(waiting.get());
}

TEST_F(client_login, credentials_that_cannot_be_had_fail_calls_at_once_with_the_reason) {
    serve(ca.good());
    client_options made = options();
    const auto login = std::make_shared<fake_credentials>();
    login->fail({errc::token_unavailable, "renewal fails since noon"});
    made.credentials = login;
    client redis(made);
    const auto refused = redis.get("k");
    EXPECT_EQ(refused.error().code(), errc::token_unavailable);
    EXPECT_NE(refused.error().detail().find("since noon"), std::string::npos);
    login->change("ann", "one");
    while (!redis.get("k")) std::this_thread::yield();
}

TEST_F(client_login, new_credentials_are_sent_in_band_under_load_without_a_failed_command) {
    serve(ca.good());
    client_options made = options();
    const auto login = std::make_shared<fake_credentials>("ann", "one");
    made.credentials = login;
    client redis(made);
    ASSERT_TRUE(redis.ping());
    std::atomic<bool> enough{false};
    std::atomic<int> wrong{0};
    {
        std::vector<std::jthread> threads;
        for (int t = 0; t < 8; ++t) {
            threads.emplace_back([&, key = "key" + std::to_string(t)] {
                while (!enough) {
                    if (!redis.set(key, key)) ++wrong;
                    if (redis.get(key).value() != key) ++wrong;
                }
            });
        }
        for (std::size_t turn = 0; turn < 20; ++turn) {
            login->change(turn % 3 == 2 ? "bob" : "ann", turn % 3 == 2 ? "three" : turn % 2 == 0 ? "two" : "one");
            EXPECT_TRUE(login->wait_for_outcomes(turn + 2));
        }
        enough = true;
    }
    EXPECT_EQ(wrong, 0);
    EXPECT_EQ(redis.stats().reauthentications, 20U);
    EXPECT_EQ(redis.stats().connections_opened, 1U);
    EXPECT_EQ(redis.stats().commands_failed, 0U);
}

TEST_F(client_login, a_lone_caller_is_reauthenticated_too) {
    serve(ca.good());
    client_options made = options();
    const auto login = std::make_shared<fake_credentials>("ann", "one");
    made.credentials = login;
    client redis(made);
    for (int i = 0; i < 50; ++i) ASSERT_TRUE(redis.set("k", "v"));
    login->change("bob", "three");
    while (redis.exec(command("ACL", "WHOAMI")).value().root().text() != "bob") ASSERT_LT(redis.stats().commands, 1'000'000U);
    EXPECT_EQ(redis.stats().connections_opened, 1U);
}

TEST_F(client_login, a_refused_change_keeps_the_connection_and_is_tried_again) {
    serve(ca.good());
    client_options made = options();
    const auto login = std::make_shared<fake_credentials>("ann", "one");
    made.credentials = login;
    client redis(made);
    ASSERT_TRUE(redis.set("k", "v"));
    login->change("ann", "wrong");
    ASSERT_TRUE(login->wait_for_outcomes(3)); // refused twice: the second try came by itself
    EXPECT_TRUE(login->outcomes()[1].again);
    EXPECT_EQ(login->outcomes()[2].refused->code(), errc::wrong_pass);
    EXPECT_EQ(redis.get("k").value(), "v");
    login->change("ann", "two");
    while (redis.stats().reauthentications == 0) std::this_thread::yield();
    EXPECT_EQ(redis.exec(command("ACL", "WHOAMI")).value().root().text(), "ann");
    EXPECT_EQ(redis.stats().connections_opened, 1U);
}

} // namespace
} // namespace entrada::test
