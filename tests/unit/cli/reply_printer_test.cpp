#include "cli/reply_printer.hpp"

#include "resp/reader.hpp"
#include "resp/reply_builder.hpp"

#include <boost/json.hpp>
#include <gtest/gtest.h>

namespace entrada::cli {
namespace {

reply reply_of(std::string_view wire) {
    resp::reader reader;
    reply_builder builder;
    builder.begin();
    while (!builder.on_event(reader.next(wire))) {
    }
    return builder.take();
}

std::string text(std::string_view wire) { return text_of(reply_of(wire).root()); }
std::string lines(std::string_view wire) { return lines_of(reply_of(wire).root()); }
std::string json(std::string_view wire) { return boost::json::serialize(json_of(reply_of(wire).root())); }

TEST(reply_printer, shows_types_on_a_terminal) {
    EXPECT_EQ(text("+OK\r\n"), "OK\n");
    EXPECT_EQ(text(":5\r\n"), "(integer) 5\n");
    EXPECT_EQ(text("$3\r\na\"b\r\n"), "\"a\\\"b\"\n");
    EXPECT_EQ(text("$-1\r\n"), "(nil)\n");
    EXPECT_EQ(text("_\r\n"), "(nil)\n");
    EXPECT_EQ(text("#t\r\n"), "(true)\n");
    EXPECT_EQ(text(",1.5\r\n"), "(double) 1.5\n");
    EXPECT_EQ(text("=8\r\ntxt:a\nb\n\r\n"), "a\nb\n");
    EXPECT_EQ(text("(123456789012345678901234567890\r\n"), "(integer) 123456789012345678901234567890\n");
}

TEST(reply_printer, numbers_and_indents_what_is_nested) {
    EXPECT_EQ(text("*0\r\n"), "(empty array)\n");
    EXPECT_EQ(text("%0\r\n"), "(empty hash)\n");
    EXPECT_EQ(text("*2\r\n+a\r\n*2\r\n:1\r\n:2\r\n"), "1) a\n2) 1) (integer) 1\n   2) (integer) 2\n");
    EXPECT_EQ(text("%2\r\n$1\r\na\r\n:1\r\n$1\r\nb\r\n*2\r\n:2\r\n:3\r\n"),
              "1# \"a\" => (integer) 1\n2# \"b\" => 1) (integer) 2\n   2) (integer) 3\n");
    EXPECT_EQ(text("~1\r\n+x\r\n"), "1~ x\n");
    std::string ten = "*10\r\n";
    for (int i = 0; i < 10; ++i) ten += "+x\r\n";
    EXPECT_TRUE(text(ten).starts_with(" 1) x\n")) << text(ten);
}

TEST(reply_printer, lets_no_control_byte_reach_a_terminal) {
    EXPECT_EQ(text("$4\r\n\x1b[2J\r\n"), "\"\\x1b[2J\"\n");
    EXPECT_EQ(text("+\x1b[2J\r\n"), "\\x1b[2J\n");
    EXPECT_EQ(text("*1\r\n-ERR \x07\r\n"), "1) (error) ERR \\a\n");
}

TEST(reply_printer, writes_plain_lines_into_a_pipe) {
    EXPECT_EQ(lines("$3\r\na\"b\r\n"), "a\"b\n");
    EXPECT_EQ(lines("$-1\r\n"), "\n");
    EXPECT_EQ(lines("*2\r\n+a\r\n*1\r\n:1\r\n"), "a\n1\n");
    EXPECT_EQ(lines("%1\r\n+a\r\n:1\r\n"), "a\n1\n");
}

TEST(reply_printer, makes_json_of_every_type) {
    EXPECT_EQ(json("*5\r\n+a\r\n:1\r\n$-1\r\n#f\r\n-ERR no\r\n"), R"(["a",1,null,false,{"error":"ERR no"}])");
    EXPECT_EQ(json(",1.5\r\n"), "1.5E0");
    EXPECT_EQ(json(",inf\r\n"), "\"inf\"");
    EXPECT_EQ(json("(12345678901234567890123\r\n"), "\"12345678901234567890123\"");
    EXPECT_EQ(json("%1\r\n+a\r\n~1\r\n:1\r\n"), R"({"a":[1]})");
    EXPECT_EQ(json("%2\r\n:1\r\n:2\r\n+a\r\n:3\r\n"), R"([[1,2],["a",3]])");
    EXPECT_EQ(json("$1\r\n\xff\r\n"), R"({"base64":"/w=="})");
}

} // namespace
} // namespace entrada::cli
