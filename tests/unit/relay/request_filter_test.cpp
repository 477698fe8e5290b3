#include "relay/request_filter.hpp"

#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace entrada::relay {
namespace {

using time_point = std::chrono::system_clock::time_point;

time_point at(int seconds) { return time_point(std::chrono::seconds(seconds)); }

/// "good-<n>" is a token that is good until second n; the user must be ann or bob.
login_verdict check(std::string_view user, std::string_view password) {
    if ((user != "ann" && user != "bob") || !password.starts_with("good-")) return {secret_string("wrong"), {}};
    return {secret_string("inner"), at(std::stoi(std::string(password.substr(5))))};
}

std::string command(const std::vector<std::string>& arguments) {
    std::string text = "*" + std::to_string(arguments.size()) + "\r\n";
    for (const std::string& one : arguments) text += "$" + std::to_string(one.size()) + "\r\n" + one + "\r\n";
    return text;
}

/// A filter fed like a connection: what is not taken stays in front of what comes next.
class harness {
public:
    std::string send_bytes(const std::string& bytes) {
        rest_ += bytes;
        std::string_view input = rest_;
        filter.feed(input);
        std::string out;
        for (const std::string_view piece : filter.pieces()) out += piece;
        pieces = filter.pieces().size();
        filter.clear();
        rest_ = std::string(input);
        return out;
    }
    std::string send(const std::vector<std::string>& arguments) { return send_bytes(command(arguments)); }

    request_filter filter{check};
    std::size_t pieces = 0;

private:
    std::string rest_;
};

TEST(request_filter, passes_commands_on_byte_for_byte_in_one_piece) {
    harness client;
    const std::string bytes = command({"SET", "key", "value"}) + command({"get", "key"}) + "PING\r\n";
    EXPECT_EQ(client.send_bytes(bytes), bytes);
    EXPECT_EQ(client.pieces, 1U);
    EXPECT_EQ(client.filter.valid_until(), std::nullopt);
}

TEST(request_filter, gives_a_good_login_the_inner_password) {
    harness client;
    EXPECT_EQ(client.send({"AUTH", "ann", "good-100"}), command({"AUTH", "ann", "inner"}));
    EXPECT_EQ(client.filter.valid_until(), at(100));
}

TEST(request_filter, gives_a_bad_login_a_password_that_redis_refuses) {
    harness client;
    EXPECT_EQ(client.send({"AUTH", "ann", "bad"}), command({"AUTH", "ann", "wrong"}));
    EXPECT_EQ(client.send({"AUTH", "ann", "inner"}), command({"AUTH", "ann", "wrong"})) << "the inner password is no way in";
    EXPECT_EQ(client.filter.valid_until(), std::nullopt);
}

TEST(request_filter, finds_logins_wherever_they_stand) {
    const std::string auth = command({"AUTH", "ann", "inner"});
    harness client;
    EXPECT_EQ(client.send_bytes(command({"GET", "a"}) + command({"auth", "ann", "good-7"}) + command({"GET", "b"})),
              command({"GET", "a"}) + command({"auth", "ann", "inner"}) + command({"GET", "b"}));
    EXPECT_EQ(client.send_bytes("AUTH ann good-8\r\n"), auth);
    EXPECT_EQ(client.send({"HELLO", "3", "AUTH", "ann", "good-9", "SETNAME", "me"}),
              command({"HELLO", "3", "AUTH", "ann", "inner", "SETNAME", "me"}));
    EXPECT_EQ(client.send({"HELLO", "2", "SETNAME", "me", "AUTH", "ann", "good-10"}),
              command({"HELLO", "2", "SETNAME", "me", "AUTH", "ann", "inner"}));
    EXPECT_EQ(client.filter.valid_until(), at(10));
}

TEST(request_filter, gives_the_same_however_the_bytes_are_cut) {
    const std::string bytes =
        command({"HELLO", "3", "AUTH", "ann", "good-9"}) + command({"SET", "k", std::string(300, 'v')}) + "AUTH ann bad\r\n";
    harness whole;
    const std::string expected = whole.send_bytes(bytes);
    for (std::size_t first = 1; first < bytes.size(); ++first) {
        harness client;
        std::string out = client.send_bytes(bytes.substr(0, first));
        out += client.send_bytes(bytes.substr(first));
        ASSERT_EQ(out, expected) << "cut at " << first;
    }
    harness drops;
    std::string out;
    for (const char c : bytes) out += drops.send_bytes(std::string(1, c));
    EXPECT_EQ(out, expected);
}

TEST(request_filter, leaves_logins_alone_that_redis_refuses_by_itself) {
    for (const std::vector<std::string>& login : {std::vector<std::string>{"AUTH", "good-9"},
                                                  {"AUTH"},
                                                  {"AUTH", "ann", "good-9", "more"},
                                                  {"HELLO", "9", "AUTH", "ann", "good-9"},
                                                  {"HELLO", "3", "AUTH", "ann"},
                                                  {"HELLO", "3", "AUTH", "ann", "bad", "AUTH", "ann", "good-9"},
                                                  {"HELLO", "3", "NONSENSE"}}) {
        harness client;
        EXPECT_EQ(client.send(login), command(login));
        EXPECT_EQ(client.filter.valid_until(), std::nullopt);
    }
}

TEST(request_filter, the_last_accepted_login_sets_the_deadline_and_a_refused_one_changes_nothing) {
    harness client;
    client.send({"AUTH", "ann", "good-100"});
    client.send({"AUTH", "ann", "bad"});
    EXPECT_EQ(client.filter.valid_until(), at(100));
    client.send({"AUTH", "ann", "good-100"});
    EXPECT_EQ(client.filter.valid_until(), at(100));
    client.send({"AUTH", "bob", "good-200"});
    EXPECT_EQ(client.filter.valid_until(), at(200));
}

TEST(request_filter, large_values_pass_in_pieces_after_a_login_only) {
    const std::string large = command({"SET", "key", std::string(300'000, 'v')});
    harness client;
    client.send({"AUTH", "ann", "good-100"});
    std::string out;
    for (std::size_t at_byte = 0; at_byte < large.size(); at_byte += 1000) out += client.send_bytes(large.substr(at_byte, 1000));
    EXPECT_EQ(out, large);
    harness stranger;
    stranger.send_bytes(large);
    EXPECT_TRUE(stranger.filter.broken());
}

TEST(request_filter, leaves_it_to_redis_to_refuse_what_is_no_request) {
    harness client;
    const std::string out = client.send_bytes(command({"PING"}) + "*1\r\n:5\r\n" + command({"PING"}));
    EXPECT_EQ(out, command({"PING"}) + "*1\r\n!\r\n");
    EXPECT_TRUE(client.filter.broken());
    EXPECT_EQ(client.send({"AUTH", "ann", "good-9"}), "");
}

// Redis refuses AUTH in RESP2 with a subscription, so such a login must not keep the connection alive.

TEST(request_filter, a_login_in_subscribe_mode_of_resp2_does_not_count) {
    harness client;
    client.send({"AUTH", "ann", "good-100"});
    client.send({"SUBSCRIBE", "a", "b"});
    EXPECT_EQ(client.send({"AUTH", "ann", "good-200"}), command({"AUTH", "ann", "inner"}));
    EXPECT_EQ(client.filter.valid_until(), at(100));
    client.send({"UNSUBSCRIBE", "a"});
    client.send({"AUTH", "ann", "good-200"});
    EXPECT_EQ(client.filter.valid_until(), at(100));
    client.send({"UNSUBSCRIBE", "b"});
    client.send({"AUTH", "ann", "good-300"});
    EXPECT_EQ(client.filter.valid_until(), at(300));
}

TEST(request_filter, each_kind_of_subscription_is_counted_by_itself) {
    harness client;
    client.send({"AUTH", "ann", "good-100"});
    client.send({"PSUBSCRIBE", "a*"});
    client.send({"SSUBSCRIBE", "a"});
    client.send({"UNSUBSCRIBE"});
    client.send({"PUNSUBSCRIBE"});
    client.send({"AUTH", "ann", "good-200"});
    EXPECT_EQ(client.filter.valid_until(), at(100));
    client.send({"SUNSUBSCRIBE", "a"});
    client.send({"AUTH", "ann", "good-200"});
    EXPECT_EQ(client.filter.valid_until(), at(200));
}

TEST(request_filter, subscriptions_of_resp3_hinder_no_login) {
    harness client;
    client.send({"HELLO", "3", "AUTH", "ann", "good-100"});
    client.send({"SUBSCRIBE", "a"});
    client.send({"AUTH", "ann", "good-200"});
    EXPECT_EQ(client.filter.valid_until(), at(200));
}

TEST(request_filter, a_subscription_before_the_login_is_refused_and_forgotten) {
    harness client;
    client.send({"SUBSCRIBE", "a"});
    client.send({"AUTH", "ann", "good-100"});
    EXPECT_EQ(client.filter.valid_until(), at(100));
}

TEST(request_filter, a_subscription_to_more_names_than_are_kept_lasts_until_all_are_given_up) {
    harness client;
    client.send({"AUTH", "ann", "good-100"});
    std::vector<std::string> many{"SUBSCRIBE"};
    for (int i = 0; i < 100; ++i) many.push_back("channel" + std::to_string(i));
    client.send(many);
    many[0] = "UNSUBSCRIBE";
    client.send(many);
    client.send({"AUTH", "ann", "good-200"});
    EXPECT_EQ(client.filter.valid_until(), at(100));
    client.send({"UNSUBSCRIBE"});
    client.send({"AUTH", "ann", "good-200"});
    EXPECT_EQ(client.filter.valid_until(), at(200));
}

/// A login good until 100, then one in a transaction that is good until 200; the replies to the first, MULTI and AUTH are there.
harness in_a_transaction() {
    harness client;
    client.send({"AUTH", "ann", "good-100"});
    client.send({"MULTI"});
    client.send({"AUTH", "ann", "good-200"});
    client.filter.watch_replies("+OK\r\n+OK\r\n+QUEUED\r\n");
    EXPECT_EQ(client.filter.valid_until(), at(100));
    return client;
}

TEST(request_filter, a_login_in_a_transaction_counts_when_the_reply_to_exec_is_an_array) {
    harness client = in_a_transaction();
    client.send({"GET", "a"});
    client.send({"EXEC"});
    EXPECT_EQ(client.filter.valid_until(), at(100)) << "it is not known yet";
    client.filter.watch_replies("+QUEUED\r\n*2\r\n+OK\r\n");
    client.filter.watch_replies("$3\r\nab");
    EXPECT_EQ(client.filter.valid_until(), at(100));
    client.filter.watch_replies("c\r\n");
    EXPECT_EQ(client.filter.valid_until(), at(200));
}

TEST(request_filter, a_login_in_a_transaction_that_did_not_run_does_not_count) {
    for (const char* answer : {"*-1\r\n", "_\r\n", "-EXECABORT Transaction discarded because of previous errors.\r\n"}) {
        harness client = in_a_transaction();
        client.send({"EXEC"});
        client.filter.watch_replies(answer);
        EXPECT_EQ(client.filter.valid_until(), at(100)) << answer;
        client.send({"AUTH", "ann", "good-300"});
        EXPECT_EQ(client.filter.valid_until(), at(300)) << answer;
    }
    harness client = in_a_transaction();
    client.send({"DISCARD"});
    client.send({"EXEC"});
    client.filter.watch_replies("+OK\r\n-ERR EXEC without MULTI\r\n");
    EXPECT_EQ(client.filter.valid_until(), at(100));
}

TEST(request_filter, a_login_counts_where_multi_was_refused) {
    harness client;
    client.send({"AUTH", "ann", "good-100"});
    client.send({"MULTI", "more"});
    client.send({"AUTH", "ann", "good-200"});
    EXPECT_EQ(client.filter.valid_until(), at(200));
    client.send({"MULTI"});
    client.send({"AUTH", "ann", "good-300"});
    client.filter.watch_replies("+OK\r\n-ERR wrong number of arguments\r\n+OK\r\n-BUSY a script runs\r\n+OK\r\n");
    EXPECT_EQ(client.filter.valid_until(), at(300));
}

TEST(request_filter, an_exec_that_redis_refuses_leaves_the_transaction_open) {
    harness client = in_a_transaction();
    client.send({"EXEC", "more"});
    client.send({"AUTH", "ann", "good-300"});
    client.send({"EXEC"});
    client.filter.watch_replies("-ERR wrong number of arguments\r\n+QUEUED\r\n-EXECABORT\r\n");
    EXPECT_EQ(client.filter.valid_until(), at(100));
}

TEST(request_filter, finds_the_reply_to_exec_however_the_bytes_are_cut_and_whatever_was_pushed_between) {
    const std::string replies = ">3\r\n+message\r\n+a\r\n+b\r\n%1\r\n+k\r\n:1\r\n+OK\r\n+QUEUED\r\n$20000\r\n"
                                + std::string(20000, 'v') + "\r\n" + ">1\r\n+x\r\n*1\r\n+OK\r\n";
    for (std::size_t first = 1; first<replies.size(); first += first> 60 && first < 20000 ? 997 : 1) {
        harness client;
        client.send({"HELLO", "3", "AUTH", "ann", "good-100"});
        client.send({"MULTI"});
        client.send({"AUTH", "ann", "good-200"});
        client.send({"GET", "a"}); // as if it were answered out of the transaction: any reply will do
        client.send({"EXEC"});
        client.filter.watch_replies(std::string_view(replies).substr(0, first));
        client.filter.watch_replies(std::string_view(replies).substr(first));
        ASSERT_EQ(client.filter.valid_until(), at(200)) << first;
    }
}

TEST(request_filter, where_replies_cannot_be_counted_a_login_in_a_transaction_does_not_count) {
    harness client;
    client.send({"HELLO", "3", "AUTH", "ann", "good-100"});
    client.send({"CLIENT", "REPLY", "SKIP"});
    client.send({"PING"});
    client.send({"MULTI"});
    client.send({"AUTH", "ann", "good-200"});
    client.send({"EXEC"});
    client.filter.watch_replies("%0\r\n+OK\r\n+QUEUED\r\n*1\r\n+OK\r\n");
    EXPECT_EQ(client.filter.valid_until(), at(100));
    client.send({"AUTH", "ann", "good-300"});
    EXPECT_EQ(client.filter.valid_until(), at(300));
}

} // namespace
} // namespace entrada::relay
