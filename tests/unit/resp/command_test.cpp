// The wire form of commands.
// Room: tests of resp.
#include "entrada/command.hpp"

#include <gtest/gtest.h>

#include <concepts>
#include <limits>

namespace entrada {
namespace {

using namespace std::string_literals;

template <class Argument>
concept an_argument = requires(command& request, const Argument& argument) {
    request.add(argument);
};

TEST(command, is_an_array_of_bulk_strings) {
    EXPECT_EQ(command("PING").wire(), "*1\r\n$4\r\nPING\r\n");
    EXPECT_EQ(command("SET", "k", "value").wire(), "*3\r\n$3\r\nSET\r\n$1\r\nk\r\n$5\r\nvalue\r\n");
}

TEST(command, takes_any_bytes_as_an_argument) {
    EXPECT_EQ(command("GET", "\r\n\0$"s).wire(), "*2\r\n$3\r\nGET\r\n$4\r\n\r\n\0$\r\n"s);
    EXPECT_EQ(command("GET", "").wire(), "*2\r\n$3\r\nGET\r\n$0\r\n\r\n");
}

TEST(command, writes_numbers_in_decimal) {
    EXPECT_EQ(command("X", -1, 2U).wire(), "*3\r\n$1\r\nX\r\n$2\r\n-1\r\n$1\r\n2\r\n");
    EXPECT_EQ(command("X", std::numeric_limits<std::int64_t>::min()).wire(), "*2\r\n$1\r\nX\r\n$20\r\n-9223372036854775808\r\n");
    EXPECT_EQ(command("X", std::numeric_limits<std::uint64_t>::max()).wire(), "*2\r\n$1\r\nX\r\n$20\r\n18446744073709551615\r\n");
}

TEST(command, grows_by_add) {
    command request{"SET", "k", "v"};
    request.add("PX", 1000).add("NX");
    EXPECT_EQ(request.wire(), command("SET", "k", "v", "PX", "1000", "NX").wire());
    EXPECT_EQ(request.argument_count(), 5U);
}

TEST(command, knows_its_name) {
    EXPECT_EQ(command("GET", "k").name(), "GET");
    EXPECT_EQ(command("").name(), "");
    EXPECT_EQ(command(std::string(1234, 'N')).name(), std::string(1234, 'N'));
}

TEST(command, counts_more_than_nine_arguments) {
    command request{"DEL"};
    for (int i = 0; i < 99; ++i) request.add("k");
    EXPECT_TRUE(request.wire().starts_with("*100\r\n$3\r\nDEL\r\n$1\r\nk\r\n"));
}

TEST(command, is_appended_to_what_is_there) {
    std::string out = "before";
    command("PING").write_to(out);
    EXPECT_EQ(out, "before*1\r\n$4\r\nPING\r\n");
}

TEST(command, refuses_arguments_whose_text_is_open_to_doubt) {
    static_assert(an_argument<std::string> && an_argument<long> && an_argument<const char*>);
    static_assert(!an_argument<char> && !an_argument<bool> && !an_argument<double>);
}

} // namespace
} // namespace entrada
