#include "support/gate.hpp"

#include <algorithm>
#include <array>
#include <cerrno>
#include <deque>
#include <list>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <stdexcept>
#include <string>
#include <sys/socket.h>
#include <unistd.h>
#include <utility>
#include <vector>

namespace entrada::test {
namespace {

using clock = std::chrono::steady_clock;

constexpr int look_up_ms = 5; // how soon a changed fault is seen when nothing moves
// A slow path holds what is on its way, but not without end: then its sender has to wait, as with real ones.
constexpr std::size_t kept_bytes_max = std::size_t{1} << 20;

sockaddr_in loopback(std::uint16_t port) {
    sockaddr_in where{};
    where.sin_family = AF_INET;
    where.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    where.sin_port = htons(port);
    return where;
}

/// Pieces stay the pieces that they are.
void send_at_once(int fd) {
    const int one = 1;
    ::setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);
}

int connected_to(std::uint16_t port) {
    const int fd = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    const sockaddr_in where = loopback(port);
    if (::connect(fd, reinterpret_cast<const sockaddr*>(&where), sizeof where) == 0) {
        send_at_once(fd);
        return fd;
    }
    ::close(fd);
    return -1;
}

bool would_block() { return errno == EAGAIN || errno == EINTR; }

struct piece {
    std::string bytes;
    clock::time_point due;
};

/// Bytes on their way in one direction.
class direction {
public:
    direction(int from, int to) : from_(from), to_(to) {}

    /// False: the connection has ended.
    bool pump(clock::time_point now, std::size_t slice, std::chrono::milliseconds delay) {
        return take(now + delay) && give(now, slice);
    }
    void watch(std::vector<pollfd>& watched, clock::time_point now) const {
        if (kept_bytes_ < kept_bytes_max && !ended_) watched.push_back({from_, POLLIN, 0});
        if (next_due() <= now) watched.push_back({to_, POLLOUT, 0});
    }
    [[nodiscard]] clock::time_point next_due() const { return kept_.empty() ? clock::time_point::max() : kept_.front().due; }
    [[nodiscard]] std::size_t passed() const { return passed_; }

private:
    bool take(clock::time_point due) {
        if (kept_bytes_ >= kept_bytes_max || ended_) return true;
        std::array<char, 65536> space;
        const ssize_t count = ::recv(from_, space.data(), space.size(), MSG_DONTWAIT);
        if (count < 0) return would_block();
        if (count == 0) {
            ended_ = true;
            return !kept_.empty();
        }
        kept_.push_back({std::string(space.data(), static_cast<std::size_t>(count)), due});
        kept_bytes_ += static_cast<std::size_t>(count);
        return true;
    }

    bool give(clock::time_point now, std::size_t slice) {
        if (next_due() > now) return true;
        std::string& first = kept_.front().bytes;
        const std::size_t size = slice == 0 ? first.size() - begun_ : std::min(slice, first.size() - begun_);
        const ssize_t count = ::send(to_, first.data() + begun_, size, MSG_DONTWAIT | MSG_NOSIGNAL);
        if (count < 0) return would_block();
        begun_ += static_cast<std::size_t>(count);
        kept_bytes_ -= static_cast<std::size_t>(count);
        passed_ += static_cast<std::size_t>(count);
        if (begun_ == first.size()) {
            kept_.pop_front();
            begun_ = 0;
        }
        return !(ended_ && kept_.empty());
    }

    int from_;
    int to_;
    std::deque<piece> kept_;
    std::size_t kept_bytes_ = 0;
    std::size_t begun_ = 0; ///< bytes of the first piece that have passed
    std::size_t passed_ = 0;
    bool ended_ = false; ///< its sender says no more
};

struct pair {
    int client;
    int server;
    direction up;
    direction down;

    pair(int client_fd, int server_fd)
        : client(client_fd), server(server_fd), up(client_fd, server_fd), down(server_fd, client_fd) {}
};

/// Reads what the server still says, to nobody. True: it has closed.
bool is_closed(int server) {
    std::array<char, 65536> space;
    for (;;) {
        const ssize_t count = ::recv(server, space.data(), space.size(), MSG_DONTWAIT);
        if (count > 0) continue;
        return count == 0 || !would_block();
    }
}

} // namespace

/// What the thread does, again and again.
class gate::rounds {
public:
    explicit rounds(gate& owner) : gate_(owner) {}
    ~rounds() {
        end_all();
        for (const int client : newcomers_) ::close(client);
        for (const int server : closing_) ::close(server);
    }

    void make_one() {
        wait();
        const int cuts = gate_.cuts_;
        if (std::exchange(cuts_seen_, cuts) != cuts) end_all();
        accept();
        std::erase_if(closing_, [](int server) {
            const bool gone = is_closed(server);
            if (gone) ::close(server);
            return gone;
        });
        let_in();
        if (!gate_.stalled_) pass();
    }

private:
    void wait() {
        watched_.assign(1, {gate_.listener_, POLLIN, 0});
        const auto now = clock::now();
        auto first_due = now + std::chrono::milliseconds(look_up_ms);
        if (!gate_.stalled_) {
            for (const pair& one : pairs_) {
                for (const direction* way : {&one.up, &one.down}) {
                    way->watch(watched_, now);
                    if (way->next_due() > now) first_due = std::min(first_due, way->next_due());
                }
            }
        }
        for (const int server : closing_) watched_.push_back({server, POLLIN, 0});
        const auto left = std::chrono::ceil<std::chrono::milliseconds>(first_due - now);
        ::poll(watched_.data(), watched_.size(), static_cast<int>(left.count()));
    }

    void accept() {
        if ((watched_[0].revents & POLLIN) == 0) return;
        const int client = ::accept4(gate_.listener_, nullptr, nullptr, SOCK_CLOEXEC);
        if (client < 0) return;
        send_at_once(client);
        newcomers_.push_back(client);
        ++gate_.accepted_;
        if (gate_.one_after_the_other_) end_all();
    }

    void let_in() {
        if (!closing_.empty()) return;
        for (const int client : std::exchange(newcomers_, {})) {
            const int server = connected_to(gate_.server_port_);
            if (server >= 0) {
                pairs_.emplace_back(client, server);
            } else {
                ::close(client);
            }
        }
    }

    void pass() {
        const auto now = clock::now();
        const std::size_t slice = gate_.slice_;
        const std::chrono::milliseconds delay = gate_.delay_;
        const std::size_t last = gate_.cut_after_;
        pairs_.remove_if([&](pair& one) {
            const bool alive =
                one.up.pump(now, slice, delay) && one.down.pump(now, slice, delay) && (last == 0 || one.down.passed() < last);
            if (!alive) end(one);
            return !alive;
        });
    }

    void end_all() {
        for (const pair& one : pairs_) end(one);
        pairs_.clear();
    }

    void end(const pair& gone) {
        ::close(gone.client);
        if (gate_.one_after_the_other_) {
            ::shutdown(gone.server, SHUT_WR);
            closing_.push_back(gone.server);
        } else {
            ::close(gone.server);
        }
    }

    gate& gate_;
    std::list<pair> pairs_;
    std::vector<int> newcomers_; ///< clients that the server does not know yet
    std::vector<int> closing_;   ///< to the server, whose client is gone
    std::vector<pollfd> watched_;
    int cuts_seen_ = 0;
};

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

void gate::heal() {
    slice_ = cut_after_ = 0;
    delay_ = std::chrono::milliseconds(0);
    stalled_ = false;
    // The round that runs now may have begun before; the one after it has not.
    const std::uint64_t now = rounds_;
    for (std::uint64_t seen = now; seen < now + 2; seen = rounds_) rounds_.wait(seen);
}

void gate::serve(const std::stop_token& stop) {
    rounds work(*this);
    while (!stop.stop_requested()) {
        work.make_one();
        ++rounds_;
        rounds_.notify_all();
    }
}

} // namespace entrada::test
