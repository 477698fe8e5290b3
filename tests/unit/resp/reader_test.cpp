// What the reader makes of well-formed and of broken bytes.
// Room: tests of resp.
#include "transcript.hpp"

#include <gtest/gtest.h>

namespace entrada::resp {
namespace {

using namespace std::string_literals;

struct reading {
    const char* name;
    std::string bytes;
    const char* transcript;
};

class a_reader : public testing::TestWithParam<reading> {};

TEST_P(a_reader, makes_these_events_of_these_bytes) { EXPECT_EQ(read_whole(GetParam().bytes), GetParam().transcript); }

const auto name_of_reading = [](const auto& info) { return info.param.name; };

INSTANTIATE_TEST_SUITE_P(
    of_single_values, a_reader,
    testing::Values(
        reading{"simple_string", "+OK\r\n", "0 simple_string \"OK\" end\n"},
        reading{"empty_simple_string", "+\r\n", "0 simple_string \"\" end\n"},
        reading{"error", "-ERR no\r\n", "0 error \"ERR no\" end\n"}, reading{"integer", ":42\r\n", "0 integer \"42\" 42 end\n"},
        reading{"zero", ":0\r\n", "0 integer \"0\" 0 end\n"}, reading{"signed_integer", ":+7\r\n", "0 integer \"+7\" 7 end\n"},
        reading{"largest_integer", ":9223372036854775807\r\n", "0 integer \"9223372036854775807\" 9223372036854775807 end\n"},
        reading{"smallest_integer", ":-9223372036854775808\r\n", "0 integer \"-9223372036854775808\" -9223372036854775808 end\n"},
        reading{"bulk", "$3\r\na\r\n\r\n", "0 bulk_string \"a\\x0d\\x0a\" end\n"},
        reading{"empty_bulk", "$0\r\n\r\n", "0 bulk_string \"\" end\n"}, reading{"null", "_\r\n", "0 null end\n"},
        reading{"null_bulk_of_resp2", "$-1\r\n", "0 null end\n"}, reading{"null_array_of_resp2", "*-1\r\n", "0 null end\n"},
        reading{"true_", "#t\r\n", "0 boolean \"t\" 1 end\n"}, reading{"false_", "#f\r\n", "0 boolean \"f\" 0 end\n"},
        reading{"double_", ",-1.25e-3\r\n", "0 double \"-1.25e-3\" end\n"},
        reading{"whole_double", ",10\r\n", "0 double \"10\" end\n"},
        reading{"large_double", ",1e+20\r\n", "0 double \"1e+20\" end\n"},
        reading{"infinity", ",inf\r\n", "0 double \"inf\" end\n"},
        reading{"minus_infinity", ",-inf\r\n", "0 double \"-inf\" end\n"},
        reading{"not_a_number", ",nan\r\n", "0 double \"nan\" end\n"},
        reading{"big_number", "(-3492890328409238509324850943850943825024385\r\n",
                "0 big_number \"-3492890328409238509324850943850943825024385\" end\n"},
        reading{"verbatim", "=8\r\ntxt:Some\r\n", "0 verbatim_string \"Some\" end\n"},
        reading{"empty_verbatim", "=4\r\nmkd:\r\n", "0 verbatim_string \"\" end\n"},
        reading{"bulk_error", "!6\r\nERR\r\nx\r\n", "0 error \"ERR\\x0d\\x0ax\" end\n"}),
    name_of_reading);

INSTANTIATE_TEST_SUITE_P(
    of_aggregates, a_reader,
    testing::Values(
        reading{"array", "*2\r\n:1\r\n$1\r\nb\r\n", "0 array of 2\n1 integer \"1\" 1\n1 bulk_string \"b\" end\n"},
        reading{"empty_array", "*0\r\n", "0 array of 0 end\n"},
        reading{"nested_array", "*2\r\n*1\r\n:1\r\n*0\r\n", "0 array of 2\n1 array of 1\n2 integer \"1\" 1\n1 array of 0 end\n"},
        reading{"array_with_nulls", "*3\r\n$-1\r\n*-1\r\n_\r\n", "0 array of 3\n1 null\n1 null\n1 null end\n"},
        reading{"map", "%1\r\n+k\r\n~1\r\n:1\r\n", "0 map of 2\n1 simple_string \"k\"\n1 set of 1\n2 integer \"1\" 1 end\n"},
        reading{"empty_map_and_set", "%0\r\n~0\r\n", "0 map of 0 end\n0 set of 0 end\n"},
        reading{"several_replies", "+a\r\n*1\r\n+b\r\n+c\r\n",
                "0 simple_string \"a\" end\n0 array of 1\n1 simple_string \"b\" end\n0 simple_string \"c\" end\n"}),
    name_of_reading);

INSTANTIATE_TEST_SUITE_P(
    of_pushes_and_attributes, a_reader,
    testing::Values(
        reading{"push_then_reply", ">2\r\n+message\r\n*1\r\n:1\r\n+OK\r\n",
                "0 push push of 2\n1 push simple_string \"message\"\n1 push array of 1\n2 push integer \"1\" 1 end\n0 "
                "simple_string \"OK\" end\n"},
        reading{"empty_push", ">0\r\n+OK\r\n", "0 push push of 0 end\n0 simple_string \"OK\" end\n"},
        reading{"push_inside_an_array_is_an_element", "*1\r\n>1\r\n:1\r\n", "0 array of 1\n1 push of 1\n2 integer \"1\" 1 end\n"},
        reading{"attribute_is_skipped", "|1\r\n+ttl\r\n:3600\r\n:7\r\n", "0 integer \"7\" 7 end\n"},
        reading{"attribute_inside_an_array", "*2\r\n:1\r\n|1\r\n+ttl\r\n*2\r\n:1\r\n:2\r\n:3\r\n",
                "0 array of 2\n1 integer \"1\" 1\n1 integer \"3\" 3 end\n"},
        reading{"attribute_inside_an_attribute", "|1\r\n+a\r\n|1\r\n+b\r\n:1\r\n:2\r\n:3\r\n", "0 integer \"3\" 3 end\n"},
        reading{"attribute_before_an_attribute", "|1\r\n+a\r\n:1\r\n|0\r\n:3\r\n", "0 integer \"3\" 3 end\n"},
        reading{"attribute_before_a_push", "|1\r\n+a\r\n:1\r\n>1\r\n:3\r\n", "0 push push of 1\n1 push integer \"3\" 3 end\n"},
        reading{"attribute_alone_gives_nothing", "|1\r\n+a\r\n:1\r\n", ""}),
    name_of_reading);

constexpr const char* bad_length = "broken: a length that is no plain decimal number ended by CRLF\n";
constexpr const char* bad_integer = "broken: an integer that is no 64-bit decimal number\n";
constexpr const char* bad_end = "broken: a string that is not ended by CRLF where its length says\n";
constexpr const char* bad_scalar = "broken: a null, boolean, double or big number that is none\n";
constexpr const char* streamed = "broken: streamed strings and aggregates are not supported\n";

INSTANTIATE_TEST_SUITE_P(
    of_broken_lengths_and_integers, a_reader,
    testing::Values(reading{"no_length", "$\r\n", bad_length}, reading{"negative_bulk", "$-2\r\n", bad_length},
                    reading{"minus_one_with_more", "$-11\r\n", bad_length}, reading{"signed_length", "$+1\r\na\r\n", bad_length},
                    reading{"leading_zero", "$01\r\na\r\n", bad_length}, reading{"leading_space", "$ 1\r\na\r\n", bad_length},
                    reading{"garbage_after_length", "*1x\r\n", bad_length},
                    reading{"length_with_bare_line_feed", "$1\na\r\n", bad_length},
                    reading{"length_with_bare_return", "$1\rxa\r\n", bad_length},
                    reading{"length_of_twenty_digits", "$10000000000000000000\r\n", bad_length},
                    reading{"negative_map", "%-1\r\n", bad_length}, reading{"negative_set", "~-1\r\n", bad_length},
                    reading{"negative_push", ">-1\r\n", bad_length}, reading{"negative_verbatim", "=-1\r\n", bad_length},
                    reading{"negative_attribute", "|-1\r\n", bad_length},
                    reading{"integer_overflow", ":9223372036854775808\r\n", bad_integer},
                    reading{"integer_underflow", ":-9223372036854775809\r\n", bad_integer},
                    reading{"integer_of_twenty_digits", ":10000000000000000000\r\n", bad_integer},
                    reading{"no_integer", ":\r\n", bad_integer}, reading{"sign_alone", ":-\r\n", bad_integer},
                    reading{"two_signs", ":+-1\r\n", bad_integer}, reading{"integer_with_space", ": 1\r\n", bad_integer},
                    reading{"integer_with_fraction", ":1.0\r\n", bad_integer},
                    reading{"integer_with_leading_zero", ":01\r\n", bad_integer}),
    name_of_reading);

INSTANTIATE_TEST_SUITE_P(
    of_broken_values, a_reader,
    testing::Values(
        reading{"bare_line_feed", "+OK\n", "broken: a line feed without its carriage return\n"},
        reading{"line_feed_inside", "+a\nb\r\n", "broken: a line feed without its carriage return\n"},
        reading{"carriage_return_inside", "+a\rb\r\n", "broken: a carriage return inside a line\n"},
        reading{"bulk_too_short", "$3\r\nab\r\n+OK\r\n", bad_end}, reading{"bulk_too_long", "$1\r\nab\r\n", bad_end},
        reading{"bulk_ended_by_line_feed", "$1\r\na\n\n", bad_end},
        reading{"unknown_type", "?1\r\n", "broken: a value of unknown type\n"}, reading{"null_with_text", "_x\r\n", bad_scalar},
        reading{"boolean_of_neither_kind", "#x\r\n", bad_scalar}, reading{"boolean_with_more", "#true\r\n", bad_scalar},
        reading{"empty_double", ",\r\n", bad_scalar}, reading{"double_without_digits", ",.5\r\n", bad_scalar},
        reading{"double_without_fraction", ",1.\r\n", bad_scalar}, reading{"double_without_exponent", ",1e\r\n", bad_scalar},
        reading{"double_with_more", ",1.5x\r\n", bad_scalar}, reading{"double_hexadecimal", ",0x1p3\r\n", bad_scalar},
        reading{"double_infinite_in_words", ",infinity\r\n", bad_scalar}, reading{"empty_big_number", "(\r\n", bad_scalar},
        reading{"big_number_with_fraction", "(1.5\r\n", bad_scalar},
        reading{"verbatim_too_short", "=3\r\ntxt\r\n", "broken: a verbatim string without its format\n"},
        reading{"verbatim_without_colon", "=5\r\ntxt.a\r\n", "broken: a verbatim string without its format\n"},
        reading{"streamed_string", "$?\r\n;1\r\na\r\n;0\r\n", streamed}, reading{"streamed_array", "*?\r\n", streamed},
        reading{"streamed_map", "%?\r\n", streamed}, reading{"chunk_of_a_stream", ";1\r\na\r\n", streamed},
        reading{"end_of_a_stream", ".\r\n", streamed},
        reading{"tls_alert", "\x15\x03\x03"s, "broken: a TLS record instead of a reply: the server speaks TLS on this port\n"},
        reading{"http", "HTTP/1.1 400\r\n", "broken: a reply that starts with 'H', as HTTP does: this port is not Redis\n"}),
    name_of_reading);

TEST(reader, gives_views_into_the_input_and_copies_nothing) {
    const std::string bytes = "$5\r\nhello\r\n";
    std::string_view input = bytes;
    reader under_test;
    const event what = under_test.next(input);
    EXPECT_EQ(what.text.data(), bytes.data() + 4);
    EXPECT_TRUE(input.empty());
}

TEST(reader, leaves_an_unfinished_value_in_the_input) {
    reader under_test;
    for (const std::string_view bytes :
         {"$5\r\nhell", "$5\r\nhello\r", "+OK", "+OK\r", ":1", ":1\r", "*", "_\r", "=8\r\ntxt:So", "$-", ""}) {
        std::string_view input = bytes;
        EXPECT_EQ(under_test.next(input).kind, event_kind::need_more);
        EXPECT_EQ(input, bytes);
        under_test.reset();
    }
}

TEST(reader, is_idle_exactly_between_two_replies) {
    reader under_test;
    EXPECT_TRUE(under_test.idle());
    std::string_view input = "*1\r\n+O";
    EXPECT_EQ(under_test.next(input).kind, event_kind::aggregate);
    EXPECT_FALSE(under_test.idle());
    EXPECT_EQ(under_test.next(input).kind, event_kind::need_more);
    EXPECT_FALSE(under_test.idle());
    input = "+OK\r\n+";
    EXPECT_TRUE(under_test.next(input).ends_reply);
    EXPECT_TRUE(under_test.idle());
    EXPECT_EQ(under_test.next(input).kind, event_kind::need_more);
    EXPECT_FALSE(under_test.idle());
}

TEST(reader, is_not_idle_between_an_attribute_and_its_value) {
    reader under_test;
    std::string_view input = "|1\r\n+a\r\n+b\r\n";
    EXPECT_EQ(under_test.next(input).kind, event_kind::need_more);
    EXPECT_TRUE(input.empty());
    EXPECT_FALSE(under_test.idle());
}

TEST(reader, stays_broken_until_it_is_reset) {
    reader under_test;
    std::string_view input = "?\r\n+OK\r\n";
    EXPECT_EQ(under_test.next(input).kind, event_kind::broken);
    input = "+OK\r\n";
    EXPECT_EQ(under_test.next(input).kind, event_kind::broken);
    EXPECT_FALSE(under_test.idle());
    under_test.reset();
    EXPECT_TRUE(under_test.idle());
    EXPECT_EQ(under_test.next(input).kind, event_kind::value);
}

TEST(reader, forgets_an_unfinished_reply_when_it_is_reset) {
    reader under_test;
    std::string_view input = ">2\r\n|1\r\n*1\r\n";
    while (under_test.next(input).kind != event_kind::need_more) {
    }
    under_test.reset();
    EXPECT_TRUE(under_test.idle());
    input = "+OK\r\n";
    EXPECT_EQ(to_line(under_test.next(input)), "0 simple_string \"OK\" end");
}

} // namespace
} // namespace entrada::resp
