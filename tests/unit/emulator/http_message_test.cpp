#include "emulator/http_message.hpp"

#include <gtest/gtest.h>

namespace entrada::emulator {
namespace {

TEST(http_message, takes_a_target_apart) {
    const auto request =
        http_request::from_target("GET", "/a%20b/c?resource=https%3A%2F%2Fredis.azure.com&x=1+2&empty=&flag").value();
    EXPECT_EQ(request.path, "/a b/c");
    EXPECT_EQ(request.parameter("resource"), "https://redis.azure.com");
    EXPECT_EQ(request.parameter("X"), "1 2");
    EXPECT_EQ(find_field(request.query, "empty"), "");
    EXPECT_EQ(find_field(request.query, "flag"), "");
    EXPECT_EQ(find_field(request.query, "missing"), std::nullopt);
}

TEST(http_message, takes_the_resource_as_dotnet_sends_it) {
    const auto request =
        http_request::from_target("GET", "/msi/token?api-version=2019-08-01&resource=https://redis.azure.com").value();
    EXPECT_EQ(request.parameter("resource"), "https://redis.azure.com");
}

TEST(http_message, refuses_broken_targets) {
    for (const char* target : {"", "a", "*", "http://host/", "/%", "/%4", "/%zz", "/a?b=%"})
        EXPECT_FALSE(http_request::from_target("GET", target).has_value()) << target;
}

TEST(http_message, reads_forms) {
    const auto form = parse_form("grant_type=client_credentials&scope=a%2F.default&assertion=abc%0A").value();
    EXPECT_EQ(find_field(form, "scope"), "a/.default");
    EXPECT_EQ(find_field(form, "assertion"), "abc\n");
    EXPECT_TRUE(parse_form("").value().empty());
    EXPECT_FALSE(parse_form("a=%f").has_value());
}

} // namespace
} // namespace entrada::emulator
