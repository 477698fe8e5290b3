#include "conn/handshake.hpp"

#include "resp/reader.hpp"
#include "resp/reply_builder.hpp"

#include <gtest/gtest.h>

namespace entrada::conn {
namespace {

reply reply_of(std::string_view bytes) {
    resp::reader reader;
    reply_builder builder;
    builder.begin();
    while (!builder.on_event(reader.next(bytes))) {
    }
    return builder.take();
}

const credentials ann{"ann", secret_string("pw"), std::nullopt, 1};
constexpr std::string_view hello3 = "%2\r\n+server\r\n+redis\r\n+proto\r\n:3\r\n";
constexpr std::string_view hello2 = "*4\r\n+server\r\n+redis\r\n+proto\r\n:2\r\n";

TEST(handshake, sends_auth_first_then_hello_then_names_and_database) {
    const handshake talk({ann, "me", 2});
    const std::string_view wire = talk.wire().reveal();
    EXPECT_TRUE(wire.starts_with("*3\r\n$4\r\nAUTH\r\n$3\r\nann\r\n$2\r\npw\r\n*2\r\n$5\r\nHELLO\r\n$1\r\n3\r\n")) << wire;
    EXPECT_TRUE(wire.ends_with("*2\r\n$6\r\nSELECT\r\n$1\r\n2\r\n")) << wire;
    EXPECT_EQ(talk.replies_expected(), 6U);
}

TEST(handshake, auth_without_user_has_one_argument) {
    const secret_string wire = auth_command({"", secret_string("key"), std::nullopt, 1});
    EXPECT_EQ(wire.reveal(), "*2\r\n$4\r\nAUTH\r\n$3\r\nkey\r\n");
}

TEST(handshake, speaks_what_the_answer_says_and_not_what_was_asked) {
    handshake three({std::nullopt, "", 0});
    EXPECT_FALSE(three.on_reply(reply_of(hello3)));
    EXPECT_TRUE(three.speaks_resp3());
    handshake two({std::nullopt, "", 0});
    EXPECT_FALSE(two.on_reply(reply_of(hello2)));
    EXPECT_FALSE(two.speaks_resp3());
}

TEST(handshake, each_refusal_is_soft_or_hard_as_it_should_be) {
    const char* refusal = "-NOPERM this user has no permissions\r\n";
    const std::vector<std::string_view> good = {"+OK\r\n", hello3, "+OK\r\n", "+OK\r\n", "+OK\r\n", "+OK\r\n"};
    const std::vector<bool> ends = {true, false, false, false, false, true}; // AUTH, HELLO, SETNAME, SETINFO twice, SELECT
    for (std::size_t refused = 0; refused < good.size(); ++refused) {
        handshake talk({ann, "me", 2});
        std::optional<failure> problem;
        for (std::size_t i = 0; i < good.size() && !problem; ++i)
            problem = talk.on_reply(reply_of(i == refused ? refusal : good[i]));
        EXPECT_EQ(problem.has_value(), ends[refused]) << refused;
        EXPECT_EQ(talk.finished() && !problem, !ends[refused]) << refused;
    }
}

TEST(handshake, a_wrong_password_names_the_user_and_not_the_password) {
    handshake talk({credentials{"ann", secret_string("topsecret"), std::nullopt, 1}, "", 0});
    const auto problem = talk.on_reply(reply_of("-ERR WRONGPASS invalid username-password pair\r\n"));
    ASSERT_TRUE(problem);
    EXPECT_EQ(problem->code(), errc::wrong_pass);
    EXPECT_NE(problem->detail().find("ann"), std::string::npos);
    EXPECT_EQ(problem->detail().find("topsecret"), std::string::npos);
}

TEST(handshake, a_server_that_wants_a_login_says_so_through_hello) {
    handshake talk({std::nullopt, "", 0});
    const auto problem = talk.on_reply(reply_of("-NOAUTH HELLO must be called with the client already authenticated\r\n"));
    ASSERT_TRUE(problem);
    EXPECT_EQ(problem->code(), errc::no_auth);
}

} // namespace
} // namespace entrada::conn
