// The relay between a TLS client and a real Redis: large values, slow readers, half-closed connections, limits.
#include "relay/server.hpp"
#include "support/programs.hpp"
#include "support/redis_server.hpp"
#include "support/test_ca.hpp"
#include "support/tls_tool.hpp"

#include <boost/asio/connect.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/read.hpp>
#include <boost/asio/ssl/context.hpp>
#include <boost/asio/ssl/stream.hpp>
#include <boost/asio/write.hpp>
#include <gtest/gtest.h>

#include <optional>
#include <thread>

#include <sys/socket.h>

namespace entrada::test {
namespace {

using namespace std::chrono_literals;
namespace asio = boost::asio;
using asio::ip::tcp;
using boost::system::error_code;

/// A relay on a thread of its own, before a Redis with one user, ann, whose token is "token".
class relay_under_test {
public:
    explicit relay_under_test(relay::server_options options = {}, std::chrono::milliseconds token_life = 1h) {
        const server_files files = ca.good();
        tls_.use_certificate_chain_file(files.certificate.string());
        tls_.use_private_key_file(files.key.string(), asio::ssl::context::pem);
        tcp::acceptor listener(loop_, {asio::ip::address_v4::loopback(), 0});
        port_ = listener.local_endpoint().port();
        if (options.backend_path.empty()) options.backend_path = redis.socket_path();
        options.check = [token_life](std::string_view, std::string_view password) -> relay::login_verdict {
            if (password != "token") return {secret_string("wrong"), {}};
            return {secret_string("inner"), std::chrono::system_clock::now() + token_life};
        };
        std::vector<tcp::acceptor> listeners;
        listeners.push_back(std::move(listener));
        server_.emplace(std::move(listeners), tls_, std::move(options));
        thread_ = std::thread([this] { loop_.run(); });
    }
    ~relay_under_test() {
        loop_.stop();
        thread_.join();
    }
    relay_under_test(const relay_under_test&) = delete;
    relay_under_test& operator=(const relay_under_test&) = delete;

    [[nodiscard]] tcp::endpoint endpoint() const { return {asio::ip::address_v4::loopback(), port_}; }

    test_ca ca;
    redis_server redis{{.tls = {}, .users = {"user ann on >inner ~* &* +@all"}, .config = {}}};

private:
    asio::io_context loop_{1};
    asio::ssl::context tls_{asio::ssl::context::tls_server};
    std::uint16_t port_ = 0;
    std::optional<relay::server> server_;
    std::thread thread_;
};

/// A blocking client that gives up after ten seconds of silence.
class client {
public:
    explicit client(const relay_under_test& relay) {
        context_.load_verify_file(relay.ca.ca_file().string());
        stream_.set_verify_mode(asio::ssl::verify_peer);
        stream_.next_layer().connect(relay.endpoint());
        const timeval limit{10, 0};
        ::setsockopt(stream_.next_layer().native_handle(), SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof limit);
        stream_.handshake(asio::ssl::stream_base::client);
    }
    void send(const std::string& bytes) { asio::write(stream_, asio::buffer(bytes)); }
    std::string read(std::size_t size) {
        std::string text(size, '\0');
        error_code ec;
        text.resize(asio::read(stream_, asio::buffer(text), ec));
        return text;
    }
    /// Everything until the server closes; `clean` says whether TLS was ended properly.
    std::string read_to_end(bool& clean) {
        std::string text;
        error_code ec;
        asio::read(stream_, asio::dynamic_buffer(text), ec);
        clean = ec == asio::error::eof;
        return text;
    }
    void log_in() {
        send(resp_command({"AUTH", "ann", "token"}));
        ASSERT_EQ(read(5), "+OK\r\n");
    }
    tcp::socket& socket() { return stream_.next_layer(); }

private:
    asio::io_context loop_{1};
    asio::ssl::context context_{asio::ssl::context::tls_client};
    asio::ssl::stream<tcp::socket> stream_{loop_, context_};
};

/// What Redis holds for clients that do not read.
std::size_t waiting_in_redis(const redis_server& redis) {
    const std::string list = run_program({"redis-cli", "-p", std::to_string(redis.port()), "client", "list"}).out;
    std::size_t most = 0;
    for (auto at = list.find(" omem="); at != std::string::npos; at = list.find(" omem=", at + 1))
        most = std::max<std::size_t>(most, std::stoull(list.substr(at + 6)));
    return most;
}

class relay_streams : public testing::Test {
protected:
    void SetUp() override { ENTRADA_NEEDS_REDIS(); }
};

TEST_F(relay_streams, large_values_pass_unharmed_in_both_directions) {
    const relay_under_test relay;
    client one(relay);
    one.log_in();
    std::string value(20'000'000, '\0');
    for (std::size_t i = 0; i < value.size(); ++i) value[i] = static_cast<char>(i * 31 + i / 251);
    one.send(resp_command({"SET", "large", value}));
    EXPECT_EQ(one.read(5), "+OK\r\n");
    one.send(resp_command({"GET", "large"}));
    EXPECT_TRUE(one.read(value.size() + 13) == "$20000000\r\n" + value + "\r\n");
}

TEST_F(relay_streams, a_client_that_does_not_read_is_not_read_for) {
    const relay_under_test relay;
    client one(relay);
    one.log_in();
    const std::string value(1'000'000, 'v');
    one.send(resp_command({"SET", "key", value}));
    EXPECT_EQ(one.read(5), "+OK\r\n");
    std::string gets;
    for (int i = 0; i < 100; ++i) gets += resp_command({"GET", "key"});
    one.send(gets);
    // Sockets and one buffer hold a few megabytes; had the relay read on, nothing would wait in Redis.
    const auto deadline = within(10s);
    while (waiting_in_redis(relay.redis) < 80'000'000) ASSERT_LT(std::chrono::steady_clock::now(), deadline);
    for (int i = 0; i < 100; ++i) ASSERT_TRUE(one.read(value.size() + 12) == "$1000000\r\n" + value + "\r\n") << i;
}

TEST_F(relay_streams, what_was_asked_before_a_half_close_is_answered) {
    const relay_under_test relay;
    client one(relay);
    std::string pings = resp_command({"AUTH", "ann", "token"});
    std::string pongs = "+OK\r\n";
    for (int i = 0; i < 100; ++i) {
        pings += resp_command({"PING"});
        pongs += "+PONG\r\n";
    }
    one.send(pings);
    one.socket().shutdown(tcp::socket::shutdown_send);
    bool clean = false;
    EXPECT_EQ(one.read_to_end(clean), pongs);
    EXPECT_TRUE(clean);
}

TEST_F(relay_streams, a_server_that_hangs_up_ends_tls_properly) {
    const relay_under_test relay;
    client one(relay);
    one.log_in();
    one.send(resp_command({"QUIT"}));
    bool clean = false;
    EXPECT_EQ(one.read_to_end(clean), "+OK\r\n");
    EXPECT_TRUE(clean);
}

TEST_F(relay_streams, the_last_words_of_a_server_arrive_though_the_client_talks_on) {
    const relay_under_test relay;
    std::string talk = resp_command({"QUIT"});
    for (int i = 0; i < 10'000; ++i) talk += resp_command({"PING"});
    for (int round = 0; round < 20; ++round) {
        client one(relay);
        one.log_in();
        try {
            one.send(talk);
        } catch (const boost::system::system_error&) {
            // Closed in the middle of it, as it should be.
        }
        ASSERT_EQ(one.read(5), "+OK\r\n") << round;
    }
}

TEST_F(relay_streams, a_killed_redis_ends_the_connection) {
    relay_under_test relay;
    client one(relay);
    one.log_in();
    relay.redis.kill();
    bool clean = false;
    EXPECT_EQ(one.read_to_end(clean), "");
}

TEST_F(relay_streams, an_expired_login_ends_the_connection_even_in_the_middle_of_traffic) {
    const relay_under_test relay({}, 200ms);
    client one(relay);
    one.log_in();
    const auto logged_in = std::chrono::steady_clock::now();
    std::string answer = "+PONG\r\n";
    while (answer == "+PONG\r\n") {
        ASSERT_LT(std::chrono::steady_clock::now(), logged_in + 10s) << "the connection outlived its login";
        try {
            one.send(resp_command({"PING"}));
            answer = one.read(7);
        } catch (const boost::system::system_error& error) { // it was closed while we wrote
            EXPECT_TRUE(error.code() == asio::error::broken_pipe || error.code() == asio::error::connection_reset)
                << error.what();
            answer.clear();
        }
    }
    EXPECT_EQ(answer, "") << "something else than a reply or the end";
    EXPECT_GT(std::chrono::steady_clock::now() - logged_in, 150ms) << "cut before its time";
}

TEST_F(relay_streams, connections_over_the_limit_are_closed_at_once) {
    const relay_under_test relay({.backend_path = {}, .check = {}, .log = {}, .connections_max = 2});
    client one(relay);
    client two(relay);
    one.log_in();
    two.log_in();
    EXPECT_THROW(client three(relay), boost::system::system_error);
    one.log_in();
}

TEST_F(relay_streams, who_does_not_finish_the_handshake_is_closed) {
    const relay_under_test relay({.backend_path = {}, .check = {}, .log = {}, .connections_max = 10, .handshake_max = 50ms});
    asio::io_context loop;
    tcp::socket socket(loop);
    socket.connect(relay.endpoint());
    char byte = 0;
    error_code ec;
    EXPECT_EQ(socket.read_some(asio::buffer(&byte, 1), ec), 0U);
    EXPECT_EQ(ec, asio::error::eof);
}

TEST_F(relay_streams, without_a_backend_connections_are_closed_at_once) {
    const relay_under_test relay({.backend_path = "/nowhere/redis.sock", .check = {}, .log = {}});
    EXPECT_THROW(client one(relay), boost::system::system_error);
}

} // namespace
} // namespace entrada::test
