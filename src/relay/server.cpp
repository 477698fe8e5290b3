// Room: relay.
#include "relay/server.hpp"

#include "relay/session.hpp"

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/use_awaitable.hpp>

#include <exception>
#include <utility>

namespace entrada::relay {

namespace asio = boost::asio;
using asio::ip::tcp;

struct server::state {
    std::vector<tcp::acceptor> listeners;
    asio::ssl::context& tls;
    server_options options;
    server_counters counters;

    static asio::awaitable<void> accept(tcp::acceptor& listener, std::shared_ptr<state> self);
    static asio::awaitable<void> serve(tcp::socket socket, std::shared_ptr<state> self);
};

server::server(std::vector<tcp::acceptor> listeners, asio::ssl::context& tls, server_options options)
    : state_(std::make_shared<state>(state{std::move(listeners), tls, std::move(options), {}})) {
    for (tcp::acceptor& listener : state_->listeners)
        asio::co_spawn(listener.get_executor(), state::accept(listener, state_), asio::detached);
}

server::~server() = default;

const server_counters& server::counters() const noexcept { return state_->counters; }

asio::awaitable<void> server::state::accept(tcp::acceptor& listener, std::shared_ptr<state> self) {
    constexpr auto step = asio::as_tuple(asio::use_awaitable);
    for (;;) {
        auto [ec, socket] = co_await listener.async_accept(step);
        if (ec == asio::error::operation_aborted || ec == asio::error::bad_descriptor) co_return;
        if (ec) {
            // Out of descriptors, most likely: connections that are there must end first.
            log(self->options.log, log_level::warning, "relay", "could not accept a connection: " + ec.message());
            asio::steady_timer pause(listener.get_executor(), std::chrono::milliseconds(50));
            const auto [ignored] = co_await pause.async_wait(step);
            (void)ignored;
            continue;
        }
        ++self->counters.connections_accepted;
        if (self->counters.connections_open >= self->options.connections_max) {
            ++self->counters.turned_away;
            continue;
        }
        const auto executor = socket.get_executor();
        asio::co_spawn(executor, serve(std::move(socket), self), asio::detached);
    }
}

asio::awaitable<void> server::state::serve(tcp::socket socket, std::shared_ptr<state> self) {
    ++self->counters.connections_open;
    try { // one connection's trouble, such as no memory, must not end the others
        session one(std::move(socket), self->tls, self->options, self->counters);
        co_await one.run();
    } catch (const std::exception& error) {
        log(self->options.log, log_level::error, "relay", std::string("connection given up: ") + error.what());
    }
    --self->counters.connections_open;
}

} // namespace entrada::relay
