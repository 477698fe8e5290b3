// The small commands of the program against a real Redis.
#include "support/redis_server.hpp"
#include "unit/cli/console_fixture.hpp"

#include <boost/json.hpp>
#include <gmock/gmock.h>

#include <fstream>

namespace entrada::test {
namespace {

using testing::AllOf;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;

class cli_commands : public testing::Test {
protected:
    void SetUp() override {
        ENTRADA_NEEDS_REDIS();
        server.emplace();
    }

    [[nodiscard]] environment variables() const {
        return {{"Redis__HostName", "localhost:" + std::to_string(server->port())}, {"Redis__Ssl", "false"}};
    }

    std::optional<redis_server> server;
};

TEST_F(cli_commands, a_value_goes_in_and_comes_out_byte_by_byte) {
    const std::string bytes("a\0\xff\n", 4);
    text_console console(variables(), bytes);
    EXPECT_EQ(console.run({"set", "k", "-", "--ttl", "10m"}), 0);
    EXPECT_EQ(console.run({"get", "k"}), 0);
    EXPECT_EQ(console.out(), bytes);
    EXPECT_THAT(console.err(), IsEmpty());
    EXPECT_EQ(console.run({"set", "text", "hello"}), 0);
    EXPECT_EQ(console.run({"get", "text"}, true), 0);
    EXPECT_EQ(console.out(), "hello\n") << "a terminal gets a line end";
}

TEST_F(cli_commands, a_miss_ends_with_1) {
    text_console console(variables());
    EXPECT_EQ(console.run({"get", "none"}), 1);
    EXPECT_THAT(console.out(), IsEmpty());
    EXPECT_THAT(console.err(), HasSubstr("no such key"));
    EXPECT_EQ(console.run({"get", "none", "--json"}), 1);
    EXPECT_EQ(console.out(), "{\"version\":1,\"key\":\"none\",\"exists\":false,\"value\":null}\n");
    EXPECT_EQ(console.run({"ttl", "none"}), 1);
    EXPECT_EQ(console.run({"del", "none"}), 0);
    EXPECT_EQ(console.out(), "0\n");
}

TEST_F(cli_commands, conditions_and_expiry_are_kept) {
    text_console console(variables());
    EXPECT_EQ(console.run({"set", "k", "1", "--if-present"}), 1);
    EXPECT_THAT(console.err(), HasSubstr("no such key"));
    EXPECT_EQ(console.run({"set", "k", "1", "--if-absent", "--ttl", "1h"}), 0);
    EXPECT_EQ(console.run({"set", "k", "2", "--if-absent", "--json"}), 1);
    EXPECT_EQ(console.out(), "{\"version\":1,\"key\":\"k\",\"stored\":false}\n");
    EXPECT_EQ(console.run({"ttl", "k", "--json"}), 0);
    const auto left = boost::json::parse(console.out()).at("ttl_ms").as_int64();
    EXPECT_GT(left, 3'500'000);
    EXPECT_LE(left, 3'600'000);
    EXPECT_EQ(console.run({"ttl", "k"}), 0);
    EXPECT_THAT(console.out(), testing::MatchesRegex("3[56][0-9][0-9](\\.[0-9]+)?s\n"));
    EXPECT_EQ(console.run({"set", "k", "3"}), 0);
    EXPECT_EQ(console.run({"ttl", "k"}), 0);
    EXPECT_EQ(console.out(), "no expiry\n");
    EXPECT_EQ(console.run({"del", "k", "other", "--json"}), 0);
    EXPECT_EQ(console.out(), "{\"version\":1,\"removed\":1}\n");
}

TEST_F(cli_commands, exec_runs_any_command_and_shows_the_reply_for_people_pipes_and_programs) {
    text_console console(variables());
    EXPECT_EQ(console.run({"exec", "--", "RPUSH", "l", "a", "-b"}), 0);
    EXPECT_EQ(console.out(), "2\n");
    EXPECT_EQ(console.run({"exec", "--", "LRANGE", "l", "0", "-1"}, true), 0);
    EXPECT_EQ(console.out(), "1) \"a\"\n2) \"-b\"\n");
    EXPECT_EQ(console.run({"exec", "--json", "--", "LRANGE", "l", "0", "-1"}), 0);
    EXPECT_EQ(console.out(), "{\"version\":1,\"reply\":[\"a\",\"-b\"]}\n");
}

TEST_F(cli_commands, an_error_of_redis_ends_with_1_and_is_said) {
    text_console console(variables());
    EXPECT_EQ(console.run({"exec", "--", "NOSUCHCOMMAND"}), 1);
    EXPECT_THAT(console.err(), HasSubstr("unknown command"));
    EXPECT_EQ(console.run({"exec", "--", "SUBSCRIBE", "x"}), 1);
    (void)console.run({"exec", "--", "RPUSH", "l", "a"});
    (void)console.out();
    EXPECT_EQ(console.run({"get", "l", "--json"}), 1);
    EXPECT_EQ(boost::json::parse(console.out()).at("error").at("text"), "key holds another type");
}

TEST_F(cli_commands, ping_measures_and_says_how_it_signed_in) {
    text_console console(variables());
    EXPECT_EQ(console.run({"ping"}), 0);
    EXPECT_THAT(console.out(), AllOf(HasSubstr("no TLS"), HasSubstr("round trip"), HasSubstr("sign-in       none")));
    EXPECT_EQ(console.run({"ping", "--json"}), 0);
    const auto report = boost::json::parse(console.out());
    EXPECT_EQ(report.at("version"), 1);
    EXPECT_EQ(report.at("port"), server->port());
    EXPECT_GT(report.at("round_trip_us").as_int64(), 0);
    EXPECT_TRUE(report.at("token_seconds_left").is_null());
}

TEST_F(cli_commands, a_password_is_used_and_never_shown) {
    server.emplace(redis_options{.tls = {}, .users = {"user default on >secret-word ~* &* +@all"}, .config = {}});
    auto with_password = variables();
    with_password["Redis__Password"] = "secret-word";
    text_console console(with_password);
    EXPECT_EQ(console.run({"ping", "--verbose"}), 0);
    EXPECT_THAT(console.out() + console.err(), Not(HasSubstr("secret-word")));
    with_password["Redis__Password"] = "wrong-word";
    text_console refused(with_password);
    EXPECT_EQ(refused.run({"get", "k", "--timeout", "2s"}), 3);
    EXPECT_THAT(refused.err(), AllOf(HasSubstr("login refused"), Not(HasSubstr("wrong-word"))));
}

TEST_F(cli_commands, settings_come_from_the_file_that_is_named) {
    const auto folder = emulator::temporary_directory::create("entrada-test-").value();
    const auto file = (folder.path() / "other.json").string();
    std::ofstream(file) << R"({"Redis": {"HostName": "localhost", "Port": )" << server->port()
                        << R"(, "Auth": "None", "Ssl": false}})";
    text_console console;
    EXPECT_EQ(console.run({"exec", "--settings", file, "--", "PING"}), 0);
    EXPECT_EQ(console.out(), "PONG\n");
}

} // namespace
} // namespace entrada::test
