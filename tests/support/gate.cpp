#include "support/gate.hpp"

#include <algorithm>
#include <array>
#include <cerrno>
#include <list>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <stdexcept>
#include <string>
#include <sys/socket.h>
#include <unistd.h>
#include <vector>

namespace entrada::test {
namespace {

constexpr int look_up_ms = 5; // how soon a changed fault is seen when nothing moves

sockaddr_in loopback(std::uint16_t port) {
    sockaddr_in where{};
    where.sin_family = AF_INET;
    where.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    where.sin_port = htons(port);
    return where;
}

int connected_to(std::uint16_t port) {
    const int fd = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    const sockaddr_in where = loopback(port);
    if (::connect(fd, reinterpret_cast<const sockaddr*>(&where), sizeof where) == 0) return fd;
    ::close(fd);
    return -1;
}

/// Bytes on their way in one direction.
struct direction {
    int from;
    int to;
    std::string kept;
    std::size_t passed = 0;

    /// False: the connection has ended.
    bool pump(std::size_t slice) {
        if (kept.empty()) {
            std::array<char, 65536> space;
            const ssize_t count = ::recv(from, space.data(), space.size(), MSG_DONTWAIT);
            if (count == 0) return false;
            if (count < 0) return errno == EAGAIN;
            kept.assign(space.data(), static_cast<std::size_t>(count));
        }
        const std::size_t piece = slice == 0 ? kept.size() : std::min(slice, kept.size());
        const ssize_t count = ::send(to, kept.data(), piece, MSG_DONTWAIT | MSG_NOSIGNAL);
        if (count < 0) return errno == EAGAIN;
        kept.erase(0, static_cast<std::size_t>(count));
        passed += static_cast<std::size_t>(count);
        return true;
    }
};

struct pair {
    direction up;
    direction down;
};

void end(const pair& gone) {
    ::close(gone.up.from);
    ::close(gone.up.to);
}

} // namespace

gate::gate(std::uint16_t server_port) : server_port_(server_port), listener_(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
    sockaddr_in where = loopback(0);
    socklen_t size = sizeof where;
    if (::bind(listener_, reinterpret_cast<const sockaddr*>(&where), sizeof where) != 0 || ::listen(listener_, 64) != 0)
        throw std::runtime_error("the gate cannot listen");
    ::getsockname(listener_, reinterpret_cast<sockaddr*>(&where), &size);
    port_ = ntohs(where.sin_port);
    thread_ = std::jthread([this](const std::stop_token& stop) { serve(stop); });
}

gate::~gate() {
    thread_.request_stop();
    thread_.join();
    ::close(listener_);
}

void gate::serve(const std::stop_token& stop) {
    std::list<pair> pairs;
    int cuts_seen = 0;
    while (!stop.stop_requested()) {
        std::vector<pollfd> watched{{listener_, POLLIN, 0}};
        bool busy = false;
        for (const pair& one : pairs) {
            if (stalled_) break;
            for (const direction* way : {&one.up, &one.down}) {
                watched.push_back({way->from, POLLIN, 0});
                busy |= !way->kept.empty();
            }
        }
        ::poll(watched.data(), watched.size(), busy && !stalled_ ? 0 : look_up_ms);
        if (cuts_seen != cuts_) {
            cuts_seen = cuts_;
            for (const pair& one : pairs) end(one);
            pairs.clear();
        }
        if ((watched[0].revents & POLLIN) != 0) {
            const int client = ::accept4(listener_, nullptr, nullptr, SOCK_CLOEXEC);
            const int one = 1;
            ::setsockopt(client, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);
            const int server = connected_to(server_port_);
            ++accepted_;
            if (server >= 0) {
                pairs.push_back({{client, server, {}, 0}, {server, client, {}, 0}});
            } else {
                ::close(client);
            }
        }
        if (stalled_) continue;
        pairs.remove_if([&](pair& one) {
            const bool alive = one.up.pump(slice_) && one.down.pump(slice_) && (cut_after_ == 0 || one.down.passed < cut_after_);
            if (!alive) end(one);
            return !alive;
        });
    }
    for (const pair& one : pairs) end(one);
}

} // namespace entrada::test
