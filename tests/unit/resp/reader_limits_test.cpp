// Each limit: what just fits it, and one more.
// Room: tests of resp.
#include "transcript.hpp"

#include <gtest/gtest.h>

#include <limits>

namespace entrada::resp {
namespace {

constexpr const char* too_deep = "limit: a reply nested deeper than depth_max\n";
constexpr const char* too_many = "limit: a reply of more values than elements_max\n";
constexpr const char* too_long_string = "limit: a string longer than bulk_bytes_max\n";
constexpr const char* too_long_reply = "limit: a reply longer than total_bytes_max\n";
constexpr const char* too_long_line = "limit: a line longer than line_bytes_max\n";

std::string last_line(const std::string& transcript) {
    const std::size_t end = transcript.find_last_of('\n');
    const std::size_t before = end == 0 || end == std::string::npos ? std::string::npos : transcript.find_last_of('\n', end - 1);
    return transcript.substr(before == std::string::npos ? 0 : before + 1);
}

TEST(limit_of_depth, holds_for_aggregates_and_attributes) {
    const limits three{.depth_max = 3};
    EXPECT_EQ(last_line(read_whole("*1\r\n*1\r\n*1\r\n:1\r\n", three)), "3 integer \"1\" 1 end\n");
    EXPECT_EQ(last_line(read_whole("*1\r\n*1\r\n*1\r\n*0\r\n", three)), too_deep);
    EXPECT_EQ(last_line(read_whole("*1\r\n*1\r\n|1\r\n:1\r\n:2\r\n:3\r\n", three)), "2 integer \"3\" 3 end\n");
    EXPECT_EQ(last_line(read_whole("*1\r\n*1\r\n*1\r\n|0\r\n:1\r\n", three)), too_deep);
    EXPECT_EQ(last_line(read_whole("|1\r\n|1\r\n|1\r\n|1\r\n", three)), too_deep);
}

TEST(limit_of_depth, may_be_none_at_all) {
    EXPECT_EQ(read_whole(":1\r\n", {.depth_max = 0}), "0 integer \"1\" 1 end\n");
    EXPECT_EQ(read_whole("*0\r\n", {.depth_max = 0}), too_deep);
}

TEST(limit_of_elements, counts_the_values_of_all_levels) {
    const limits six{.elements_max = 6};
    EXPECT_EQ(last_line(read_whole("*3\r\n*2\r\n:1\r\n:2\r\n:3\r\n:4\r\n", six)), "1 integer \"4\" 4 end\n");
    EXPECT_EQ(last_line(read_whole("*3\r\n*3\r\n", six)), too_many);
    EXPECT_EQ(last_line(read_whole("*5\r\n", six)), "0 array of 5\n");
    EXPECT_EQ(last_line(read_whole("*6\r\n", six)), too_many);
    EXPECT_EQ(last_line(read_whole("*9999999999999999999\r\n", six)), too_many);
}

TEST(limit_of_elements, counts_keys_and_values_of_maps) {
    const limits five{.elements_max = 5};
    EXPECT_EQ(last_line(read_whole("%2\r\n", five)), "0 map of 4\n");
    EXPECT_EQ(last_line(read_whole("%3\r\n", five)), too_many);
    EXPECT_EQ(last_line(read_whole("%9999999999999999999\r\n", five)), too_many);
}

TEST(limit_of_elements, counts_what_is_skipped_in_attributes) {
    const limits four{.elements_max = 4};
    EXPECT_EQ(read_whole("|1\r\n:1\r\n:2\r\n:3\r\n", four), "0 integer \"3\" 3 end\n");
    EXPECT_EQ(read_whole("|2\r\n", four), too_many);
    EXPECT_EQ(read_whole("|0\r\n|0\r\n|0\r\n:3\r\n", four), "0 integer \"3\" 3 end\n");
    EXPECT_EQ(read_whole("|0\r\n|0\r\n|0\r\n|0\r\n:3\r\n", four), too_many);
    EXPECT_EQ(read_whole("|9999999999999999999\r\n", four), too_many);
}

TEST(limit_of_elements, is_counted_anew_for_each_reply) {
    const limits three{.elements_max = 3};
    const std::string two = "*2\r\n:1\r\n:2\r\n";
    EXPECT_EQ(last_line(read_whole(two + two + two, three)), "1 integer \"2\" 2 end\n");
}

TEST(limit_of_strings, holds_for_each_kind_before_their_bytes_come) {
    const limits five{.bulk_bytes_max = 5};
    EXPECT_EQ(read_whole("$5\r\nhello\r\n", five), "0 bulk_string \"hello\" end\n");
    EXPECT_EQ(read_whole("$6\r\n", five), too_long_string);
    EXPECT_EQ(read_whole("=5\r\ntxt:a\r\n", five), "0 verbatim_string \"a\" end\n");
    EXPECT_EQ(read_whole("=6\r\n", five), too_long_string);
    EXPECT_EQ(read_whole("!6\r\n", five), too_long_string);
    EXPECT_EQ(read_whole("$9999999999999999999\r\n", five), too_long_string);
    EXPECT_EQ(read_whole("|1\r\n$6\r\n", five), too_long_string);
}

TEST(limit_of_strings, holds_where_a_whole_string_is_read_the_short_way) {
    const std::string nine = "$9\r\n123456789\r\n";
    EXPECT_EQ(read_whole(nine, {.bulk_bytes_max = 9}), "0 bulk_string \"123456789\" end\n");
    EXPECT_EQ(read_whole(nine, {.bulk_bytes_max = 8}), too_long_string);
    EXPECT_EQ(read_whole(nine, {.total_bytes_max = nine.size()}), "0 bulk_string \"123456789\" end\n");
    EXPECT_EQ(read_whole(nine, {.total_bytes_max = nine.size() - 1}), too_long_reply);
    EXPECT_EQ(read_whole("+OK\r\n+OK\r\n", {.total_bytes_max = 4}), too_long_reply);
    EXPECT_EQ(read_whole("+OK\r\n+OK\r\n", {.line_bytes_max = 1}), too_long_line);
    // An attribute counts into the reply it stands before.
    EXPECT_EQ(read_whole("|1\r\n:1\r\n:2\r\n" + nine, {.total_bytes_max = nine.size() + 11}), too_long_reply);
}

TEST(limit_of_bytes, counts_all_bytes_of_a_reply) {
    const limits twenty{.total_bytes_max = 20};
    EXPECT_EQ(last_line(read_whole("*2\r\n:1\r\n$6\r\nabcdef\r\n", {.total_bytes_max = 20})), "1 bulk_string \"abcdef\" end\n");
    EXPECT_EQ(last_line(read_whole("*2\r\n:1\r\n$7\r\n", twenty)), too_long_reply);
    EXPECT_EQ(last_line(read_whole("*2\r\n:1\r\n+123456789\r\n", twenty)), "1 simple_string \"123456789\" end\n");
    EXPECT_EQ(last_line(read_whole("*2\r\n:1\r\n+1234567890\r\n", twenty)), too_long_reply);
    EXPECT_EQ(last_line(read_whole("*2\r\n:1\r\n:123456789\r\n", twenty)), "1 integer \"123456789\" 123456789 end\n");
    EXPECT_EQ(last_line(read_whole("*2\r\n:1\r\n:1234567890\r\n", twenty)), too_long_reply);
    EXPECT_EQ(last_line(read_whole("+1234567890123\r\n*0\r\n", {.total_bytes_max = 16})), "0 array of 0 end\n");
    EXPECT_EQ(last_line(read_whole("*0\r\n", {.total_bytes_max = 3})), too_long_reply);
    EXPECT_EQ(last_line(read_whole("|0\r\n:1\r\n", {.total_bytes_max = 7})), too_long_reply);
    EXPECT_EQ(last_line(read_whole("|0\r\n:1\r\n", {.total_bytes_max = 8})), "0 integer \"1\" 1 end\n");
    EXPECT_EQ(last_line(read_whole("$-1\r\n", {.total_bytes_max = 4})), too_long_reply);
}

TEST(limit_of_bytes, adds_up_values_of_every_kind) {
    const std::string head = "*2\r\n";
    for (const std::string& first :
         {std::string("+123\r\n"), std::string("$0\r\n\r\n"), std::string(":123\r\n"), std::string("$-1\r\n")}) {
        const std::string bytes = head + first + ":1\r\n";
        EXPECT_TRUE(read_whole(bytes, {.total_bytes_max = bytes.size()}).ends_with("1 integer \"1\" 1 end\n")) << first;
        EXPECT_EQ(last_line(read_whole(bytes, {.total_bytes_max = bytes.size() - 1})), too_long_reply) << first;
    }
}

TEST(limit_of_bytes, counts_a_long_string_when_it_is_announced) {
    const limits bounds{.total_bytes_max = 23, .stream_bytes_min = 5};
    EXPECT_EQ(last_line(read_cut("*2\r\n$9\r\n012345678\r\n:1\r\n", {9}, bounds)), "1 integer \"1\" 1 end\n");
    EXPECT_EQ(last_line(read_cut("*2\r\n$9\r\n012345678\r\n:12\r\n", {9}, bounds)), too_long_reply);
}

TEST(limit_of_bytes, is_counted_anew_for_each_reply_and_push) {
    const limits nine{.total_bytes_max = 9};
    EXPECT_EQ(last_line(read_whole(">1\r\n+abc\r\n+12345\r\n>1\r\n+abc\r\n", {.total_bytes_max = 10})),
              "1 push simple_string \"abc\" end\n");
    EXPECT_EQ(last_line(read_whole(">1\r\n+abc\r\n", nine)), too_long_reply);
}

TEST(limit_of_lines, holds_with_and_without_an_end_in_sight) {
    const limits five{.line_bytes_max = 5};
    EXPECT_EQ(read_whole("+hello\r\n", five), "0 simple_string \"hello\" end\n");
    EXPECT_EQ(read_whole("-hello\r\n", five), "0 error \"hello\" end\n");
    EXPECT_EQ(read_whole("+helloo\r\n", five), too_long_line);
    EXPECT_EQ(read_whole("+helloo\r", five), too_long_line);
    EXPECT_EQ(read_whole("+hello\r", five), "");
    EXPECT_EQ(read_whole("(123456\r\n", five), too_long_line);
}

TEST(limits, of_any_size_are_safe) {
    constexpr std::size_t huge = std::numeric_limits<std::size_t>::max();
    const limits none{.elements_max = huge, .bulk_bytes_max = huge, .total_bytes_max = huge, .line_bytes_max = huge};
    EXPECT_EQ(last_line(read_whole("$1\r\na\r\n", none)), "0 bulk_string \"a\" end\n");
    EXPECT_EQ(last_line(read_whole("%9999999999999999999\r\n", none)), too_many);
    EXPECT_EQ(last_line(read_whole("$9999999999999999999\r\n", none)), too_long_string);
}

} // namespace
} // namespace entrada::resp
