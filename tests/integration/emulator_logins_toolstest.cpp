// The emulator refuses and cuts as Azure does, shown with programs that are not ours: redis-cli and openssl.
#include "emulator/jwt.hpp"
#include "support/emulator_server.hpp"
#include "support/programs.hpp"
#include "support/redis_server.hpp"
#include "support/tls_tool.hpp"

#include <boost/json/object.hpp>
#include <gtest/gtest.h>

namespace entrada::test {
namespace {

using namespace std::chrono_literals;
using moment = std::chrono::system_clock::time_point;

moment end_of(const std::string& token) {
    return moment(std::chrono::seconds(emulator::jwt::parse(token)->seconds("exp").value()));
}

program_run redis_cli(const emulator_server& server, const std::string& user, const std::string& token,
                      std::vector<std::string> command) {
    std::vector<std::string> argv{"redis-cli", "-h",       "localhost",        "-p",     std::to_string(server.redis_port()),
                                  "--tls",     "--cacert", server.ca_file(),   "--user", user,
                                  "--pass",    token,      "--no-auth-warning"};
    argv.insert(argv.end(), command.begin(), command.end());
    return run_program(std::move(argv));
}

class emulator_logins : public testing::Test {
protected:
    void SetUp() override {
        ENTRADA_NEEDS_REDIS();
        server_.emplace(std::vector<std::string>{"--token-lifetime", "5s"});
    }
    emulator_server& server() { return *server_; }
    std::string ping_with(std::string_view kind) {
        return redis_cli(server(), server().user(), server().token(kind), {"ping"}).out;
    }

private:
    std::optional<emulator_server> server_;
};

TEST_F(emulator_logins, a_good_token_opens_the_cache) {
    EXPECT_EQ(ping_with("good"), "PONG\n");
    EXPECT_EQ(redis_cli(server(), server().user(), server().token(), {"acl", "whoami"}).out, server().user() + "\n");
    EXPECT_EQ(redis_cli(server(), server().user(), server().token(), {"-3", "set", "key", "value"}).out, "OK\n");
}

TEST_F(emulator_logins, every_bad_token_is_refused) {
    for (const char* kind : {"wrong-signature", "wrong-audience", "expired", "not-yet-valid", "other-oid"}) {
        const std::string out = ping_with(kind);
        EXPECT_NE(out.find("WRONGPASS"), std::string::npos) << kind << ": " << out;
        EXPECT_EQ(out.find("PONG"), std::string::npos) << kind << ": " << out;
    }
    EXPECT_NE(redis_cli(server(), "default", server().token(), {"ping"}).out.find("WRONGPASS"), std::string::npos);
    EXPECT_NE(
        redis_cli(server(), "e117ada0-0000-4000-8000-000000000091", server().token("other-oid"), {"ping"}).out.find("WRONGPASS"),
        std::string::npos)
        << "a good token of somebody without an assignment";
}

TEST_F(emulator_logins, plain_tcp_is_refused_at_once) {
    const auto run = run_program({"redis-cli", "-h", "localhost", "-p", std::to_string(server().redis_port()), "ping"}, {}, 5s);
    EXPECT_FALSE(run.status.ok());
    EXPECT_EQ(run.out.find("PONG"), std::string::npos) << run.out;
}

TEST_F(emulator_logins, nothing_works_before_a_login) {
    tls_tool client(server());
    EXPECT_TRUE(client.ask({"PING"}).starts_with("-NOAUTH"));
    EXPECT_TRUE(client.ask({"HELLO", "3"}).starts_with("-NOAUTH"));
    EXPECT_TRUE(client.ask({"AUTH", server().token()}).starts_with("-WRONGPASS"));
    EXPECT_TRUE(client.ask({"GET", "key"}).starts_with("-NOAUTH"));
}

TEST_F(emulator_logins, replies_keep_their_order_around_logins_good_and_bad) {
    tls_tool client(server());
    client.send_bytes(resp_command({"PING"}) + resp_command({"AUTH", server().user(), server().token()})
                      + resp_command({"ECHO", "one"}) + "AUTH " + server().user() + " nonsense\r\n" + resp_command({"PING"}));
    EXPECT_TRUE(client.line().starts_with("-NOAUTH"));
    EXPECT_EQ(client.line(), "+OK");
    EXPECT_EQ(client.line(), "$3");
    EXPECT_EQ(client.line(), "one");
    EXPECT_TRUE(client.line().starts_with("-WRONGPASS"));
    EXPECT_EQ(client.line(), "+PONG");
}

TEST_F(emulator_logins, a_connection_that_does_not_log_in_again_is_cut_when_its_token_ends) {
    tls_tool client(server());
    const std::string token = server().token();
    EXPECT_EQ(client.ask({"AUTH", server().user(), token}), "+OK");
    EXPECT_FALSE(client.ends_by(end_of(token) - 2s));
    EXPECT_EQ(client.ask({"PING"}), "+PONG");
    EXPECT_FALSE(client.ends_by(end_of(token) - 20ms)) << "cut before its time";
    EXPECT_TRUE(client.ends_by(end_of(token) + 1s));
    EXPECT_EQ(server().health().at("connections_cut_at_expiry").to_number<int>(), 1);
}

TEST_F(emulator_logins, a_connection_that_logs_in_again_lives_on) {
    tls_tool client(server());
    const std::string first = server().token();
    EXPECT_EQ(client.ask({"HELLO", "2", "AUTH", server().user(), first}), "*14");
    client.send({"PING"});
    while (client.line() != "+PONG") {
    } // the rest of the long answer
    EXPECT_FALSE(client.ends_by(end_of(first) - 3s));
    const std::string second = server().token();
    ASSERT_GT(end_of(second), end_of(first));
    EXPECT_EQ(client.ask({"AUTH", server().user(), second}), "+OK");
    EXPECT_FALSE(client.ends_by(end_of(first) + 300ms)) << "cut at the end of a token that was replaced";
    EXPECT_EQ(client.ask({"PING"}), "+PONG");
    EXPECT_TRUE(client.ends_by(end_of(second) + 1s));
}

TEST_F(emulator_logins, neither_a_refused_login_nor_the_same_token_again_prolongs_a_connection) {
    tls_tool client(server());
    const std::string token = server().token();
    EXPECT_EQ(client.ask({"AUTH", server().user(), token}), "+OK");
    EXPECT_FALSE(client.ends_by(end_of(token) - 3s));
    EXPECT_EQ(client.ask({"AUTH", server().user(), token}), "+OK");
    EXPECT_TRUE(client.ask({"AUTH", server().user(), server().token("other-oid")}).starts_with("-WRONGPASS"));
    EXPECT_EQ(client.ask({"PING"}), "+PONG") << "the identity before stays in force";
    EXPECT_TRUE(client.ends_by(end_of(token) + 1s));
}

TEST_F(emulator_logins, a_subscriber_of_resp2_cannot_log_in_again_and_is_cut) {
    tls_tool client(server());
    const std::string token = server().token();
    EXPECT_EQ(client.ask({"AUTH", server().user(), token}), "+OK");
    client.send({"SUBSCRIBE", "news"});
    for (const char* expected : {"*3", "$9", "subscribe", "$4", "news", ":1"}) EXPECT_EQ(client.line(), expected);
    EXPECT_FALSE(client.ends_by(end_of(token) - 3s));
    EXPECT_TRUE(client.ask({"AUTH", server().user(), server().token()}).starts_with("-ERR Can't execute"));
    EXPECT_TRUE(client.ends_by(end_of(token) + 1s));
}

TEST_F(emulator_logins, what_is_no_request_is_answered_and_ends_the_connection) {
    tls_tool client(server());
    client.send_bytes(resp_command({"AUTH", server().user(), server().token()}) + "*1\r\n:5\r\n");
    EXPECT_EQ(client.line(), "+OK");
    EXPECT_TRUE(client.line().starts_with("-ERR Protocol error"));
    EXPECT_TRUE(client.ends_by(std::chrono::system_clock::now() + 5s));
}

TEST_F(emulator_logins, blocked_commands_are_unknown_or_forbidden) {
    const auto answer = [this](std::vector<std::string> command) {
        return redis_cli(server(), server().user(), server().token(), std::move(command)).out;
    };
    for (const char* name : {"shutdown", "debug", "replicaof", "save", "bgsave", "reset", "role"})
        EXPECT_NE(answer({name}).find("ERR unknown command"), std::string::npos) << name;
    EXPECT_NE(answer({"acl", "setuser", "eve"}).find("NOPERM"), std::string::npos);
    EXPECT_NE(answer({"config", "set", "maxmemory", "1"}).find("NOPERM"), std::string::npos);
    EXPECT_NE(answer({"client", "pause", "1"}).find("NOPERM"), std::string::npos);
    EXPECT_NE(answer({"select", "1"}).find("out of range"), std::string::npos);
    EXPECT_EQ(answer({"config", "get", "databases"}), "databases\n1\n");
}

TEST_F(emulator_logins, a_client_that_does_not_trust_our_authority_goes_away) {
    const test_ca other;
    const auto run = run_program({"openssl", "s_client", "-brief", "-connect", server().host_name(), "-CAfile",
                                  other.ca_file().string(), "-verify_return_error"});
    EXPECT_FALSE(run.status.ok()) << run.out;
}

} // namespace
} // namespace entrada::test
