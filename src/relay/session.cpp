// Room: relay.
#include "relay/session.hpp"

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/experimental/awaitable_operators.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/asio/write.hpp>

#include <cstring>
#include <memory>
#include <utility>
#include <variant>
#include <vector>

namespace entrada::relay {
namespace {

namespace asio = boost::asio;
using asio::ip::tcp;
using boost::system::error_code;

constexpr auto step = asio::as_tuple(asio::use_awaitable);

// Several TLS records per system call; and a login that is not whole yet must fit, or reading would stop for ever.
constexpr std::size_t request_bytes = 96 * 1024;
static_assert(request_bytes > resp::request_limits{}.hold_bytes_max + 32);
constexpr std::size_t reply_bytes = 64 * 1024;

} // namespace

session::session(tcp::socket socket, asio::ssl::context& tls, const server_options& options, server_counters& counters)
    : client_(std::move(socket), tls), backend_(client_.get_executor()), deadline_(client_.get_executor()),
      expiry_(client_.get_executor()), options_(options), counters_(counters), filter_(options.check) {
    error_code ignored;
    (void)client_.next_layer().set_option(tcp::no_delay(true), ignored);
}

asio::awaitable<void> session::run() {
    if (!co_await open()) co_return;
    const ending reason = co_await relay_both_ways();
    if (reason == ending::expired) {
        ++counters_.cut_at_expiry;
        log(options_.log, log_level::info, "relay", "connection closed: its token has expired and no other followed");
    }
    if (reason == ending::backend_gone) co_await say_goodbye();
}

asio::awaitable<bool> session::open() {
    using asio::experimental::awaitable_operators::operator||;
    deadline_.expires_after(options_.handshake_max);
    const asio::local::stream_protocol::endpoint where(options_.backend_path);
    const auto connected = co_await (backend_.async_connect(where, step) || deadline_.async_wait(step));
    if (connected.index() != 0 || std::get<0>(std::get<0>(connected))) {
        ++counters_.backend_unreachable;
        co_return false;
    }
    const auto shaken = co_await (client_.async_handshake(asio::ssl::stream_base::server, step) || deadline_.async_wait(step));
    const bool done = shaken.index() == 0 && !std::get<0>(std::get<0>(shaken));
    if (!done) {
        ++counters_.handshakes_failed;
        const std::string cause = shaken.index() == 0 ? std::get<0>(std::get<0>(shaken)).message() : "deadline passed";
        log(options_.log, log_level::warning, "relay", "TLS handshake failed: " + cause);
    }
    co_return done;
}

asio::awaitable<session::ending> session::relay_both_ways() {
    using asio::experimental::awaitable_operators::operator||;
    expiry_.expires_at(asio::system_timer::time_point::max());
    const auto first = co_await (requests() || replies() || expiry());
    co_return std::visit([](ending reason) { return reason; }, first);
}

/// Client to backend. Never ends first: what the backend has said or will say to what was asked is for `replies` to bring home.
asio::awaitable<session::ending> session::requests() {
    co_await forward_requests();
    error_code ignored;
    (void)backend_.shutdown(asio::socket_base::shutdown_send, ignored);
    asio::steady_timer never(client_.get_executor(), asio::steady_timer::time_point::max());
    const auto [ec] = co_await never.async_wait(step);
    (void)ec;
    co_return ending::client_gone;
}

/// Until the client sends no more, or the backend takes no more.
asio::awaitable<void> session::forward_requests() {
    // Not zeroed: of an idle connection's buffer only what was used takes memory.
    const auto buffer = std::make_unique_for_overwrite<char[]>(request_bytes);
    std::vector<asio::const_buffer> out;
    std::size_t kept = 0;
    while (!filter_.broken()) {
        const auto room = asio::buffer(buffer.get() + kept, request_bytes - kept);
        const auto [read_error, read_size] = co_await client_.async_read_some(room, step);
        if (read_error) co_return;
        std::string_view input(buffer.get(), kept + read_size);
        filter_.feed(input);
        follow_login();
        out.clear();
        for (const std::string_view piece : filter_.pieces()) out.emplace_back(piece.data(), piece.size());
        const auto [write_error, write_size] = co_await asio::async_write(backend_, out, step);
        if (write_error) co_return;
        filter_.clear();
        kept = input.size();
        std::memmove(buffer.get(), input.data(), kept);
    }
}

void session::follow_login() {
    if (const auto valid_until = filter_.valid_until(); valid_until && *valid_until != expiry_.expiry())
        expiry_.expires_at(*valid_until);
}

/// Backend to client, looked at and untouched.
asio::awaitable<session::ending> session::replies() {
    const auto buffer = std::make_unique_for_overwrite<char[]>(reply_bytes);
    for (;;) {
        const auto [read_error, read_size] = co_await backend_.async_read_some(asio::buffer(buffer.get(), reply_bytes), step);
        if (read_error) co_return ending::backend_gone;
        filter_.watch_replies({buffer.get(), read_size});
        follow_login();
        const auto [write_error, write_size] = co_await asio::async_write(client_, asio::buffer(buffer.get(), read_size), step);
        if (write_error) co_return ending::client_gone;
    }
}

/// Each login moves the end, which wakes the wait up.
asio::awaitable<session::ending> session::expiry() {
    for (;;) {
        const auto [ec] = co_await expiry_.async_wait(step);
        if (!ec && expiry_.expiry() <= std::chrono::system_clock::now()) co_return ending::expired;
    }
}

asio::awaitable<void> session::say_goodbye() {
    using asio::experimental::awaitable_operators::operator||;
    deadline_.expires_after(options_.farewell_max);
    const auto done = co_await (client_.async_shutdown(step) || deadline_.async_wait(step));
    (void)done; // the client may be gone already; the socket is closed either way
}

} // namespace entrada::relay
