// A server that knows nothing: it counts requests and answers each with the same bytes, so that the client is what is measured.
// Usage: reply_server --bytes N [--operation set] [--hold N] [--certificate PEM --key PEM]; prints its port, and ends when its
// input ends. --hold: a connection is answered from the moment on when it is owed N replies.
//
// Requests are counted by their '*', which no key or value of the benchmarks has. Until the first GET or SET of a connection each
// command is a greeting: AUTH is fine, HELLO speaks RESP3, all else is unknown.
// Room: bench.
#include <algorithm>
#include <arpa/inet.h>
#include <array>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <memory>
#include <netinet/tcp.h>
#include <openssl/ssl.h>
#include <string>
#include <string_view>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>
#include <unordered_map>

namespace {

constexpr std::size_t block_bytes = std::size_t{1} << 18;

struct answers {
    std::string block;    ///< the reply many times
    std::size_t one = 0;  ///< size of one
    std::size_t held = 0; ///< bytes owed before the first reply
};

struct peer {
    int socket = -1;
    SSL* tls = nullptr;
    bool greeted = false;
    std::string greeting; ///< answers to what came before the first GET or SET
    std::size_t owed = 0; ///< bytes of replies; a multiple of one less what has gone
    bool held = true;     ///< no reply has gone yet
};

void fail(const char* what) {
    std::perror(what);
    std::exit(1);
}

answers make_answers(std::size_t bytes, bool set, std::size_t hold) {
    const std::string one =
        set ? std::string("+OK\r\n") : "$" + std::to_string(bytes) + "\r\n" + std::string(bytes, 'v') + "\r\n";
    answers made;
    made.one = one.size();
    made.held = one.size() * hold;
    do made.block += one;
    while (made.block.size() < block_bytes);
    return made;
}

ssize_t receive(peer& from, char* into, std::size_t size) {
    if (from.tls == nullptr) return ::recv(from.socket, into, size, 0);
    const int got = SSL_read(from.tls, into, static_cast<int>(size));
    if (got > 0) return got;
    const int why = SSL_get_error(from.tls, got);
    errno = why == SSL_ERROR_WANT_READ || why == SSL_ERROR_WANT_WRITE ? EAGAIN : ECONNRESET;
    return -1;
}

ssize_t transmit(peer& to, const char* bytes, std::size_t size) {
    if (to.tls == nullptr) return ::send(to.socket, bytes, size, MSG_NOSIGNAL);
    const int put = SSL_write(to.tls, bytes, static_cast<int>(size));
    if (put > 0) return put;
    errno = EAGAIN;
    return -1;
}

std::string_view answer_greeting(std::string_view command) {
    if (command.find("HELLO") != std::string_view::npos) return "%1\r\n$5\r\nproto\r\n:3\r\n";
    return command.find("AUTH") != std::string_view::npos ? "+OK\r\n" : "-ERR unknown command\r\n";
}

/// Answers greetings in `input`; what remains is requests.
std::string_view greet(peer& guest, std::string_view input) {
    while (!input.empty()) {
        const std::size_t end =
            std::min(input.find("\n*") == std::string_view::npos ? input.size() : input.find("\n*") + 1, input.size());
        const std::string_view one = input.substr(0, end);
        if (one.find("\r\nGET\r\n") != std::string_view::npos || one.find("\r\nSET\r\n") != std::string_view::npos) {
            guest.greeted = true;
            return input;
        }
        guest.greeting += answer_greeting(one);
        input.remove_prefix(end);
    }
    return input;
}

/// False: the connection has ended.
bool answer(peer& guest, const answers& say) {
    while (!guest.greeting.empty()) {
        const ssize_t put = transmit(guest, guest.greeting.data(), guest.greeting.size());
        if (put < 0) return errno == EAGAIN;
        guest.greeting.erase(0, static_cast<std::size_t>(put));
    }
    if (guest.held && guest.owed < say.held) return true;
    guest.held = false;
    while (guest.owed != 0) {
        const std::size_t gone = (say.one - guest.owed % say.one) % say.one; // of the first one
        const std::size_t size = std::min(guest.owed, say.block.size() - gone);
        const ssize_t put = transmit(guest, say.block.data() + gone, size);
        if (put < 0) return errno == EAGAIN;
        guest.owed -= static_cast<std::size_t>(put);
    }
    return true;
}

/// False: the connection has ended.
bool serve(peer& guest, const answers& say) {
    alignas(4096) static std::array<char, block_bytes> buffer;
    for (;;) {
        const ssize_t got = receive(guest, buffer.data(), buffer.size());
        if (got == 0) return false;
        if (got < 0) return errno == EAGAIN && answer(guest, say);
        std::string_view input(buffer.data(), static_cast<std::size_t>(got));
        if (!guest.greeted) input = greet(guest, input);
        guest.owed += say.one * static_cast<std::size_t>(std::count(input.begin(), input.end(), '*'));
        if (!answer(guest, say)) return false;
        if (guest.tls == nullptr && static_cast<std::size_t>(got) < buffer.size()) return true;
    }
}

int listen_on_loopback() {
    const int listener = ::socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    if (::bind(listener, reinterpret_cast<sockaddr*>(&address), sizeof address) != 0) fail("bind");
    if (::listen(listener, 4096) != 0) fail("listen");
    socklen_t size = sizeof address;
    ::getsockname(listener, reinterpret_cast<sockaddr*>(&address), &size);
    std::printf("%d\n", ntohs(address.sin_port));
    std::fflush(stdout);
    return listener;
}

void watch(int poller, int socket, std::uint32_t events) {
    epoll_event wanted{};
    wanted.events = events;
    wanted.data.fd = socket;
    if (::epoll_ctl(poller, EPOLL_CTL_ADD, socket, &wanted) != 0) fail("epoll_ctl");
}

SSL_CTX* tls_of(const std::string& certificate, const std::string& key) {
    if (certificate.empty()) return nullptr;
    SSL_CTX* made = SSL_CTX_new(TLS_server_method());
    SSL_CTX_set_min_proto_version(made, TLS1_3_VERSION);
    SSL_CTX_set_mode(made, SSL_MODE_ENABLE_PARTIAL_WRITE | SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER);
    if (SSL_CTX_use_certificate_chain_file(made, certificate.c_str()) != 1
        || SSL_CTX_use_PrivateKey_file(made, key.c_str(), SSL_FILETYPE_PEM) != 1)
        fail("certificate");
    return made;
}

} // namespace

int main(int argc, char** argv) {
    std::size_t bytes = 100, hold = 0;
    std::string operation = "get", certificate, key;
    for (int i = 1; i + 1 < argc; i += 2) {
        const std::string_view name = argv[i];
        if (name == "--bytes") bytes = std::strtoull(argv[i + 1], nullptr, 10);
        if (name == "--hold") hold = std::strtoull(argv[i + 1], nullptr, 10);
        if (name == "--operation") operation = argv[i + 1];
        if (name == "--certificate") certificate = argv[i + 1];
        if (name == "--key") key = argv[i + 1];
    }
    const answers say = make_answers(bytes, operation == "set", hold);
    SSL_CTX* tls = tls_of(certificate, key);
    const int poller = ::epoll_create1(EPOLL_CLOEXEC);
    const int listener = listen_on_loopback();
    watch(poller, listener, EPOLLIN);
    watch(poller, STDIN_FILENO, EPOLLIN);
    std::unordered_map<int, peer> peers;
    std::array<epoll_event, 256> events;
    for (;;) {
        const int ready = ::epoll_wait(poller, events.data(), static_cast<int>(events.size()), -1);
        for (int i = 0; i < ready; ++i) {
            const int socket = events[static_cast<std::size_t>(i)].data.fd;
            if (socket == STDIN_FILENO) return 0;
            if (socket == listener) {
                const int fresh = ::accept4(listener, nullptr, nullptr, SOCK_NONBLOCK | SOCK_CLOEXEC);
                if (fresh < 0) continue;
                const int on = 1;
                ::setsockopt(fresh, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
                peer& guest = peers[fresh];
                guest.socket = fresh;
                if (tls != nullptr) {
                    guest.tls = SSL_new(tls);
                    SSL_set_fd(guest.tls, fresh);
                    SSL_set_accept_state(guest.tls);
                }
                watch(poller, fresh, EPOLLIN | EPOLLOUT | EPOLLET);
                continue;
            }
            peer& guest = peers[socket];
            if (answer(guest, say) && serve(guest, say)) continue;
            SSL_free(guest.tls);
            ::close(socket);
            peers.erase(socket);
        }
    }
}
