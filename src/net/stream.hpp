// A connected byte stream: TCP, TLS or a unix socket. It blocks only where asked to, and only in reads.
// Room: net.
#pragma once

#include <boost/system/error_code.hpp>

#include <chrono>
#include <cstddef>
#include <span>
#include <string>

namespace entrada::net {

enum class io_status {
    done,       ///< `bytes` were moved
    want_read,  ///< nothing moved; try again when the socket is readable
    want_write, ///< nothing moved; try again when the socket is writable
    closed,     ///< the peer has closed
    failed,     ///< `error` says why; the stream is of no more use
};

struct io_result {
    io_status status = io_status::done;
    std::size_t bytes = 0;
    boost::system::error_code error;
};

/// Thread safety: none; one thread at a time.
/// Lifetime: the destructor closes the socket without waiting.
class stream {
public:
    virtual ~stream() = default;
    stream() = default;
    stream(const stream&) = delete;
    stream& operator=(const stream&) = delete;

    [[nodiscard]] virtual io_result read(std::span<char> space) noexcept = 0;
    [[nodiscard]] virtual io_result write(std::span<const char> bytes) noexcept = 0;
    /// Whether bytes wait inside the stream, which no readiness of the socket will announce.
    [[nodiscard]] virtual bool holds_bytes() const noexcept { return false; }
    /// From now on a read with nothing to read waits up to `limit` before it says `want_read`; zero: it does not wait.
    virtual void wait_in_reads(std::chrono::milliseconds limit) noexcept = 0;
    /// Gives back what an idle stream need not hold.
    virtual void release_memory() noexcept {}
    /// What the last `failed` was about, beyond its code; empty if there is no more to say.
    [[nodiscard]] virtual std::string problem() const { return {}; }
    /// The socket, for waiting on it. Owned by the stream.
    [[nodiscard]] virtual int native_handle() const noexcept = 0;
};

} // namespace entrada::net
