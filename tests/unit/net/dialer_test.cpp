// Room: net. What a connection has set before its first byte, asked from the kernel and from a TLS server on loopback.
#include "net/dialer.hpp"
#include "support/http_server.hpp"
#include "support/self_signed.hpp"

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/use_future.hpp>
#include <gtest/gtest.h>

#include <netinet/tcp.h>

namespace entrada::net {
namespace {

using namespace std::chrono_literals;
using test::http_connection;
using test::http_server;

result<std::unique_ptr<stream>> dialled(const dial_target& target) {
    boost::asio::io_context loop;
    auto done = boost::asio::co_spawn(loop, dial(target, std::chrono::steady_clock::now() + 5s), boost::asio::use_future);
    loop.run();
    return done.get();
}

int option(const stream& of, int level, int name) {
    int value = -1;
    socklen_t size = sizeof value;
    EXPECT_EQ(::getsockopt(of.native_handle(), level, name, &value, &size), 0);
    return value;
}

TEST(dialer, sockets_send_at_once_and_find_out_in_seconds_that_the_other_side_is_dead) {
    const http_server server([](http_connection& one) { one.wait_for_close(); });
    dial_target target;
    target.host = "127.0.0.1";
    target.port = server.port();
    target.user_timeout = 1234ms;
    const auto made = dialled(target);
    ASSERT_TRUE(made) << made.error().to_string();
    EXPECT_EQ(option(**made, IPPROTO_TCP, TCP_NODELAY), 1);
    EXPECT_EQ(option(**made, SOL_SOCKET, SO_KEEPALIVE), 1);
    EXPECT_EQ(option(**made, IPPROTO_TCP, TCP_KEEPIDLE), 15);
    EXPECT_EQ(option(**made, IPPROTO_TCP, TCP_KEEPINTVL), 5);
    EXPECT_EQ(option(**made, IPPROTO_TCP, TCP_KEEPCNT), 3);
    EXPECT_EQ(option(**made, IPPROTO_TCP, TCP_USER_TIMEOUT), 1234);
}

/// The name that a client asked for, as a server sees it.
int remember_name(SSL* session, int*, void* into) {
    const char* name = SSL_get_servername(session, TLSEXT_NAMETYPE_host_name);
    *static_cast<std::string*>(into) = name == nullptr ? "" : name;
    return SSL_TLSEXT_ERR_OK;
}

TEST(dialer, tls_says_the_name_it_will_check_and_not_the_address_it_connects_to) {
    const test::self_signed certificate("cache.example");
    const auto context = certificate.server();
    std::string asked_for = "nothing";
    SSL_CTX_set_tlsext_servername_callback(context.get(), remember_name);
    SSL_CTX_set_tlsext_servername_arg(context.get(), &asked_for);
    dial_target target;
    target.host = "127.0.0.1";
    target.tls = tls_context::make(certificate.file()).value();
    for (const bool right : {true, false}) {
        const http_server server([](http_connection& one) { one.wait_for_close(); }, context.get());
        target.port = server.port();
        target.server_name = right ? "cache.example" : "other.example";
        const auto made = dialled(target);
        EXPECT_EQ(made.has_value(), right);
        EXPECT_EQ(asked_for, target.server_name);
        if (made) {
            EXPECT_EQ(option(**made, IPPROTO_TCP, TCP_NODELAY), 1);
        } else {
            EXPECT_EQ(made.error().code(), errc::tls_failed) << made.error().to_string();
        }
    }
}

} // namespace
} // namespace entrada::net
