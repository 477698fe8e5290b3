// What error replies become.
// Room: tests of resp.
#include "resp/error_reply.hpp"

#include <gtest/gtest.h>

namespace entrada::resp {
namespace {

struct refusal {
    const char* text;
    errc code;
};

class an_error_reply : public testing::TestWithParam<refusal> {};

TEST_P(an_error_reply, has_this_code_with_and_without_err_in_front) {
    const std::string text = GetParam().text;
    EXPECT_EQ(to_failure(text, "GET").code(), GetParam().code) << text;
    EXPECT_EQ(to_failure("ERR " + text, "GET").code(), GetParam().code) << text;
}

INSTANTIATE_TEST_SUITE_P(
    of_redis, an_error_reply,
    testing::Values(refusal{"WRONGPASS invalid username-password pair or user is disabled.", errc::wrong_pass},
                    refusal{"invalid password", errc::wrong_pass}, refusal{"NOAUTH Authentication required.", errc::no_auth},
                    refusal{"NOAUTH HELLO must be called with the client already authenticated", errc::no_auth},
                    refusal{"NOPERM this user has no permissions to run the 'flushall' command", errc::no_permission},
                    refusal{"NOPERM", errc::no_permission},
                    refusal{"WRONGTYPE Operation against a key holding the wrong kind of value", errc::wrong_type},
                    refusal{"unknown command 'NOPE', with args beginning with: 'a' ", errc::unknown_command},
                    refusal{"unknown command `NOPE`", errc::unknown_command},
                    refusal{"unknown subcommand 'SETINFO'. Try CLIENT HELP.", errc::unknown_command},
                    refusal{"Unknown subcommand or wrong number of arguments for 'SETINFO'. Try CLIENT HELP",
                            errc::unknown_command},
                    refusal{"LOADING Redis is loading the dataset in memory", errc::server_loading},
                    refusal{"BUSY Redis is busy running a script.", errc::server_loading},
                    refusal{"CLUSTERDOWN The cluster is down", errc::server_loading},
                    refusal{"MASTERDOWN Link with MASTER is down", errc::server_loading},
                    refusal{"TRYAGAIN Multiple keys request during rehashing of slot", errc::server_loading},
                    refusal{"MOVED 3999 10.0.0.1:8501", errc::redirected}, refusal{"ASK 3999 10.0.0.1:8501", errc::redirected},
                    refusal{"READONLY You can't write against a read only replica.", errc::read_only},
                    refusal{"OOM command not allowed when used memory > 'maxmemory'.", errc::out_of_memory},
                    refusal{"NOPROTO unsupported protocol version", errc::server_error},
                    refusal{"max number of clients reached", errc::server_error}, refusal{"syntax error", errc::server_error},
                    refusal{"", errc::server_error}));

TEST(error_replies, are_told_apart_by_whole_words) {
    EXPECT_EQ(to_failure("BUSYKEY Target key name already exists.", "RESTORE").code(), errc::server_error);
    EXPECT_EQ(to_failure("BUSYGROUP Consumer Group name already exists", "XGROUP").code(), errc::server_error);
    EXPECT_EQ(to_failure("ASKING for trouble", "GET").code(), errc::server_error);
    EXPECT_EQ(to_failure("an error of OOM", "GET").code(), errc::server_error);
    EXPECT_EQ(to_failure("wrongtype", "GET").code(), errc::server_error);
}

TEST(error_replies, name_the_command_and_mark_the_words_of_the_server) {
    EXPECT_EQ(to_failure("ERR syntax error", "SET").to_string(),
              "error reply of Redis: SET: the server says \"ERR syntax error\"");
}

TEST(error_replies, say_what_a_person_can_do) {
    EXPECT_NE(to_failure("ERR WRONGPASS invalid username-password pair", "AUTH").detail().find("object id (oid)"),
              std::string::npos);
    EXPECT_NE(to_failure("NOPERM no", "GET").detail().find("access policy"), std::string::npos);
    EXPECT_NE(to_failure("MOVED 1 10.0.0.1:8501", "GET").detail().find("OSS cluster policy"), std::string::npos);
    EXPECT_NE(to_failure("ERR max number of clients reached", "GET").detail().find("larger size"), std::string::npos);
}

TEST(error_replies, are_escaped_and_cut) {
    const failure cause = to_failure("ERR a\x1b[31m\r\n" + std::string(1000, 'x'), "G\nT");
    EXPECT_EQ(cause.detail().find('\x1b'), std::string::npos);
    EXPECT_EQ(cause.detail().find('\n'), std::string::npos);
    EXPECT_LT(cause.detail().size(), 400U);
}

TEST(error_replies, never_carry_arguments_that_the_server_repeats) {
    const failure cause =
        to_failure("ERR unknown command 'HELLO', with args beginning with: '3' 'AUTH' 'some-oid' 'secret' ", "HELLO");
    EXPECT_EQ(cause.detail().find("some-oid"), std::string::npos);
    EXPECT_EQ(cause.detail().find("secret"), std::string::npos);
    EXPECT_NE(cause.detail().find("unknown command 'HELLO'\""), std::string::npos);
}

TEST(error_replies, never_carry_a_token) {
    const std::string token = "eyJ0eXAiOiJKV1QifQ.eyJvaWQiOiJ4In0.c2ln_bmF0dXJl-";
    for (const std::string& text : {"ERR Syntax error in HELLO option '" + token + "'", token, "ERR " + token + " " + token}) {
        const std::string detail = to_failure(text, "HELLO").detail();
        EXPECT_EQ(detail.find("eyJ"), std::string::npos) << detail;
        EXPECT_EQ(detail.find("c2ln"), std::string::npos) << detail;
        EXPECT_NE(detail.find("<token>"), std::string::npos) << detail;
    }
}

TEST(error_replies, have_a_first_word_to_branch_on) {
    EXPECT_EQ(error_word("NOPROTO unsupported protocol version"), "NOPROTO");
    EXPECT_EQ(error_word("ERR WRONGPASS invalid"), "WRONGPASS");
    EXPECT_EQ(error_word("ERR unknown command"), "unknown");
    EXPECT_EQ(error_word("EXECABORT"), "EXECABORT");
    EXPECT_EQ(error_word(""), "");
}

} // namespace
} // namespace entrada::resp
