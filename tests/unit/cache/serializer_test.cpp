#include "entrada/serializer.hpp"

#include <boost/describe/class.hpp>
#include <gmock/gmock.h>

#include <cmath>
#include <cstring>
#include <random>

namespace {

enum class colour { red, green = 5 };
BOOST_DESCRIBE_ENUM(colour, red, green)

enum class undescribed_value : std::uint8_t { named = 1 };
BOOST_DESCRIBE_ENUM(undescribed_value, named)

struct address {
    std::string street;
    std::optional<std::string> town;
    bool operator==(const address&) const = default;
};
BOOST_DESCRIBE_STRUCT(address, (), (street, town))

struct person {
    std::string name;
    int age = 0;
    std::vector<address> homes;
    std::map<std::string, double> marks;
    std::optional<colour> favourite;
    bool active = false;
    bool operator==(const person&) const = default;
};
BOOST_DESCRIBE_STRUCT(person, (), (name, age, homes, marks, favourite, active))

struct employee : person {
    std::uint64_t number = 0;
    bool operator==(const employee&) const = default;
};
BOOST_DESCRIBE_STRUCT(employee, (person), (number))

struct nothing {
    bool operator==(const nothing&) const = default;
};
BOOST_DESCRIBE_STRUCT(nothing, (), ())

struct tree {
    std::vector<tree> children;
    bool operator==(const tree&) const = default;
};
BOOST_DESCRIBE_STRUCT(tree, (), (children))

class account {
public:
    account() = default;
    explicit account(int balance) : balance_(balance) {}
    bool operator==(const account&) const = default;

private:
    int balance_ = 0;
    BOOST_DESCRIBE_CLASS(account, (), (), (), (balance_))
};

struct day {
    int number = 0;
    bool operator==(const day&) const = default;
};

struct calendar {
    std::vector<day> days;
    bool operator==(const calendar&) const = default;
};
BOOST_DESCRIBE_STRUCT(calendar, (), (days))

} // namespace

template <>
struct entrada::json_as<day> {
    using type = std::string;
    static std::string to(const day& value) { return "day " + std::to_string(value.number); }
    static std::optional<day> from(const std::string& text) {
        if (!text.starts_with("day ")) return std::nullopt;
        return day{std::stoi(text.substr(4))};
    }
};

namespace entrada {
namespace {

using testing::AllOf;
using testing::HasSubstr;
using testing::Not;

template <class T>
std::string written(const T& value) {
    if constexpr (std::convertible_to<decltype(serializer<T>::write(value)), std::string_view>) {
        return std::string(serializer<T>::write(value));
    } else {
        return serializer<T>::write(value).value();
    }
}

template <class T>
T read(std::string_view text) {
    return serializer<T>::read(text).value();
}

template <class T>
std::string unreadable(std::string_view text) {
    const auto outcome = serializer<T>::read(text);
    if (outcome) return "was read";
    EXPECT_EQ(outcome.error().code(), errc::value_unreadable);
    return outcome.error().detail();
}

template <class T>
void expect_round_trip(const T& value) {
    const auto text = written(value);
    EXPECT_TRUE(read<T>(text) == value) << text;
}

TEST(serializer, writes_described_structs_as_json) {
    const person ada{"Ada", 36, {{"A St", "London"}, {"B St", std::nullopt}}, {{"maths", 1.5}}, colour::green, true};
    EXPECT_EQ(written(ada), R"({"name":"Ada","age":36,"homes":[{"street":"A St","town":"London"},{"street":"B St","town":null}],)"
                            R"("marks":{"maths":1.5},"favourite":"green","active":true})");
    expect_round_trip(ada);
}

TEST(serializer, covers_bases_private_members_empty_structs_and_recursive_ones) {
    employee eve;
    eve.name = "Eve";
    eve.number = std::numeric_limits<std::uint64_t>::max();
    expect_round_trip(eve);
    expect_round_trip(account(7));
    expect_round_trip(nothing{});
    expect_round_trip(tree{{tree{}, tree{{tree{}}}}});
    expect_round_trip(calendar{{{1}, {2}}});
    EXPECT_EQ(written(calendar{{{1}}}), R"({"days":["day 1"]})");
}

TEST(serializer, keeps_strings_and_bytes_as_they_are) {
    const std::string odd("a\0\xff\r\n", 5);
    EXPECT_EQ(written(odd), odd);
    EXPECT_EQ(serializer<std::string>::read(odd).value(), odd);
    const std::vector<std::byte> bytes{std::byte{0}, std::byte{255}};
    EXPECT_EQ(written(bytes), std::string("\0\xff", 2));
    EXPECT_EQ(serializer<std::vector<std::byte>>::read(written(bytes)).value(), bytes);
}

TEST(serializer, keeps_every_integer_exactly) {
    expect_round_trip(std::numeric_limits<std::int64_t>::min());
    expect_round_trip(std::numeric_limits<std::int64_t>::max());
    expect_round_trip(std::numeric_limits<std::uint64_t>::max());
    expect_round_trip(std::int8_t{-128});
    EXPECT_EQ(written(std::uint8_t{200}), "200");
    expect_round_trip(true);
}

TEST(serializer, refuses_integers_that_do_not_fit) {
    EXPECT_THAT(unreadable<std::int8_t>("128"), HasSubstr("does not fit into 8 bits"));
    EXPECT_THAT(unreadable<std::uint32_t>("-1"), HasSubstr("does not fit into 32 bits without sign"));
    EXPECT_THAT(unreadable<std::int64_t>("9223372036854775808"), HasSubstr("does not fit"));
    EXPECT_THAT(unreadable<std::uint64_t>("18446744073709551616"), HasSubstr("expected a whole number"));
    EXPECT_THAT(unreadable<int>("1.5"), HasSubstr("expected a whole number, found a number with a fraction"));
    EXPECT_THAT(unreadable<int>("\"1\""), HasSubstr("found a text"));
}

TEST(serializer, keeps_every_double_exactly) {
    for (const double value :
         {0.1, -0.0, 1e308, 5e-324, 1.0 / 3, 123456789.123456789, 1e16, 9007199254740993.0, 2.2250738585072011e-308}) {
        const auto back = read<double>(written(value));
        EXPECT_EQ(back, value);
        EXPECT_EQ(std::signbit(back), std::signbit(value));
    }
    std::mt19937_64 random(1); // NOLINT: the same numbers in each run
    for (int i = 0; i < 20'000; ++i) {
        const auto bits = random();
        double value = 0;
        std::memcpy(&value, &bits, sizeof value);
        if (std::isfinite(value)) {
            ASSERT_EQ(read<double>(written(value)), value) << written(value);
        }
        const auto half = static_cast<std::uint32_t>(bits);
        float small = 0;
        std::memcpy(&small, &half, sizeof small);
        if (std::isfinite(small)) {
            ASSERT_EQ(read<float>(written(small)), small) << written(small);
        }
    }
    EXPECT_EQ(read<double>("7"), 7.0);
    EXPECT_EQ(read<double>("0.1000000000000000055511151231257827021181583404541015625"), 0.1);
}

TEST(serializer, refuses_numbers_json_does_not_have) {
    const auto outcome = serializer<std::vector<double>>::write({1.0, std::numeric_limits<double>::quiet_NaN()});
    ASSERT_FALSE(outcome.has_value());
    EXPECT_EQ(outcome.error().code(), errc::value_unreadable);
    EXPECT_THAT(outcome.error().detail(), AllOf(HasSubstr("at [1]"), HasSubstr("not a finite number")));
    EXPECT_THAT(unreadable<float>("1e39"), HasSubstr("out of range"));
    EXPECT_NE(unreadable<double>("1e999"), "was read");
}

TEST(serializer, escapes_what_json_wants_escaped_and_reads_all_escapes) {
    const address odd{"q\" b\\ n\n r\r t\t z" + std::string(1, '\0') + "\x1f\x7f ü € 😀", std::nullopt};
    expect_round_trip(odd);
    EXPECT_THAT(written(odd), HasSubstr(R"(q\" b\\ n\n r\r t\t z\u0000\u001f)"));
    EXPECT_EQ(read<address>(R"({"street": "\u0041\ud83d\ude00\/"})").street, "A😀/");
}

TEST(serializer, refuses_text_that_is_not_utf8) {
    for (const std::string bad :
         {"\xff", "\xc0\x80", "\xe0\x80\x80", "\xed\xa0\x80", "\xf4\x90\x80\x80", "\xf5\x80\x80\x80", "\xe2\x82", "a\x80"}) {
        const auto outcome = serializer<address>::write({bad, std::nullopt});
        ASSERT_FALSE(outcome.has_value()) << testing::PrintToString(bad);
        EXPECT_THAT(outcome.error().detail(), AllOf(HasSubstr("at .street"), HasSubstr("not UTF-8")));
    }
    EXPECT_NE(unreadable<address>("{\"street\": \"\xff\"}"), "was read");
}

TEST(serializer, skips_unknown_members_and_takes_the_last_of_two) {
    EXPECT_EQ(read<address>(R"({"more": {"street": [1, {"a": 2}]}, "street": "a", "x": null, "street": "b"})").street, "b");
}

TEST(serializer, takes_missing_members_for_empty_only_where_they_are_optional) {
    EXPECT_EQ(read<address>(R"({"street": "a"})").town, std::nullopt);
    EXPECT_THAT(unreadable<address>(R"({"town": "a"})"), HasSubstr("at .street: is missing"));
}

TEST(serializer, names_the_place_of_an_error_and_shows_no_value) {
    const auto error = unreadable<person>(
        R"({"name":"Ada","age":1,"homes":[{"street":"x"},{"street":17}],"marks":{},"favourite":null,"active":true})");
    EXPECT_THAT(error, AllOf(HasSubstr("at .homes[1].street: expected a text, found a whole number"), Not(HasSubstr("17"))));
    EXPECT_THAT((unreadable<std::map<std::string, int>>(R"({"a\n": true})")),
                HasSubstr("at .a\\x0a: expected a whole number, found a boolean"));
    EXPECT_THAT(unreadable<person>("null"), HasSubstr("expected an object, found null"));
    EXPECT_THAT(unreadable<calendar>(R"({"days": ["night"]})"), HasSubstr("at .days[0]: not of the form"));
}

TEST(serializer, refuses_what_is_not_json) {
    EXPECT_THAT(unreadable<person>("{\"name\": secret}"), AllOf(HasSubstr("not JSON at byte 9"), Not(HasSubstr("secret"))));
    EXPECT_THAT(unreadable<int>("1 2"), HasSubstr("not JSON at byte 2"));
    for (const auto* text : {"", "{", "[1,]", "// x\n1", "nul", "'a'", "+1", "01"})
        EXPECT_NE(unreadable<int>(text), "was read") << text;
}

TEST(serializer, stops_at_a_depth_that_is_safe_in_both_directions) {
    tree deep;
    for (int i = 0; i < 31; ++i) deep = tree{{deep}}; // two levels each: object and array
    expect_round_trip(deep);
    for (int i = 0; i < 10; ++i) deep = tree{{deep}};
    EXPECT_THAT(serializer<tree>::write(deep).error().detail(), HasSubstr("deeper than 64 levels"));
    EXPECT_THAT(unreadable<tree>(std::string(100'000, '[')), HasSubstr("not JSON at byte 64"));
}

TEST(serializer, reads_enumerators_by_name_and_by_number) {
    EXPECT_EQ(written(colour::red), "\"red\"");
    EXPECT_EQ(read<colour>("\"green\""), colour::green);
    EXPECT_EQ(read<colour>("5"), colour::green);
    EXPECT_THAT(unreadable<colour>("\"Green\""), HasSubstr("no enumerator"));
    EXPECT_THAT(unreadable<colour>("1"), HasSubstr("no enumerator"));
    EXPECT_THAT(unreadable<undescribed_value>("300"), HasSubstr("does not fit"));
    EXPECT_THAT(serializer<undescribed_value>::write(static_cast<undescribed_value>(9)).error().detail(),
                HasSubstr("has no name"));
}

TEST(serializer, containers_and_optionals_stand_alone_too) {
    expect_round_trip(std::vector<bool>{true, false});
    expect_round_trip(std::vector<std::vector<int>>{{1}, {}, {2, 3}});
    expect_round_trip(std::unordered_map<std::string, std::optional<int>>{{"a", 1}, {"", std::nullopt}});
    expect_round_trip(std::optional<std::string>{"x"});
    expect_round_trip(std::optional<std::string>{});
    EXPECT_EQ(written(std::map<std::string, int>{}), "{}");
}

} // namespace
} // namespace entrada
