// What the server's side finds in the bytes of a client.
// Room: tests of resp.
#include "request_transcript.hpp"

#include "entrada/command.hpp"

#include <gtest/gtest.h>

namespace entrada::resp {
namespace {

using namespace std::string_literals;

constexpr request_limits small{.arguments_max = 8, .bulk_bytes_max = 1000, .hold_bytes_max = 64};

struct finding {
    const char* name;
    std::string bytes;
    const char* transcript;
};

class a_request_reader : public testing::TestWithParam<finding> {};

TEST_P(a_request_reader, finds_these_commands) { EXPECT_EQ(read_requests(GetParam().bytes).transcript, GetParam().transcript); }

const auto name_of_finding = [](const auto& info) { return info.param.name; };

INSTANTIATE_TEST_SUITE_P(
    of_arrays, a_request_reader,
    testing::Values(finding{"one", "*1\r\n$4\r\nPING\r\n", "PING\n"},
                    finding{"two", "*1\r\n$4\r\nPING\r\n*2\r\n$3\r\nGET\r\n$1\r\nk\r\n", "PING\nGET k\n"},
                    finding{"arguments_of_any_bytes", "*2\r\n$3\r\nGET\r\n$4\r\n\r\n\0*\r\n"s, "GET \\x0d\\x0a\\x00*\n"},
                    finding{"empty_argument", "*2\r\n$3\r\nGET\r\n$0\r\n\r\n", "GET <empty>\n"},
                    finding{"empty_arrays_are_nothing", "*0\r\n*-1\r\n*1\r\n$4\r\nPING\r\n", "PING\n"},
                    finding{"hello_with_auth", command("HELLO", 3, "AUTH", "oid", "token").wire(), "HELLO 3 AUTH oid token\n"},
                    finding{"unfinished", "*2\r\n$3\r\nGET\r\n$1\r\nk\r", ""}),
    name_of_finding);

INSTANTIATE_TEST_SUITE_P(
    of_inline_commands, a_request_reader,
    testing::Values(finding{"words", "SET k v\r\n", "SET k v\n"},
                    finding{"ended_by_line_feed_alone", "PING\nPING\n", "PING\nPING\n"},
                    finding{"spaces_around", "  GET \t k \r\n", "GET k\n"},
                    finding{"empty_lines_are_nothing", "\r\n\n  \r\nPING\r\n", "PING\n"},
                    finding{"double_quotes", "SET k \"a b\\r\\n\\x41\\\"\\q\"\r\n", "SET k a b\\x0d\\x0aA\"q\n"},
                    finding{"short_hex_is_no_hex", "SET k \"\\x4g\\x\"\r\n", "SET k x4gx\n"},
                    finding{"single_quotes", "SET k 'a \\'b\\n'\r\n", "SET k a 'b\\x5cn\n"},
                    finding{"empty_quotes", "SET k \"\" ''\r\n", "SET k <empty> <empty>\n"},
                    finding{"quotes_inside_a_word", "SET k a\"b c\"\r\n", "SET k ab c\n"},
                    finding{"name_hidden_by_quotes", "\"\\x41UTH\" u t\r\n", "AUTH u t\n"},
                    finding{"mixed_with_arrays", "PING\r\n*1\r\n$4\r\nPING\r\nPING\r\n", "PING\nPING\nPING\n"},
                    finding{"vertical_tab_inside_a_word", "GET a\vb\r\n", "GET a\\x0bb\n"}),
    name_of_finding);

INSTANTIATE_TEST_SUITE_P(
    of_broken_requests, a_request_reader,
    testing::Values(finding{"negative_count", "*-2\r\n", "broken: invalid multibulk length\n"},
                    finding{"no_count", "*\r\n", "broken: invalid multibulk length\n"},
                    finding{"count_with_letters", "*1x\r\n", "broken: invalid multibulk length\n"},
                    finding{"count_too_large", "*2147483648\r\n", "limit: invalid multibulk length\n"},
                    finding{"negative_argument", "*2\r\n$4\r\nAUTH\r\n$-1\r\n", "broken: invalid bulk length\n"},
                    finding{"argument_too_large", "*2\r\n$3\r\nGET\r\n$536870913\r\n", "limit: invalid bulk length\n"},
                    finding{"integer_for_argument", "*1\r\n:1\r\n", "broken: expected '$' before an argument\n"},
                    finding{"argument_without_crlf", "*1\r\n$4\r\nPINGxx", "broken: expected CRLF after an argument\n"},
                    finding{"open_double_quote", "GET \"a\r\n", "broken: unbalanced quotes in request\n"},
                    finding{"open_single_quote", "GET 'a\\'\r\n", "broken: unbalanced quotes in request\n"},
                    finding{"open_escape", "GET \"a\\\n", "broken: unbalanced quotes in request\n"},
                    finding{"word_after_quote", "GET \"a\"b\r\n", "broken: unbalanced quotes in request\n"},
                    finding{"zero_byte_in_a_line", "GET a\0b\r\n"s, "broken: a zero byte in an inline request\n"},
                    finding{"http_post", "POST / HTTP/1.1\r\nHost: a\r\n", "broken: an HTTP request, not Redis\n"},
                    finding{"http_host", "GET / HTTP/1.1\r\nHost: a\r\n", "GET / HTTP/1.1\nbroken: an HTTP request, not Redis\n"},
                    finding{"http_post_in_an_array", "*1\r\n$4\r\npost\r\n", "broken: an HTTP request, not Redis\n"},
                    finding{"tls", "\x16\x03\x01"s, "broken: a TLS handshake on a port without TLS\n"}),
    name_of_finding);

TEST(request_reader, gives_views_into_the_input_and_the_bytes_as_sent) {
    const std::string bytes = "*2\r\n$3\r\nGET\r\n$1\r\nk\r\nPING\n";
    std::string_view input = bytes;
    request_reader reader;
    const request get = reader.next(input);
    EXPECT_EQ(get.bytes.data(), bytes.data());
    EXPECT_EQ(get.arguments[1].data(), bytes.data() + 17);
    EXPECT_EQ(get.argument_count, 2U);
    EXPECT_TRUE(get.starts_command && get.ends_command);
    EXPECT_EQ(reader.next(input).bytes, "PING\n");
    EXPECT_EQ(reader.next(input).kind, request_kind::need_more);
}

TEST(request_reader, lists_the_first_arguments_of_a_long_command_and_counts_all) {
    command request{"DEL"};
    for (int i = 1; i < 40; ++i) request.add(i);
    const std::string bytes = request.wire();
    std::string_view input = bytes;
    request_reader reader;
    const resp::request found = reader.next(input);
    EXPECT_EQ(found.kind, request_kind::command);
    EXPECT_EQ(found.arguments.size(), request_reader::arguments_kept);
    EXPECT_EQ(found.arguments.back(), "31");
    EXPECT_EQ(found.argument_count, 40U);
}

TEST(request_reader, holds_a_command_that_exactly_fits) {
    const std::string fits = command("SET", "k", std::string(37, 'v')).wire();
    ASSERT_EQ(fits.size(), small.hold_bytes_max);
    EXPECT_EQ(read_requests(fits, {}, small).pieces, 0U);
}

TEST(request_reader, passes_a_command_that_is_one_byte_too_large_to_be_held) {
    const std::string bytes = command("SET", "k", std::string(38, 'v')).wire();
    ASSERT_EQ(bytes.size(), small.hold_bytes_max + 1);
    const request_run run = read_requests(bytes + "PING\n", {}, small);
    EXPECT_EQ(run.transcript, "SET k .. of 3, 65 bytes\nPING\n");
    EXPECT_EQ(run.pieces, 1U);
    EXPECT_EQ(run.passed, bytes + "PING\n");
}

TEST(request_reader, passes_a_large_command_without_keeping_it) {
    const std::string bytes = command("SET", "k", std::string(300'000, 'v'), "PX", 1000).wire();
    request_reader reader;
    std::string passed;
    std::string kept;
    std::size_t kept_max = 0;
    for (std::size_t at = 0; at < bytes.size(); at += 1000) {
        kept += bytes.substr(at, 1000);
        std::string_view input = kept;
        for (request piece = reader.next(input); piece.kind != request_kind::need_more; piece = reader.next(input)) {
            EXPECT_EQ(piece.starts_command, passed.empty());
            passed += piece.bytes;
            EXPECT_EQ(piece.ends_command, passed.size() == bytes.size());
            EXPECT_EQ(reader.is_passing(), !piece.ends_command);
        }
        kept = std::string(input);
        kept_max = std::max(kept_max, kept.size());
    }
    EXPECT_EQ(passed, bytes);
    EXPECT_LT(kept_max, 32U);
}

TEST(request_reader, passes_a_command_of_very_many_arguments) {
    command request{"DEL"};
    for (int i = 0; i < 100'000; ++i) request.add(i);
    const request_run run = read_requests(request.wire());
    EXPECT_EQ(run.passed, request.wire());
    EXPECT_TRUE(run.transcript.find(".. of 100001") != std::string::npos);
}

TEST(request_reader, takes_a_login_with_a_token_of_64_kib_before_login) {
    const std::string token(64 * 1024, 't');
    for (const command& login : {command("AUTH", "00000000-0000-0000-0000-000000000000", token),
                                 command("HELLO", 3, "AUTH", "00000000-0000-0000-0000-000000000000", token, "SETNAME", "name")}) {
        const std::string bytes = login.wire();
        std::string_view input = bytes;
        request_reader reader(request_limits::before_login());
        const request found = reader.next(input);
        EXPECT_EQ(found.kind, request_kind::command);
        EXPECT_EQ(found.bytes, bytes);
    }
}

TEST(request_reader, never_gives_a_login_in_pieces) {
    for (const char* name : {"AUTH", "auth", "HELLO", "hElLo"}) {
        const std::string bytes = command(name, std::string(40, 'u'), std::string(40, 't')).wire();
        EXPECT_EQ(read_requests(bytes, {}, small).transcript, "limit: too long a login\n");
        EXPECT_EQ(read_requests(bytes, {}, small).passed, "");
    }
}

TEST(request_reader, does_not_pass_a_large_http_request) {
    EXPECT_EQ(read_requests(command("POST", std::string(100, 'x')).wire(), {}, small).transcript,
              "broken: an HTTP request, not Redis\n");
}

TEST(request_reader, lets_a_peer_before_login_make_it_keep_little) {
    const request_limits bounds = request_limits::before_login();
    std::string endless_line(bounds.hold_bytes_max * 2, 'x');
    EXPECT_EQ(read_requests(endless_line, {}, bounds).transcript, "limit: too big inline request\n");
    EXPECT_EQ(read_requests("*17\r\n", {}, bounds).transcript, "limit: invalid multibulk length\n");
    EXPECT_EQ(read_requests("*3\r\n$3\r\nSET\r\n$65537\r\n", {}, bounds).transcript, "limit: invalid bulk length\n");
    EXPECT_EQ(read_requests("*1\r\n$65536\r\n" + std::string(65536, 'x'), {}, bounds).transcript, "");

    const std::string all_large =
        command("SET", std::string(65536, 'a'), std::string(65536, 'b'), std::string(65536, 'c')).wire();
    for_all_pairs_of_cuts(10, [&](const cuts& tenths) {
        cuts where;
        for (const std::size_t tenth : tenths) where.push_back(all_large.size() / 10 * tenth);
        EXPECT_LE(read_requests(all_large, where, bounds).kept_max, bounds.hold_bytes_max + 32);
    });
}

TEST(request_reader, takes_as_many_arguments_and_bytes_as_its_limits_say) {
    EXPECT_EQ(read_requests("*8\r\n$1\r\na\r\n", {}, small).transcript, "");
    EXPECT_EQ(read_requests("*9\r\n", {}, small).transcript, "limit: invalid multibulk length\n");
    EXPECT_EQ(read_requests("1 2 3 4 5 6 7 8\n", {}, small).transcript, "1 2 3 4 5 6 7 8\n");
    EXPECT_EQ(read_requests("1 2 3 4 5 6 7 8 9\n", {}, small).transcript, "limit: too many arguments in an inline request\n");
    EXPECT_EQ(read_requests(command("SET", "k", std::string(1000, 'v')).wire(), {}, small).transcript,
              "SET k .. of 3, 1029 bytes\n");
    EXPECT_EQ(read_requests(command("SET", "k", std::string(1001, 'v')).wire(), {}, small).transcript,
              "limit: invalid bulk length\n");
    EXPECT_EQ(read_requests(std::string(63, 'x') + "\n", {}, small).transcript, std::string(63, 'x') + "\n");
    EXPECT_EQ(read_requests(std::string(64, 'x') + "\n", {}, small).transcript, "limit: too big inline request\n");
    EXPECT_EQ(read_requests("*1\r\n$70\r\n", {}, small).transcript, "limit: too long a command name\n");
}

TEST(request_reader, can_be_given_other_limits_after_a_login) {
    const std::string bytes =
        command("AUTH", "u", "t").wire() + command("DEL", 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16).wire();
    std::string_view input = bytes;
    request_reader reader(request_limits::before_login());
    EXPECT_EQ(reader.next(input).arguments[0], "AUTH");
    reader.set_limits({});
    EXPECT_EQ(reader.next(input).argument_count, 17U);
}

TEST(request_reader, gives_what_came_before_a_broken_byte_and_then_stays_broken) {
    const std::string good = "*3\r\n$3\r\nSET\r\n$1\r\nk\r\n$100\r\n" + std::string(100, 'v');
    const std::string bytes = good + "xx";
    std::string_view input = bytes;
    request_reader reader(small);
    EXPECT_EQ(reader.next(input).bytes, good);
    EXPECT_TRUE(reader.is_passing());
    EXPECT_EQ(reader.next(input).kind, request_kind::broken);
    EXPECT_FALSE(reader.is_passing());
    input = "PING\n";
    EXPECT_EQ(reader.next(input).kind, request_kind::broken);
}

TEST(names_of_commands, are_compared_whatever_their_case) {
    EXPECT_TRUE(is_name("auth", "AUTH"));
    EXPECT_TRUE(is_name("AuTh", "AUTH"));
    EXPECT_FALSE(is_name("aut", "AUTH"));
    EXPECT_FALSE(is_name("authx", "AUTH"));
    EXPECT_FALSE(is_name("a\x15th", "AUTH"));
    EXPECT_TRUE(is_name("", ""));
}

} // namespace
} // namespace entrada::resp
