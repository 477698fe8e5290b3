// A TCP or unix socket as a stream.
// Room: net.
#pragma once

#include "net/stream.hpp"

#include <sys/socket.h>
#include <utility>

namespace entrada::net {

/// Owns a file descriptor.
class unique_fd {
public:
    unique_fd() = default;
    explicit unique_fd(int fd) noexcept : fd_(fd) {}
    unique_fd(unique_fd&& other) noexcept : fd_(std::exchange(other.fd_, -1)) {}
    unique_fd& operator=(unique_fd&& other) noexcept {
        std::swap(fd_, other.fd_);
        return *this;
    }
    ~unique_fd();
    [[nodiscard]] int get() const noexcept { return fd_; }

private:
    int fd_ = -1;
};

class socket_stream final : public stream {
public:
    /// Precondition: connected.
    explicit socket_stream(unique_fd fd) noexcept : fd_(std::move(fd)) {}

    [[nodiscard]] io_result read(std::span<char> space) noexcept override;
    [[nodiscard]] io_result write(std::span<const char> bytes) noexcept override;
    void wait_in_reads(std::chrono::milliseconds limit) noexcept override;
    [[nodiscard]] int native_handle() const noexcept override { return fd_.get(); }

private:
    unique_fd fd_;
    std::chrono::milliseconds wait_limit_{0};
};

} // namespace entrada::net
