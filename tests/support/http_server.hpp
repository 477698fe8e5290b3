// A web server on loopback that does what a test says, byte by byte; with TLS if asked for.
// Room: tests.
#pragma once

#include <openssl/ssl.h>

#include <arpa/inet.h>
#include <netinet/in.h>
#include <signal.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <cctype>
#include <cstdint>
#include <cstdlib>
#include <functional>
#include <list>
#include <memory>
#include <mutex>
#include <stdexcept>
#include <string>
#include <string_view>
#include <thread>

namespace entrada::test {

/// One accepted connection; the handler's view of it.
class http_connection {
public:
    http_connection(int fd, SSL_CTX* tls) : fd_(fd) {
        if (tls == nullptr) return;
        ssl_.reset(SSL_new(tls));
        SSL_set_fd(ssl_.get(), fd);
        open_ = SSL_accept(ssl_.get()) == 1;
    }

    /// Head and body of a request, as they came; what was there when the other side went.
    std::string read_request() {
        std::string text;
        std::size_t head = std::string::npos;
        while ((head = text.find("\r\n\r\n")) == std::string::npos || text.size() < head + 4 + content_length(text)) {
            char buffer[4096];
            const auto count = read_some(buffer, sizeof buffer);
            if (count <= 0) break;
            text.append(buffer, static_cast<std::size_t>(count));
        }
        return text;
    }

    /// False when the other side is gone.
    bool send(std::string_view text) {
        while (open_ && !text.empty()) {
            const auto count =
                ssl_ ? SSL_write(ssl_.get(), text.data(), static_cast<int>(std::min<std::size_t>(text.size(), 1 << 20)))
                     : ::send(fd_, text.data(), text.size(), MSG_NOSIGNAL);
            if (count <= 0) return false;
            text.remove_prefix(static_cast<std::size_t>(count));
        }
        return open_;
    }

    void answer(int status, std::string_view body, std::string_view more_headers = {}) {
        send("HTTP/1.1 " + std::to_string(status) + " X\r\nContent-Length: " + std::to_string(body.size()) + "\r\n"
             + std::string(more_headers) + "\r\n" + std::string(body));
    }

    /// Says nothing more until the client gives up.
    void wait_for_close() {
        char buffer[512];
        while (read_some(buffer, sizeof buffer) > 0) {
        }
    }

private:
    struct free_ssl {
        void operator()(SSL* ssl) const { SSL_free(ssl); }
    };

    long read_some(char* buffer, std::size_t size) {
        if (!open_) return -1;
        return ssl_ ? SSL_read(ssl_.get(), buffer, static_cast<int>(size)) : ::recv(fd_, buffer, size, 0);
    }

    static std::size_t content_length(std::string text) {
        std::ranges::transform(text, text.begin(), [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
        const auto at = text.find("content-length:");
        return at == std::string::npos ? 0 : static_cast<std::size_t>(std::atol(text.c_str() + at + 15));
    }

    int fd_;
    std::unique_ptr<SSL, free_ssl> ssl_;
    bool open_ = true;
};

/// Runs the handler for each connection on a thread of its own. The destructor ends all of them.
class http_server {
public:
    using handler = std::function<void(http_connection&)>;

    explicit http_server(handler handle, SSL_CTX* tls = nullptr)
        : handle_(std::move(handle)), tls_(tls), listener_(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
        sockaddr_in address = loopback();
        socklen_t size = sizeof address;
        if (::bind(listener_, reinterpret_cast<sockaddr*>(&address), size) != 0 || ::listen(listener_, 64) != 0
            || ::getsockname(listener_, reinterpret_cast<sockaddr*>(&address), &size) != 0)
            throw std::runtime_error("no loopback listener");
        port_ = ntohs(address.sin_port);
        acceptor_ = std::jthread([this] { accept_all(); });
    }

    ~http_server() {
        ::shutdown(listener_, SHUT_RDWR);
        acceptor_.join();
        ::close(listener_);
        const std::scoped_lock lock(mutex_);
        for (auto& c : connections_) ::shutdown(c.fd, SHUT_RDWR);
        for (auto& c : connections_) {
            c.thread.join();
            ::close(c.fd);
        }
    }
    http_server(const http_server&) = delete;
    http_server& operator=(const http_server&) = delete;

    [[nodiscard]] std::uint16_t port() const { return port_; }
    [[nodiscard]] std::string url(std::string_view path = "/") const {
        return (tls_ != nullptr ? "https://localhost:" : "http://127.0.0.1:") + std::to_string(port_) + std::string(path);
    }
    [[nodiscard]] std::size_t accepted() const {
        const std::scoped_lock lock(mutex_);
        return connections_.size();
    }

private:
    struct connection {
        int fd;
        std::jthread thread;
    };

    static sockaddr_in loopback() {
        sockaddr_in address{};
        address.sin_family = AF_INET;
        address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
        return address;
    }

    void accept_all() {
        while (true) {
            const int fd = ::accept4(listener_, nullptr, nullptr, SOCK_CLOEXEC);
            if (fd < 0) return;
            const std::scoped_lock lock(mutex_);
            connections_.push_back({fd, std::jthread([this, fd] { serve(fd); })});
        }
    }

    void serve(int fd) {
        // OpenSSL writes without MSG_NOSIGNAL; for this thread alone, so that a client that would raise the signal is still
        // found.
        sigset_t pipe;
        sigemptyset(&pipe);
        sigaddset(&pipe, SIGPIPE);
        pthread_sigmask(SIG_BLOCK, &pipe, nullptr);
        http_connection one(fd, tls_);
        handle_(one);
        ::shutdown(fd, SHUT_RDWR);
    }

    handler handle_;
    SSL_CTX* tls_;
    int listener_;
    std::uint16_t port_ = 0;
    mutable std::mutex mutex_;
    std::list<connection> connections_;
    std::jthread acceptor_;
};

} // namespace entrada::test
