// Names that nobody needs to be asked about.
#include "net/resolver.hpp"

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/use_future.hpp>
#include <gtest/gtest.h>

namespace entrada::net {
namespace {

std::vector<std::string> addresses_of(const std::string& host) {
    boost::asio::io_context io;
    const auto deadline = std::chrono::steady_clock::now() + std::chrono::seconds(20);
    auto outcome = boost::asio::co_spawn(io, resolve(host, 6379, deadline), boost::asio::use_future);
    io.run();
    std::vector<std::string> texts;
    const auto found = outcome.get();
    EXPECT_TRUE(found) << host << ": " << found.error().to_string();
    if (found)
        for (const address& one : *found) texts.push_back(one.to_string());
    return texts;
}

// RFC 6761, 6.3. A bare system has no /etc/hosts, and no system has these in it.
TEST(resolver, localhost_and_names_below_it_are_loopback_without_a_hosts_file) {
    for (const char* host : {"localhost", "LocalHost", "localhost.", "cache.localhost", "a.b.LOCALHOST."}) {
        const auto found = addresses_of(host);
        ASSERT_FALSE(found.empty()) << host;
        for (const std::string& one : found) EXPECT_TRUE(one == "127.0.0.1:6379" || one == "[::1]:6379") << host << " is " << one;
    }
}

TEST(resolver, addresses_are_taken_as_they_are) {
    EXPECT_EQ(addresses_of("192.0.2.7"), std::vector<std::string>{"192.0.2.7:6379"});
    EXPECT_EQ(addresses_of("2001:db8::1"), std::vector<std::string>{"[2001:db8::1]:6379"});
}

} // namespace
} // namespace entrada::net
