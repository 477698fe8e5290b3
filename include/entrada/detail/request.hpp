// One command on its way. Not for users; public because asynchronous calls are templates.
// Room: conn.
#pragma once

#include "entrada/failure.hpp"
#include "entrada/reply.hpp"

#include <algorithm>
#include <chrono>
#include <cstdint>
#include <limits>
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

/// Lives in its caller's frame or operation state from submission until `on_done` or `on_plain_reply`: one of them is called,
/// once.
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
    /// Instead of `on_event` and `on_done`, where the reply is one string: most are. The last call, too.
    virtual void on_plain_reply(reply_type type, std::string_view text, received_block& in) noexcept;

    /// Of the (first) command, for errors.
    [[nodiscard]] std::string_view name() const noexcept { return command_name(wire); }

    std::uint64_t serial = 0; ///< names it for `cancel`: memory is used again, numbers are not. 0: it is never cancelled
    std::string_view wire;    ///< the bytes to send; unchanged and alive to the end
    std::chrono::steady_clock::time_point deadline = clock_not_started;
    std::unique_ptr<failure> error;
    std::uint32_t replies = 1; ///< to the commands that `wire` holds; at least 1

    /// How long it may take from `start_clock` on. More than 49 days are without end.
    void set_timeout(std::chrono::milliseconds timeout) noexcept {
        timeout_ms_ = static_cast<std::uint32_t>(std::clamp<std::int64_t>(timeout.count(), 0, without_end));
    }
    [[nodiscard]] std::chrono::milliseconds time_limit() const noexcept { return std::chrono::milliseconds(timeout_ms_); }
    /// Sets `deadline`. `now` is what `coarse_now` says: no call ends early for that.
    void start_clock(std::chrono::steady_clock::time_point now) noexcept {
        constexpr std::chrono::milliseconds clock_step{10};
        if (timeout_ms_ == without_end) {
            deadline = (std::chrono::steady_clock::time_point::max)();
        } else {
            deadline = timeout_ms_ == 0 ? now : now + clock_step + time_limit();
        }
    }
    [[nodiscard]] bool clock_started() const noexcept { return deadline != clock_not_started; }

protected:
    ~request() = default;

private:
    static constexpr auto clock_not_started = (std::chrono::steady_clock::time_point::min)();
    static constexpr std::int64_t without_end = (std::numeric_limits<std::uint32_t>::max)();

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
    std::uint32_t timeout_ms_ = 0;
    std::uint32_t owed_ = 0; ///< in flight: replies still to come
    state state_ = state::idle;
    bool session_bound_ = false; ///< worthless on another session: re-authentication, PING
};

/// What a request fails with if its value threw when it was given its reply.
[[nodiscard]] failure no_memory(const request& owner, const std::exception& problem);

/// The time, at a fraction of the exact clock's cost; up to 10 ms behind.
[[nodiscard]] std::chrono::steady_clock::time_point coarse_now() noexcept;

} // namespace entrada::detail
