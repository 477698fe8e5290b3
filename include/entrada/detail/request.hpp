// One command on its way. Not for users; public because asynchronous calls are templates.
// Room: conn.
#pragma once

#include "entrada/failure.hpp"

#include <chrono>
#include <cstdint>
#include <memory>
#include <string_view>

namespace entrada::resp {
struct event;
}
namespace entrada::conn {
class multiplexer;
class request_list;
class submission_queue;
} // namespace entrada::conn

namespace entrada::detail {

class received_block;

/// The command's name inside its wire form.
[[nodiscard]] std::string_view command_name(std::string_view wire) noexcept;

/// Never the same twice in a process.
[[nodiscard]] std::uint64_t next_serial() noexcept;

/// Lives in its caller's frame or operation state from submission until `on_done`, which is called exactly once.
class request {
public:
    request() = default;
    request(const request&) = delete;
    request& operator=(const request&) = delete;

    /// A piece of the reply, in order; the last one has `ends_reply`. Called without locks, on the thread that reads.
    /// Its text lies in `in`, or where `place` said.
    virtual void on_event(const resp::event& piece, received_block& in) = 0;
    /// Where a long bulk string of `size` bytes is to go; null throws its bytes away.
    virtual char* place(std::size_t size) = 0;
    /// The reply is whole, or `error` is set. The last call; may end the lifetime of `*this`.
    virtual void on_done() noexcept = 0;

    /// Of the (first) command, for errors.
    [[nodiscard]] std::string_view name() const noexcept { return command_name(wire); }

    std::uint64_t serial = 0; ///< names it for `cancel`: memory is used again, numbers are not. 0: it is never cancelled
    std::string_view wire;    ///< the bytes to send; unchanged and alive until `on_done`
    std::chrono::steady_clock::time_point deadline;
    std::unique_ptr<failure> error;
    std::uint32_t replies = 1;    ///< to the commands that `wire` holds; at least 1
    std::uint32_t timeout_ms = 0; ///< what `deadline` was made of, for the error that says so

protected:
    ~request() = default;

private:
    friend class conn::multiplexer;
    friend class conn::request_list;
    friend class conn::submission_queue;
    enum class state : std::uint8_t { idle, waiting, in_flight, done };

    struct links {
        request* next;
        request* previous;
    };
    struct line_place {
        std::uint64_t next_reply; ///< number of its next reply on this session
        std::uint64_t starts_at;  ///< offset of its first byte in what this session sends
    };
    // A million requests may be in flight: what is never needed at once shares its room.
    union {
        links links_{}; ///< in a list
        line_place in_flight_;
    };
    std::uint32_t owed_ = 0; ///< in flight: replies still to come
    state state_ = state::idle;
    bool session_bound_ = false; ///< worthless on another session: re-authentication, PING
};

/// Sets when the request's time is over: `timeout` from now; without end if that is too long for the clock. A clock is read that
/// costs a fraction of the exact one and is behind by up to 10 ms; so much is added, so that no call ends early.
void set_timeout(request& fresh, std::chrono::milliseconds timeout) noexcept;

} // namespace entrada::detail
