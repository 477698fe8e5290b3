#include "net/dialer.hpp"

#include "net/resolver.hpp"
#include "net/socket_stream.hpp"
#include "net/tls_stream.hpp"

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/experimental/awaitable_operators.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>
#include <sys/un.h>

namespace entrada::net {
namespace asio = boost::asio;
using wait_type = asio::posix::stream_descriptor::wait_type;
using time_point = std::chrono::steady_clock::time_point;
namespace {

// With 15 s to the first probe and 3 probes 5 s apart, a silent path is known dead after 30 s even with nothing to send.
constexpr int keepalive_idle_seconds = 15;
constexpr int keepalive_interval_seconds = 5;
constexpr int keepalive_probes = 3;

void set_option(int fd, int level, int name, int value) { (void)::setsockopt(fd, level, name, &value, sizeof value); }

void tune_tcp(int fd, std::chrono::milliseconds user_timeout) {
    set_option(fd, IPPROTO_TCP, TCP_NODELAY, 1);
    set_option(fd, SOL_SOCKET, SO_KEEPALIVE, 1);
    set_option(fd, IPPROTO_TCP, TCP_KEEPIDLE, keepalive_idle_seconds);
    set_option(fd, IPPROTO_TCP, TCP_KEEPINTVL, keepalive_interval_seconds);
    set_option(fd, IPPROTO_TCP, TCP_KEEPCNT, keepalive_probes);
    set_option(fd, IPPROTO_TCP, TCP_USER_TIMEOUT, static_cast<int>(user_timeout.count()));
}

asio::awaitable<result<unique_fd>> connect_to(const sockaddr* where, socklen_t size, std::string name, time_point deadline) {
    unique_fd fd(::socket(where->sa_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0));
    if (fd.get() < 0) co_return failure(errc::connect_failed, name + ": no socket: " + std::strerror(errno));
    int error = ::connect(fd.get(), where, size) == 0 ? 0 : errno;
    if (error == EINPROGRESS) {
        if (!co_await wait_ready(fd.get(), wait_type::wait_write, deadline))
            co_return failure(errc::timeout, name + ": no answer");
        socklen_t length = sizeof error;
        ::getsockopt(fd.get(), SOL_SOCKET, SO_ERROR, &error, &length);
    }
    if (error != 0) co_return failure(errc::connect_failed, name + ": " + std::strerror(error));
    co_return fd;
}

asio::awaitable<result<unique_fd>> connect_unix(const std::string& path, time_point deadline) {
    sockaddr_un where{};
    where.sun_family = AF_UNIX;
    if (path.size() >= sizeof where.sun_path)
        co_return failure(errc::connect_failed, "the path of the unix socket is longer than 107 bytes: " + path);
    std::memcpy(where.sun_path, path.c_str(), path.size() + 1);
    auto connected = co_await connect_to(reinterpret_cast<const sockaddr*>(&where), sizeof where, path, deadline);
    co_return connected;
}

asio::awaitable<result<unique_fd>> connect_tcp(const dial_target& target, time_point deadline) {
    auto addresses = co_await resolve(target.host, target.port, deadline);
    if (!addresses) co_return addresses.error();
    std::string tried;
    errc code = errc::connect_failed;
    for (std::size_t i = 0; i < addresses->size(); ++i) {
        const address& one = (*addresses)[i];
        // A silent address must leave time for the others.
        const auto now = std::chrono::steady_clock::now();
        const auto share = (deadline - now) / static_cast<int>(addresses->size() - i);
        auto connected =
            co_await connect_to(reinterpret_cast<const sockaddr*>(&one.storage), one.size, one.to_string(), now + share);
        if (connected) {
            tune_tcp(connected->get(), target.user_timeout);
            co_return connected;
        }
        tried += (tried.empty() ? "" : "; ") + connected.error().detail();
        code = connected.error().code() == errc::timeout ? errc::timeout : errc::connect_failed;
    }
    co_return failure(code, "'" + target.host + "': " + tried);
}

asio::awaitable<result<std::unique_ptr<stream>>> start_tls(unique_fd fd, const dial_target& target, time_point deadline) {
    auto secured = std::make_unique<tls_stream>(std::move(fd), target.tls, target.server_name);
    for (;;) {
        const io_result step = secured->handshake();
        if (step.status == io_status::done) co_return std::unique_ptr<stream>(std::move(secured));
        // A certificate or a version that does not fit will not fit the next time; a connection that breaks may.
        const bool broken =
            step.status == io_status::closed || (step.status == io_status::failed && step.error != errc::tls_failed);
        if (broken || step.status == io_status::failed)
            co_return failure(broken ? errc::connect_failed : errc::tls_failed,
                              "'" + target.host + "': " + secured->handshake_problem());
        const auto what = step.status == io_status::want_read ? wait_type::wait_read : wait_type::wait_write;
        const bool ready = co_await wait_ready(secured->native_handle(), what, deadline);
        if (!ready)
            co_return failure(errc::timeout, "'" + target.host + "': TLS handshake not finished in time; is this a TLS port?");
    }
}

} // namespace

asio::awaitable<bool> wait_ready(int fd, wait_type what, time_point deadline) {
    using asio::experimental::awaitable_operators::operator||;
    const auto executor = co_await asio::this_coro::executor;
    asio::posix::stream_descriptor descriptor(executor, fd);
    struct release {
        asio::posix::stream_descriptor& descriptor;
        ~release() { descriptor.release(); }
    } const guard{descriptor};
    asio::steady_timer timer(executor, deadline);
    const auto first = co_await (descriptor.async_wait(what, asio::as_tuple(asio::use_awaitable))
                                 || timer.async_wait(asio::as_tuple(asio::use_awaitable)));
    co_return first.index() == 0;
}

asio::awaitable<result<std::unique_ptr<stream>>> dial(const dial_target& target, time_point deadline) {
    if (!target.unix_socket.empty()) {
        auto connected = co_await connect_unix(target.unix_socket, deadline);
        if (!connected) co_return connected.error();
        co_return std::unique_ptr<stream>(std::make_unique<socket_stream>(std::move(*connected)));
    }
    auto connected = co_await connect_tcp(target, deadline);
    if (!connected) co_return connected.error();
    if (!target.tls) co_return std::unique_ptr<stream>(std::make_unique<socket_stream>(std::move(*connected)));
    auto secured = co_await start_tls(std::move(*connected), target, deadline);
    co_return secured;
}

} // namespace entrada::net
