// Room: config. Where the token manager that settings make lets a token go.
#include "entrada/settings.hpp"
#include "entrada/static_token_credential.hpp"

#include <gtest/gtest.h>

namespace entrada {
namespace {

bool may_get_a_token(const std::string& configured, const std::string& host,
                     std::vector<std::string> allowed = {"cache.example"}) {
    settings made;
    made.host = configured;
    made.allowed_hosts = std::move(allowed);
    const auto manager = made.make_token_manager(std::make_shared<static_token_credential>(access_token{}));
    const auto answer = manager->current({.host = host, .verified = true, .local = false});
    return answer.has_value() || answer.error().code() != errc::token_host_refused;
}

TEST(settings_tokens, go_to_loopback_only_where_it_is_allowed_by_name) {
    EXPECT_FALSE(may_get_a_token("localhost", "localhost"));
    EXPECT_FALSE(may_get_a_token("127.0.0.1", "127.0.0.1"));
    EXPECT_TRUE(may_get_a_token("localhost", "localhost", {"localhost"}));
    EXPECT_FALSE(may_get_a_token("localhost", "127.0.0.1", {"localhost"}));
    EXPECT_FALSE(may_get_a_token("c.region.redis.azure.net", "localhost"));
    EXPECT_FALSE(may_get_a_token("localhost", "127.0.0.1"));
}

TEST(settings_tokens, go_to_no_other_host_because_settings_name_it) {
    EXPECT_FALSE(may_get_a_token("redis.example", "redis.example"));
    EXPECT_TRUE(may_get_a_token("cache.example", "cache.example"));
}

} // namespace
} // namespace entrada
