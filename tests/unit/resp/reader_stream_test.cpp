// Long strings: announced, and received where the caller wants them.
// Room: tests of resp.
#include "resp/reader.hpp"

#include "transcript.hpp"

#include <gtest/gtest.h>

#include <cstring>
#include <string>

namespace entrada::resp {
namespace {

constexpr limits from_ten{.stream_bytes_min = 10};

class a_long_string : public testing::Test {
protected:
    event next(std::string_view bytes) {
        input_ = bytes;
        return reader_.next(input_);
    }
    reader reader_{from_ten};
    std::string_view input_;
    std::string place_ = std::string(16, '?');
};

TEST_F(a_long_string, is_announced_when_it_is_not_whole) {
    const event announced = next("$10\r\n");
    EXPECT_EQ(announced.kind, event_kind::bulk_start);
    EXPECT_EQ(announced.type, reply_type::bulk_string);
    EXPECT_EQ(announced.size, 10U);
    EXPECT_FALSE(announced.ends_reply);
    EXPECT_TRUE(input_.empty());
    EXPECT_FALSE(reader_.idle());
}

TEST_F(a_long_string, is_given_at_once_when_it_is_whole) { EXPECT_EQ(next("$10\r\n0123456789\r\n").kind, event_kind::value); }

TEST_F(a_long_string, is_announced_when_only_its_crlf_is_missing) {
    EXPECT_EQ(next("$10\r\n0123456789\r").kind, event_kind::bulk_start);
    reader_.receive_into(place_.data());
    EXPECT_EQ(reader_.next(input_).kind, event_kind::need_more);
    EXPECT_EQ(input_, "\r");
    EXPECT_TRUE(reader_.wanted().empty());
    EXPECT_EQ(next("\r\n").text, "0123456789");
}

TEST_F(a_long_string, waits_in_the_input_when_it_is_shorter_than_the_least) {
    EXPECT_EQ(next("$9\r\n01234567").kind, event_kind::need_more);
    EXPECT_EQ(input_, "$9\r\n01234567");
}

TEST_F(a_long_string, is_received_partly_from_the_input_and_partly_by_the_caller) {
    ASSERT_EQ(next("$10\r\n0123").kind, event_kind::bulk_start);
    reader_.receive_into(place_.data());
    ASSERT_EQ(reader_.next(input_).kind, event_kind::need_more);
    ASSERT_TRUE(input_.empty());

    std::span<char> wanted = reader_.wanted();
    ASSERT_EQ(wanted.size(), 6U);
    EXPECT_EQ(wanted.data(), place_.data() + 4);
    std::memcpy(wanted.data(), "456", 3);
    reader_.received(3);
    wanted = reader_.wanted();
    ASSERT_EQ(wanted.size(), 3U);
    std::memcpy(wanted.data(), "789", 3);
    reader_.received(3);
    EXPECT_TRUE(reader_.wanted().empty());

    const event whole = next("\r\n+next");
    EXPECT_EQ(whole.text, "0123456789");
    EXPECT_EQ(whole.text.data(), place_.data());
    EXPECT_TRUE(whole.ends_reply);
    EXPECT_EQ(input_, "+next");
    EXPECT_EQ(place_.substr(10), "??????");
}

TEST_F(a_long_string, is_thrown_away_without_a_place) {
    ASSERT_EQ(next("*2\r\n").kind, event_kind::aggregate);
    ASSERT_EQ(next("$10\r\n0123").kind, event_kind::bulk_start);
    reader_.receive_into(nullptr);
    EXPECT_TRUE(reader_.wanted().empty());
    EXPECT_EQ(reader_.next(input_).kind, event_kind::need_more);
    const event whole = next("456789\r\n:1\r\n");
    EXPECT_EQ(whole.kind, event_kind::value);
    EXPECT_EQ(whole.text, "");
    EXPECT_EQ(reader_.next(input_).integer, 1);
}

TEST_F(a_long_string, keeps_type_depth_and_push) {
    ASSERT_EQ(next(">1\r\n").kind, event_kind::aggregate);
    const event announced = next("=14\r\ntxt:01");
    EXPECT_EQ(announced.kind, event_kind::bulk_start);
    EXPECT_EQ(announced.type, reply_type::verbatim_string);
    EXPECT_EQ(announced.size, 10U); // without "txt:"
    EXPECT_EQ(announced.depth, 1U);
    EXPECT_TRUE(announced.push);
    reader_.receive_into(place_.data());
    EXPECT_EQ(reader_.next(input_).kind, event_kind::need_more);
    EXPECT_EQ(to_line(next("23456789\r\n")), "1 push verbatim_string \"0123456789\" end");
}

TEST_F(a_long_string, is_broken_when_no_crlf_follows) {
    ASSERT_EQ(next("$10\r\n").kind, event_kind::bulk_start);
    EXPECT_EQ(next("0123456789xx").kind, event_kind::broken);
    EXPECT_TRUE(reader_.wanted().empty());
}

TEST_F(a_long_string, inside_an_attribute_is_not_announced) {
    EXPECT_EQ(next("|1\r\n+a\r\n$10\r\n0123").kind, event_kind::need_more);
    EXPECT_TRUE(input_.empty());
    EXPECT_TRUE(reader_.wanted().empty());
    EXPECT_EQ(next("456789\r\n:1\r\n").integer, 1);
}

TEST_F(a_long_string, under_way_is_forgotten_by_reset) {
    ASSERT_EQ(next("$10\r\n0123").kind, event_kind::bulk_start);
    reader_.receive_into(place_.data());
    reader_.reset();
    EXPECT_TRUE(reader_.wanted().empty());
    EXPECT_EQ(next("+OK\r\n").text, "OK");
    EXPECT_EQ(place_, std::string(16, '?'));
}

TEST_F(a_long_string, is_not_overrun_when_more_is_said_to_be_received_than_wanted) {
    ASSERT_EQ(next("$10\r\n").kind, event_kind::bulk_start);
    reader_.receive_into(place_.data());
    reader_.received(1000);
    EXPECT_TRUE(reader_.wanted().empty());
    EXPECT_EQ(next("\r\n").text.size(), 10U);
}

} // namespace
} // namespace entrada::resp
