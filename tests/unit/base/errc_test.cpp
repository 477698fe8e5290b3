// Codes: texts and the questions about them.
// Room: tests of base.
#include "entrada/errc.hpp"

#include <boost/system/errc.hpp>
#include <gtest/gtest.h>

#include <set>

namespace entrada {
namespace {

constexpr int last = static_cast<int>(errc::value_unreadable);

std::string text_of(int value) { return boost::system::error_code(value, entrada_category()).message(); }

TEST(error_codes, have_a_text_each_and_no_two_the_same) {
    std::set<std::string> texts;
    for (int value = 1; value <= last; ++value) {
        EXPECT_NE(text_of(value), text_of(0)) << "code " << value << " has no text";
        EXPECT_TRUE(texts.insert(text_of(value)).second) << "two codes say " << text_of(value);
    }
}

TEST(error_codes, end_where_this_test_thinks) {
    EXPECT_EQ(text_of(last + 1), "unknown error");
    EXPECT_EQ(text_of(0), "unknown error");
}

TEST(error_codes, have_texts_that_fit_into_a_log_line) {
    for (int value = 1; value <= last; ++value) {
        EXPECT_LT(text_of(value).size(), 60U);
        EXPECT_EQ(text_of(value).find_first_of("\r\n"), std::string::npos);
    }
}

TEST(error_codes, give_the_same_text_without_allocation) {
    char buffer[8];
    for (int value = 1; value <= last; ++value)
        EXPECT_EQ(entrada_category().message(value, buffer, sizeof buffer), text_of(value));
}

TEST(error_codes, are_made_from_the_enum) {
    const boost::system::error_code code = errc::timeout;
    EXPECT_EQ(code, errc::timeout);
    EXPECT_NE(code, errc::cancelled);
    EXPECT_EQ(&code.category(), &entrada_category());
    EXPECT_STREQ(code.category().name(), "entrada");
    EXPECT_TRUE(code.failed());
}

// That nothing ran and that it may have run exclude each other: a caller that repeats on the one must not do so on the other.
TEST(questions_about_codes, do_not_contradict_each_other) {
    for (int value = 1; value <= last; ++value) {
        const boost::system::error_code code(value, entrada_category());
        EXPECT_FALSE(is_retryable(code) && may_have_run(code)) << code.message();
    }
}

TEST(questions_about_codes, are_answered_for_the_codes_callers_meet) {
    EXPECT_TRUE(is_retryable(errc::not_connected));
    EXPECT_TRUE(is_retryable(errc::server_loading));
    EXPECT_FALSE(is_retryable(errc::connection_lost));
    EXPECT_FALSE(is_retryable(errc::wrong_type));
    EXPECT_TRUE(may_have_run(errc::connection_lost));
    EXPECT_TRUE(may_have_run(errc::timeout));
    EXPECT_FALSE(may_have_run(errc::backlog_full));
    EXPECT_TRUE(is_auth(errc::wrong_pass));
    EXPECT_TRUE(is_auth(errc::token_unavailable));
    EXPECT_FALSE(is_auth(errc::timeout));
}

TEST(questions_about_codes, are_no_for_codes_of_others) {
    const boost::system::error_code other(static_cast<int>(errc::not_connected), boost::system::generic_category());
    EXPECT_FALSE(is_retryable(other));
    EXPECT_FALSE(may_have_run(other));
    EXPECT_FALSE(is_auth(other));
}

} // namespace
} // namespace entrada
