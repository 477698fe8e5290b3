#include "base/duration.hpp"
#include "base/hosts.hpp"
#include "base/text.hpp"

#include <gmock/gmock.h>

namespace entrada::base {
namespace {

using namespace std::chrono_literals;
using testing::ElementsAre;

TEST(text, compares_without_regard_to_case) {
    EXPECT_TRUE(equal_ignoring_case("HostName", "hostname"));
    EXPECT_FALSE(equal_ignoring_case("HostName", "hostnames"));
    EXPECT_TRUE(starts_with_ignoring_case("Redis__Port", "REDIS__"));
    EXPECT_FALSE(ends_with_ignoring_case("net", ".redis.azure.net"));
    EXPECT_FALSE(less_ignoring_case{}("A", "a"));
    EXPECT_TRUE(less_ignoring_case{}("a", "B"));
}

TEST(text, splits_and_trims_and_leaves_out_what_is_empty) {
    EXPECT_THAT(split(" a,, b ,c,", ','), ElementsAre("a", "b", "c"));
    EXPECT_THAT(split("", ','), ElementsAre());
    EXPECT_EQ(trim(" \t\r\n"), "");
}

TEST(azure_product_of, knows_every_cloud_in_any_case) {
    EXPECT_EQ(azure_product_of("mycache.westeurope.redis.azure.net"), azure_product::managed_redis);
    EXPECT_EQ(azure_product_of("MYCACHE.WESTEUROPE.REDIS.AZURE.NET."), azure_product::managed_redis);
    EXPECT_EQ(azure_product_of("mycache.eastus.redisenterprise.cache.azure.net"), azure_product::managed_redis);
    EXPECT_EQ(azure_product_of("mycache.redis.cache.windows.net"), azure_product::cache_for_redis);
    EXPECT_EQ(azure_product_of("mycache.redis.cache.usgovcloudapi.net"), azure_product::cache_for_redis);
}

TEST(azure_product_of, is_not_fooled_by_names_that_only_resemble_them) {
    EXPECT_EQ(azure_product_of(".redis.azure.net"), azure_product::none);
    EXPECT_EQ(azure_product_of("evilredis.azure.net"), azure_product::none);
    EXPECT_EQ(azure_product_of("mycache.redis.azure.net.example.com"), azure_product::none);
}

TEST(is_loopback, covers_the_name_and_both_families) {
    for (const auto* host : {"localhost", "LocalHost", "127.0.0.1", "127.8.9.1", "::1"}) EXPECT_TRUE(is_loopback(host)) << host;
    for (const auto* host : {"", "localhost.example.com", "128.0.0.1", "::2", "0.0.0.0"}) EXPECT_FALSE(is_loopback(host)) << host;
}

TEST(parse_duration, takes_units_decimals_and_bare_numbers) {
    EXPECT_EQ(parse_duration("500ms", 1s), 500ms);
    EXPECT_EQ(parse_duration("1.5s", 1ms), 1500ms);
    EXPECT_EQ(parse_duration("1.001s", 1ms), 1001ms);
    EXPECT_EQ(parse_duration(" 10 M ", 1ms), 10min);
    EXPECT_EQ(parse_duration("2h", 1ms), 2h);
    EXPECT_EQ(parse_duration("1d", 1ms), 24h);
    EXPECT_EQ(parse_duration("7", 1s), 7s);
    EXPECT_EQ(parse_duration("0", 1s), 0ms);
}

TEST(parse_duration, refuses_everything_else) {
    for (const auto* text : {"", "s", "-1s", "5 apples", "1e9s", "inf", "nan", "1s2", "999999999999999999d"})
        EXPECT_FALSE(parse_duration(text, 1s)) << text;
}

TEST(format_duration, uses_the_largest_unit_that_is_exact) {
    EXPECT_EQ(format_duration(10min), "10m");
    EXPECT_EQ(format_duration(1500ms), "1500ms");
    EXPECT_EQ(format_duration(0ms), "0ms");
    EXPECT_EQ(format_duration(48h), "2d");
}

} // namespace
} // namespace entrada::base
