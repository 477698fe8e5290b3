// A blocking connection with nothing on top, plain or TLS.
// Room: bench.
#pragma once

#include "workload.hpp"

#include <arpa/inet.h>
#include <netinet/tcp.h>
#include <openssl/ssl.h>
#include <string_view>
#include <sys/socket.h>
#include <unistd.h>

namespace bench {

class raw_connection {
public:
    explicit raw_connection(const workload& asked) : socket_(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
        sockaddr_in address{};
        address.sin_family = AF_INET;
        address.sin_port = htons(asked.port);
        address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
        require(::connect(socket_, reinterpret_cast<sockaddr*>(&address), sizeof address) == 0, "connect");
        const int on = 1;
        ::setsockopt(socket_, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
        if (!asked.ca_file.empty()) start_tls(asked);
    }
    raw_connection(const raw_connection&) = delete;
    raw_connection& operator=(const raw_connection&) = delete;
    ~raw_connection() {
        SSL_free(tls_);
        SSL_CTX_free(context_);
        ::close(socket_);
    }

    void write(std::string_view bytes) {
        while (!bytes.empty()) {
            const ssize_t put = tls_ != nullptr ? SSL_write(tls_, bytes.data(), static_cast<int>(bytes.size()))
                                                : ::send(socket_, bytes.data(), bytes.size(), MSG_NOSIGNAL);
            require(put > 0, "write");
            bytes.remove_prefix(static_cast<std::size_t>(put));
        }
    }

    [[nodiscard]] std::size_t read(char* into, std::size_t size) {
        const ssize_t got = tls_ != nullptr ? SSL_read(tls_, into, static_cast<int>(size)) : ::recv(socket_, into, size, 0);
        require(got > 0, "read");
        return static_cast<std::size_t>(got);
    }

private:
    void start_tls(const workload& asked) {
        context_ = SSL_CTX_new(TLS_client_method());
        SSL_CTX_set_min_proto_version(context_, TLS1_3_VERSION);
        SSL_CTX_set_verify(context_, SSL_VERIFY_PEER, nullptr);
        require(SSL_CTX_load_verify_locations(context_, asked.ca_file.c_str(), nullptr) == 1, "CA file");
        SSL_CTX_set_mode(context_, SSL_MODE_ENABLE_PARTIAL_WRITE);
        tls_ = SSL_new(context_);
        SSL_set_fd(tls_, socket_);
        require(SSL_connect(tls_) == 1, "TLS");
    }

    int socket_;
    SSL_CTX* context_ = nullptr;
    SSL* tls_ = nullptr;
};

} // namespace bench
