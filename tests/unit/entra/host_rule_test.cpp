// Room: entra.
#include "entra/host_rule.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace entrada::entra {
namespace {

using testing::HasSubstr;

peer verified(std::string host) { return {.host = std::move(host), .verified = true, .local = false}; }

TEST(host_rule, lets_tokens_go_to_names_of_azure) {
    for (const char* host :
         {"c.redis.cache.windows.net", "c.geo.redis.cache.windows.net", "c.westeurope.redis.azure.net",
          "C.WestEurope.Redis.Azure.NET", "c.westeurope.redis.azure.net.", "c.region.redisenterprise.cache.azure.net",
          "c.redis.cache.usgovcloudapi.net", "c.redis.usgovcloudapi.net", "c.redis.cache.chinacloudapi.cn",
          "c.redis.chinacloudapi.cn", "c.redis.sovcloud-api.de", "c.redis.cache.sovcloud-api.fr"})
        EXPECT_FALSE(refuse_host(verified(host), {})) << host;
}

TEST(host_rule, keeps_tokens_from_all_others) {
    for (const char* host :
         {"", ".", "localhost", "127.0.0.1", "redis.azure.net", ".redis.azure.net", "evilredis.azure.net",
          "c.redis.azure.net.evil.example", "c.redis.azure.com", "evil.example/.redis.azure.net", "evil.example#.redis.azure.net",
          "evil.example .redis.azure.net", "evil.example@x.redis.azure.net"}) {
        const auto refused = refuse_host(verified(host), {});
        ASSERT_TRUE(refused) << host;
        EXPECT_EQ(refused->code(), errc::token_host_refused);
        EXPECT_THAT(refused->detail(), HasSubstr("Redis:AllowedHosts"));
    }
    EXPECT_TRUE(refuse_host(verified(std::string("evil.example\0.redis.azure.net", 29)), {}));
}

TEST(host_rule, lets_tokens_go_to_hosts_the_user_named_exactly) {
    const std::vector<std::string> allowed{"", "Cache.Example", "localhost"};
    for (const char* host : {"cache.example", "CACHE.EXAMPLE", "cache.example.", "localhost"})
        EXPECT_FALSE(refuse_host(verified(host), allowed)) << host;
    for (const char* host : {"", "a.cache.example", "cache.example.evil", "cache", "127.0.0.1"})
        EXPECT_TRUE(refuse_host(verified(host), allowed)) << host;
}

TEST(host_rule, needs_verified_tls_even_for_azure_and_named_hosts) {
    for (const char* host : {"c.redis.azure.net", "cache.example"}) {
        const auto refused = refuse_host({.host = host, .verified = false, .local = false}, {"cache.example"});
        ASSERT_TRUE(refused);
        EXPECT_EQ(refused->code(), errc::token_host_refused);
        EXPECT_THAT(refused->detail(), HasSubstr("TLS"));
    }
    const auto socket = refuse_host({.host = "cache.example", .verified = true, .local = true}, {"cache.example"});
    ASSERT_TRUE(socket);
    EXPECT_THAT(socket->detail(), HasSubstr("unix socket"));
}

TEST(host_rule, quotes_hosts_harmlessly) {
    EXPECT_THAT(refuse_host(verified("a\x1b[31m"), {})->detail(), HasSubstr("a\\x1b[31m"));
}

} // namespace
} // namespace entrada::entra
