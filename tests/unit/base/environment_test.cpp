// Room: base.
#include "entrada/environment.hpp"

#include <gtest/gtest.h>

#include <cstdlib>

namespace entrada {
namespace {

TEST(environment, holds_what_the_process_was_started_with) {
    const environment variables = process_environment();
    const char* path = std::getenv("PATH");
    ASSERT_NE(path, nullptr);
    EXPECT_EQ(variable(variables, "PATH"), path);
}

TEST(environment, keeps_an_equals_sign_in_a_value) {
    ASSERT_EQ(setenv("ENTRADA_TEST_VARIABLE", "a=b", 1), 0);
    const environment variables = process_environment();
    unsetenv("ENTRADA_TEST_VARIABLE");
    EXPECT_EQ(variable(variables, "ENTRADA_TEST_VARIABLE"), "a=b");
}

TEST(environment, answers_an_empty_view_for_what_is_not_set) {
    EXPECT_TRUE(variable(environment{{"SET_BUT_EMPTY", ""}}, "SET_BUT_EMPTY").empty());
    EXPECT_TRUE(variable(environment{}, "NOT_SET").empty());
}

} // namespace
} // namespace entrada
