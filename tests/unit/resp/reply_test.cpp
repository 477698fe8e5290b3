// Owned replies: how they are built of events and read through views.
// Room: tests of resp.
#include "resp/reply_builder.hpp"

#include <gtest/gtest.h>

#include <cstring>
#include <iterator>
#include <limits>
#include <utility>

namespace entrada {
namespace {

static_assert(std::input_iterator<reply_view::iterator>);

reply build(std::string_view bytes) {
    resp::reader reader;
    reply_builder builder;
    builder.begin();
    while (!builder.on_event(reader.next(bytes))) {
        if (bytes.empty()) ADD_FAILURE() << "not a whole reply";
        if (bytes.empty()) break;
    }
    return builder.take();
}

std::vector<std::string> texts_of_children(reply_view parent) {
    std::vector<std::string> texts;
    for (const reply_view child : parent) texts.emplace_back(child.text());
    return texts;
}

TEST(reply, is_null_when_default_constructed_or_moved_from) {
    const reply empty;
    EXPECT_TRUE(empty.root().is_null());
    EXPECT_EQ(empty.root().text(), "");
    EXPECT_EQ(empty.root().size(), 0U);
    EXPECT_EQ(empty.root().begin(), empty.root().end());

    reply source = build("+OK\r\n");
    const reply target = std::move(source);
    EXPECT_EQ(target.root().text(), "OK");
    EXPECT_TRUE(source.root().is_null()); // NOLINT(bugprone-use-after-move): that is the promise
}

TEST(reply, holds_each_kind_of_value) {
    EXPECT_EQ(build("+OK\r\n").root().type(), reply_type::simple_string);
    EXPECT_TRUE(build("-ERR no\r\n").root().is_error());
    EXPECT_EQ(build("-ERR no\r\n").root().text(), "ERR no");
    EXPECT_EQ(build(",1.5\r\n").root().text(), "1.5");
    EXPECT_EQ(build("=7\r\ntxt:abc\r\n").root().text(), "abc");
    EXPECT_TRUE(build("$-1\r\n").root().is_null());
    EXPECT_EQ(build("$0\r\n\r\n").root().type(), reply_type::bulk_string);
}

TEST(reply, gives_integers_and_booleans_as_numbers) {
    EXPECT_EQ(build(":-9223372036854775808\r\n").root().integer(), std::numeric_limits<std::int64_t>::min());
    EXPECT_EQ(build(":+7\r\n").root().integer(), 7);
    EXPECT_EQ(build("#t\r\n").root().integer(), 1);
    EXPECT_EQ(build("#f\r\n").root().integer(), 0);
    EXPECT_EQ(build("$2\r\n42\r\n").root().integer(), 0);
    EXPECT_EQ(build("*1\r\n:42\r\n").root().integer(), 0);
}

TEST(reply, walks_over_children_and_not_over_grandchildren) {
    const reply whole = build("*4\r\n+a\r\n*2\r\n+x\r\n*1\r\n+y\r\n*0\r\n+b\r\n");
    EXPECT_EQ(whole.root().size(), 4U);
    EXPECT_EQ(texts_of_children(whole.root()), (std::vector<std::string>{"a", "", "", "b"}));
    EXPECT_EQ(texts_of_children(whole.root()[1]), (std::vector<std::string>{"x", ""}));
    EXPECT_EQ(whole.root()[1][1][0].text(), "y");
    EXPECT_EQ(whole.root()[2].size(), 0U);
    EXPECT_EQ(whole.root()[2].begin(), whole.root()[2].end());
    EXPECT_EQ(whole.root()[3].text(), "b");
}

TEST(reply, gives_a_null_for_a_child_that_is_not_there) {
    const reply whole = build("*2\r\n+a\r\n*1\r\n+x\r\n");
    EXPECT_TRUE(whole.root()[2].is_null());
    EXPECT_TRUE(whole.root()[1][1].is_null());
    EXPECT_TRUE(whole.root()[0][0].is_null());
    EXPECT_TRUE(whole.root()[7][7].is_null());
}

TEST(reply, counts_keys_and_values_of_a_map) {
    const reply whole = build("%2\r\n+proto\r\n:3\r\n+modules\r\n*0\r\n");
    EXPECT_EQ(whole.root().type(), reply_type::map);
    EXPECT_TRUE(whole.root().is_aggregate());
    EXPECT_EQ(whole.root().size(), 4U);
    EXPECT_EQ(whole.root()[1].integer(), 3);
}

TEST(reply, can_be_copied) {
    const reply copy = [] {
        const reply original = build("*2\r\n+a\r\n+b\r\n");
        return reply(original);
    }();
    EXPECT_EQ(texts_of_children(copy.root()), (std::vector<std::string>{"a", "b"}));
}

TEST(reply_builder, can_be_used_again_after_take) {
    resp::reader reader;
    reply_builder builder;
    std::string_view input = "*1\r\n+a\r\n+b\r\n";
    builder.begin();
    while (!builder.on_event(reader.next(input))) {
    }
    const reply first = builder.take();
    builder.begin();
    while (!builder.on_event(reader.next(input))) {
    }
    EXPECT_EQ(builder.take().root().text(), "b");
    EXPECT_EQ(texts_of_children(first.root()), std::vector<std::string>{"a"});
}

TEST(reply_builder, forgets_an_unfinished_reply_at_begin) {
    resp::reader reader;
    reply_builder builder;
    std::string_view input = "*3\r\n+a\r\n";
    builder.begin();
    EXPECT_FALSE(builder.on_event(reader.next(input)));
    EXPECT_FALSE(builder.on_event(reader.next(input)));
    EXPECT_FALSE(builder.on_event(reader.next(input))); // need_more

    reader.reset();
    builder.begin();
    input = "+b\r\n";
    EXPECT_TRUE(builder.on_event(reader.next(input)));
    EXPECT_EQ(builder.take().root().text(), "b");
}

TEST(reply_builder, lets_a_long_string_be_received_in_place) {
    resp::limits bounds;
    bounds.stream_bytes_min = 8;
    resp::reader reader(bounds);
    reply_builder builder;
    builder.begin();
    std::string_view input = "*3\r\n+a\r\n$10\r\n01234";
    ASSERT_FALSE(builder.on_event(reader.next(input)));
    ASSERT_FALSE(builder.on_event(reader.next(input)));
    const resp::event announced = reader.next(input);
    ASSERT_EQ(announced.kind, resp::event_kind::bulk_start);
    ASSERT_FALSE(builder.on_event(announced));
    reader.receive_into(builder.place(announced.size));
    ASSERT_FALSE(builder.on_event(reader.next(input)));

    const std::span<char> wanted = reader.wanted();
    ASSERT_EQ(wanted.size(), 5U);
    std::memcpy(wanted.data(), "56789", 5);
    reader.received(5);
    input = "\r\n+b\r\n";
    EXPECT_FALSE(builder.on_event(reader.next(input)));
    EXPECT_TRUE(builder.on_event(reader.next(input)));
    const reply whole = builder.take();
    EXPECT_EQ(texts_of_children(whole.root()), (std::vector<std::string>{"a", "0123456789", "b"}));
}

TEST(reply_builder, copies_a_string_that_was_not_received_in_its_place) {
    resp::reader reader;
    reply_builder builder;
    builder.begin();
    std::memset(builder.place(2), '?', 2); // for a push that never reached this builder
    std::string_view input = "$2\r\nab\r\n";
    EXPECT_TRUE(builder.on_event(reader.next(input)));
    EXPECT_EQ(builder.take().root().text(), "ab");
}

} // namespace
} // namespace entrada
