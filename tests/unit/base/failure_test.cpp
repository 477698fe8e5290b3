#include "entrada/result.hpp"

#include <gtest/gtest.h>

namespace entrada {
namespace {

TEST(failure, carries_code_and_detail_into_the_exception) {
    const result<int> failed{failure(errc::timeout, "GET after 5 s")};
    ASSERT_FALSE(failed.has_value());
    try {
        (void)failed.value();
        FAIL() << "value() did not throw";
    } catch (const failure_error& error) {
        EXPECT_EQ(error.code(), errc::timeout);
        EXPECT_STREQ(error.what(), "deadline passed: GET after 5 s");
    }
}

TEST(failure, a_result_takes_values_that_are_not_failures) {
    const result<int> seven = 7;
    EXPECT_EQ(seven.value(), 7);
    const result<void> done;
    EXPECT_TRUE(done.has_value());
}

struct answer_status : failure_facts {
    int status = 429;
};

TEST(failure, carries_facts_for_programs_through_copies_and_exceptions) {
    const failure plain(errc::credential_failed, "refused");
    EXPECT_EQ(plain.facts(), nullptr);
    const failure_error thrown(plain.with_facts(std::make_shared<answer_status>()));
    const auto* facts = dynamic_cast<const answer_status*>(thrown.cause().facts().get());
    ASSERT_NE(facts, nullptr);
    EXPECT_EQ(facts->status, 429);
    EXPECT_EQ(thrown.cause().detail(), "refused");
}

TEST(escape_untrusted, hides_control_bytes_and_cuts) {
    EXPECT_EQ(escape_untrusted("a\r\nb\x1b[0m"), "a\\x0d\\x0ab\\x1b[0m");
    EXPECT_EQ(escape_untrusted("abcdef", 3), "abc...");
}

} // namespace
} // namespace entrada
