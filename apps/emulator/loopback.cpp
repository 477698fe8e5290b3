// Room: emulator.
#include "emulator/loopback.hpp"

#include <boost/asio/ip/v6_only.hpp>

#include <string>
#include <utility>

namespace entrada::emulator {
namespace {

namespace asio = boost::asio;
using asio::ip::tcp;
using boost::system::error_code;

void bind_to(tcp::acceptor& acceptor, const tcp::endpoint& endpoint, error_code& ec) {
    (void)acceptor.open(endpoint.protocol(), ec);
    if (!ec && endpoint.address().is_v6()) (void)acceptor.set_option(asio::ip::v6_only(true), ec);
    if (!ec) (void)acceptor.set_option(asio::socket_base::reuse_address(true), ec);
    if (!ec) (void)acceptor.bind(endpoint, ec);
}

result<tcp::acceptor> listen(asio::io_context& loop, const tcp::endpoint& endpoint) {
    tcp::acceptor acceptor(loop);
    error_code ec;
    bind_to(acceptor, endpoint, ec);
    if (!ec) (void)acceptor.listen(asio::socket_base::max_listen_connections, ec);
    if (ec) return failure(ec, "could not listen on port " + std::to_string(endpoint.port()) + "; 0 takes any free port");
    return acceptor;
}

} // namespace

result<std::vector<tcp::acceptor>> listen_on_loopback(asio::io_context& loop, std::uint16_t port) {
    // A free port of IPv4 may be taken in IPv6; then the next one is tried.
    for (int attempt = 0;; ++attempt) {
        auto first = listen(loop, {asio::ip::address_v4::loopback(), port});
        if (!first) return first.error();
        std::vector<tcp::acceptor> listeners;
        listeners.push_back(std::move(*first));
        auto second = listen(loop, {asio::ip::address_v6::loopback(), port_of(listeners)});
        if (second) listeners.push_back(std::move(*second));
        const bool taken = !second && second.error().code() == boost::system::errc::address_in_use;
        if (!taken) return listeners;
        if (port != 0 || attempt == 20) return second.error();
    }
}

void stop_listening(tcp::acceptor& listener) {
    error_code ec;
    const auto endpoint = listener.local_endpoint(ec);
    (void)listener.close(ec);
    bind_to(listener, endpoint, ec);
}

void start_listening(tcp::acceptor& listener) {
    error_code ec;
    (void)listener.listen(asio::socket_base::max_listen_connections, ec);
}

std::uint16_t port_of(const std::vector<tcp::acceptor>& listeners) {
    error_code ec;
    return listeners.front().local_endpoint(ec).port();
}

} // namespace entrada::emulator
