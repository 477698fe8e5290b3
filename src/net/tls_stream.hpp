// TLS over a socket, as a stream.
// Room: net.
#pragma once

#include "net/socket_stream.hpp"
#include "net/tls_context.hpp"

#include <memory>
#include <string>

struct ssl_st;

namespace entrada::net {

/// A TLS client that sends SNI and verifies the certificate against `server_name` (a DNS name or an IP address).
class tls_stream final : public stream {
public:
    tls_stream(unique_fd fd, std::shared_ptr<const tls_context> context, const std::string& server_name);
    ~tls_stream() override;

    /// One step of the handshake: `done` when it is through, else what to wait for.
    [[nodiscard]] io_result handshake() noexcept;
    /// Why the handshake failed, for people: the verification's verdict and what to do.
    [[nodiscard]] std::string handshake_problem() const;

    [[nodiscard]] io_result read(std::span<char> space) noexcept override;
    [[nodiscard]] io_result write(std::span<const char> bytes) noexcept override;
    [[nodiscard]] bool holds_bytes() const noexcept override;
    void wait_in_reads(std::chrono::milliseconds limit) noexcept override { port_.socket.wait_in_reads(limit); }
    void release_memory() noexcept override;
    [[nodiscard]] std::string problem() const override { return problem_; }
    [[nodiscard]] int native_handle() const noexcept override { return port_.socket.native_handle(); }

    /// What OpenSSL reads from and writes to.
    struct port {
        socket_stream socket;
        boost::system::error_code error;
    };

private:
    [[nodiscard]] io_result outcome(int returned) noexcept;

    struct free_session {
        void operator()(ssl_st* session) const noexcept;
    };
    port port_;
    std::shared_ptr<const tls_context> context_;
    std::string server_name_;
    std::string problem_;
    std::unique_ptr<ssl_st, free_session> session_;
};

} // namespace entrada::net
