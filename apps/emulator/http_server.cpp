// The only file that knows Beast.
// Room: emulator.
#include "emulator/http_server.hpp"

#include "emulator/loopback.hpp"

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/awaitable.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/ssl/context.hpp>
#include <boost/asio/ssl/stream.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/core/tcp_stream.hpp>
#include <boost/beast/http.hpp>

#include <exception>
#include <utility>

namespace entrada::emulator {
namespace {

namespace asio = boost::asio;
namespace beast = boost::beast;
namespace http = boost::beast::http;
using asio::ip::tcp;

constexpr auto step = asio::as_tuple(asio::use_awaitable);

using raw_request = http::request<http::string_body>;
using raw_response = http::response<http::string_body>;

std::optional<http_request> to_request(raw_request& raw) {
    auto request = http_request::from_target(raw.method_string(), raw.target());
    if (!request) return std::nullopt;
    for (const auto& field : raw) request->headers.emplace_back(field.name_string(), field.value());
    request->body = std::move(raw.body());
    return request;
}

raw_response to_raw(http_response answer, const raw_request& asked) {
    raw_response raw(static_cast<http::status>(answer.status), asked.version());
    for (const auto& [name, value] : answer.headers) raw.insert(name, value);
    raw.body() = std::move(answer.body);
    raw.keep_alive(asked.keep_alive());
    raw.prepare_payload();
    return raw;
}

/// The length in the header stays that of the whole.
void cut_in_the_middle(raw_response& answer) { answer.body().resize(answer.body().size() / 2); }

http_response answer_to(raw_request& raw, const http_handler& handler) {
    const auto request = to_request(raw);
    if (!request)
        return http_response::json(400, {{"error", "invalid_request"}, {"error_description", "malformed request target"}});
    return handler(*request);
}

} // namespace

struct http_server::state {
    std::vector<tcp::acceptor> listeners;
    asio::ssl::context* tls;
    http_handler handler;
    http_limits limits;
    bool open = true;
    std::size_t connections = 0;
};

namespace {

template <class Executor>
asio::awaitable<void> wait_for(Executor executor, std::chrono::milliseconds time) {
    asio::steady_timer timer(executor, time);
    const auto [ec] = co_await timer.async_wait(step);
    (void)ec;
}

/// Until the client closes the connection, or says something more.
template <class Stream>
asio::awaitable<void> wait_for_end(Stream& stream) {
    char byte = 0;
    beast::get_lowest_layer(stream).expires_never();
    const auto [ec, size] = co_await stream.async_read_some(asio::buffer(&byte, 1), step);
    (void)ec;
    (void)size;
}

template <class Stream, class State>
asio::awaitable<void> serve_requests(Stream& stream, State& server) {
    beast::flat_buffer buffer(server.limits.header_bytes_max + server.limits.body_bytes_max);
    for (;;) {
        http::request_parser<http::string_body> parser;
        parser.header_limit(server.limits.header_bytes_max);
        parser.body_limit(server.limits.body_bytes_max);
        beast::get_lowest_layer(stream).expires_after(server.limits.idle_max);
        const auto [read_error, read_size] = co_await http::async_read(stream, buffer, parser, step);
        if (read_error) co_return;
        raw_request raw = parser.release();
        http_response answer = answer_to(raw, server.handler);
        if (answer.delay.count() > 0) co_await wait_for(stream.get_executor(), answer.delay);
        if (answer.how == delivery::hang) co_await wait_for_end(stream);
        if (answer.how == delivery::hang || answer.how == delivery::drop) co_return;
        const bool cut = answer.how == delivery::cut;
        raw_response out = to_raw(std::move(answer), raw);
        if (cut) cut_in_the_middle(out);
        beast::get_lowest_layer(stream).expires_after(server.limits.idle_max);
        const auto [write_error, write_size] = co_await http::async_write(stream, out, step);
        if (write_error || cut || !out.keep_alive()) co_return;
    }
}

template <class State>
asio::awaitable<void> serve_plain(tcp::socket socket, State& server) {
    beast::tcp_stream stream(std::move(socket));
    co_await serve_requests(stream, server);
}

template <class State>
asio::awaitable<void> serve_tls(tcp::socket socket, State& server) {
    asio::ssl::stream<beast::tcp_stream> stream(beast::tcp_stream(std::move(socket)), *server.tls);
    beast::get_lowest_layer(stream).expires_after(server.limits.idle_max);
    const auto [handshake_error] = co_await stream.async_handshake(asio::ssl::stream_base::server, step);
    if (handshake_error) co_return;
    co_await serve_requests(stream, server);
    beast::get_lowest_layer(stream).expires_after(server.limits.idle_max);
    const auto [shutdown_error] = co_await stream.async_shutdown(step);
    (void)shutdown_error; // the peer may be gone already
}

template <class State>
asio::awaitable<void> serve_connection(tcp::socket socket, std::shared_ptr<State> server) {
    try { // one connection's trouble, such as no memory, must not end the others
        if (server->tls == nullptr) {
            co_await serve_plain(std::move(socket), *server);
        } else {
            co_await serve_tls(std::move(socket), *server);
        }
    } catch (const std::exception&) {
        // Nothing is left to tell the client.
    }
    --server->connections;
}

template <class State>
asio::awaitable<void> accept_connections(tcp::acceptor& listener, std::shared_ptr<State> server) {
    for (;;) {
        auto [ec, socket] = co_await listener.async_accept(step);
        if (ec == asio::error::operation_aborted || ec == asio::error::bad_descriptor) co_return;
        if (ec) {
            // Out of descriptors, most likely: the connections there are must end first.
            asio::steady_timer pause(listener.get_executor(), std::chrono::milliseconds(50));
            const auto [ignored] = co_await pause.async_wait(step);
            (void)ignored;
            continue;
        }
        if (server->connections >= server->limits.connections_max) continue;
        ++server->connections;
        const auto executor = socket.get_executor();
        asio::co_spawn(executor, serve_connection(std::move(socket), server), asio::detached);
    }
}

} // namespace

http_server::http_server(std::vector<tcp::acceptor> listeners, asio::ssl::context* tls, http_handler handler, http_limits limits)
    : state_(std::make_shared<state>(state{std::move(listeners), tls, std::move(handler), limits, true, 0})) {
    for (tcp::acceptor& listener : state_->listeners)
        asio::co_spawn(listener.get_executor(), accept_connections(listener, state_), asio::detached);
}

http_server::~http_server() = default;

void http_server::set_open(bool open) {
    if (open == state_->open) return;
    state_->open = open;
    for (tcp::acceptor& listener : state_->listeners) {
        if (open) {
            start_listening(listener);
            asio::co_spawn(listener.get_executor(), accept_connections(listener, state_), asio::detached);
        } else {
            stop_listening(listener);
        }
    }
}

} // namespace entrada::emulator
