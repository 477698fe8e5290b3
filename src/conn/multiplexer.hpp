// Many callers, one connection: who waits, what is sent, whose reply comes next. No I/O and no clock.
// Room: conn.
#pragma once

#include "conn/byte_buffer.hpp"
#include "conn/counter.hpp"
#include "conn/receive_buffer.hpp"
#include "conn/request_list.hpp"
#include "resp/reader.hpp"

#include <algorithm>
#include <chrono>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <unordered_set>
#include <vector>

namespace entrada::conn {

struct multiplexer_limits {
    std::size_t waiting_max = 100'000;
    std::size_t in_flight_max = 4'000'000; ///< more wait
    std::size_t queued_bytes_max = std::size_t{512} * 1024 * 1024;
    resp::limits reply;
};

/// Matches replies to requests. A request is waiting, then in flight, then done; each exactly once.
///
/// A request that leaves early (cancelled, deadline) while in flight is *abandoned*: its place in line stays, and the reply that
/// comes for it is read and thrown away. Requests whose bytes never left survive the loss of a connection.
///
/// Requests that fail are added to a `request_list`; the caller runs their `on_done` when it holds no state of this class in
/// hand. Thread safety: none; the connection's driver calls it.
class multiplexer {
public:
    using time_point = std::chrono::steady_clock::time_point;

    multiplexer(multiplexer_limits limits, std::string peer_name);
    ~multiplexer();

    // Requests. Their clocks run when they are given, but where `submit_at_once` says otherwise.
    void submit(request& added, request_list& done);
    /// The short way: straight into the line and among the bytes to send. False if it has to wait for that, so that it is still
    /// to be submitted. Its clock may start later, with `start_clocks`.
    [[nodiscard]] bool submit_at_once(request& added);
    /// Goes ahead of all that wait, and ends with this session.
    void submit_first(request& added) noexcept;
    /// Takes the requests of these serials out of the line, with `errc::cancelled`. Those not in line any more are ignored.
    void cancel(const std::unordered_set<std::uint64_t>& serials, request_list& done);
    /// Takes out all whose deadline has passed. `connect_problem`: why there is no connection, if there is none.
    void expire(time_point now, const std::optional<failure>& connect_problem, request_list& done);
    void fail_waiting(const failure& why, request_list& done);
    void fail_all(const failure& why, request_list& done);
    /// Starts the clocks of all that came in by `submit_at_once`. `now` as in `request::start_clock`.
    void start_clocks(time_point now) noexcept;
    [[nodiscard]] bool has_clocks_to_start() const noexcept { return clocks_end_ < line_end_; }
    /// Not later than the first deadline whose clock runs; `time_point::max()` if there is none.
    [[nodiscard]] time_point next_deadline() const noexcept { return next_deadline_; }

    // The session.
    void open() noexcept;
    /// In flight and sent: fail with `connection_lost`. In flight but unsent: wait again, in their old order.
    void close(const failure& why, request_list& done);

    // Bytes out: write the front of `outgoing`, then say how much left.
    [[nodiscard]] std::string_view outgoing();
    void sent(std::size_t bytes) noexcept;

    // Bytes in: read into `incoming`, say how much came, then take requests until there is none.
    [[nodiscard]] std::span<char> incoming();
    void received(std::size_t bytes);
    /// Completes the next request whose reply is whole; `look` sees it before. False: more bytes are needed, or the connection is
    /// `broken`. One at a time: what a reply is copied into is used, and often free again, while it is in the processor's cache.
    template <class Look>
    [[nodiscard]] bool complete_next(request_list& done, const Look& look);
    /// Why the connection is of no more use; null while it is.
    [[nodiscard]] const failure* broken() const noexcept { return broken_ ? &*broken_ : nullptr; }

    [[nodiscard]] std::size_t in_flight() const noexcept { return static_cast<std::size_t>(line_end_ - line_begin_); }
    [[nodiscard]] bool idle() const noexcept { return waiting_.empty() && in_flight() == 0; }
    /// May be asked by any thread.
    [[nodiscard]] std::uint64_t error_replies() const noexcept { return error_replies_.get(); }
    [[nodiscard]] static bool is_internal(const request& one) noexcept { return one.session_bound_; }
    /// Gives back the memory of a connection that is idle.
    void trim() noexcept;

private:
    // One send should carry many requests, but a slow peer must not make us copy everything that waits.
    static constexpr std::size_t outgoing_bytes_enough = std::size_t{256} * 1024;

    void queue(request& added, request_list& done);
    void put_in_line(request& moved);
    void widen_line(std::size_t more);
    void set_line(std::vector<request*> line) noexcept;
    void finish(request& gone, std::optional<failure> why, request_list& done);
    void leave_line(request& gone) noexcept;
    [[nodiscard]] request*& in_line(std::uint64_t place) noexcept { return line_[place & line_mask_]; }
    [[nodiscard]] request* owner_of_one() noexcept;
    [[nodiscard]] request* read_events(request_list& done);
    [[nodiscard]] request* next_event_answers(std::string_view& input, request_list& done);
    void break_off(errc error, const std::string& what);
    void hand_over(request& owner, const resp::event& piece, request_list& done);
    [[nodiscard]] char* place_of(request& owner, std::size_t size, request_list& done);
    void abandon(request& owner, const std::exception& problem, request_list& done);
    [[nodiscard]] request* reply_ended() noexcept;
    [[nodiscard]] failure late(const request& gone, time_point now, const std::optional<failure>& connect_problem) const;
    [[nodiscard]] std::string load() const;

    multiplexer_limits limits_;
    std::string peer_name_;
    bool open_ = false;

    request_list waiting_;
    std::size_t waiting_bytes_ = 0;
    std::vector<request*> line_; ///< ring of requests in flight; null: abandoned
    std::uint64_t line_mask_ = 0;
    std::size_t line_max_ = 0; ///< more do not go in line at once
    std::uint64_t line_begin_ = 0;
    std::uint64_t line_end_ = 0;
    std::uint64_t clocks_end_ = 0; ///< of the places before it, all clocks run
    time_point next_deadline_ = time_point::max();

    byte_buffer outgoing_;
    std::size_t outgoing_bytes_max_; ///< more is not put in line
    std::uint64_t queued_total_ = 0; ///< bytes put into `outgoing_` on this session
    std::uint64_t sent_total_ = 0;   ///< bytes of them that the stream has taken

    receive_buffer incoming_;
    counter error_replies_;
    std::optional<failure> broken_;
    std::size_t read_size_;
    bool receiving_in_place_ = false;
    resp::reader reader_;
};

inline bool multiplexer::submit_at_once(request& added) {
    const bool there_is_room =
        in_flight() + added.replies <= line_max_ && outgoing_.size() + added.wire.size() <= outgoing_bytes_max_;
    if (!open_ || !waiting_.empty() || !there_is_room) return false;
    put_in_line(added);
    return true;
}

inline void multiplexer::put_in_line(request& moved) {
    outgoing_.append(moved.wire);
    moved.in_flight_ = {line_end_, queued_total_};
    queued_total_ += moved.wire.size();
    moved.state_ = request::state::in_flight;
    moved.owed_ = moved.replies;
    for (std::uint32_t i = moved.replies; i != 0; --i) in_line(line_end_++) = &moved;
}

template <class Look>
inline bool multiplexer::complete_next(request_list& done, const Look& look) {
    std::string_view input = incoming_.data();
    if (input.empty() && reader_.idle()) return false;
    if (request* const owner = owner_of_one()) {
        reply_type type{};
        const std::size_t held = input.size();
        const std::string_view text = reader_.take_plain(input, type);
        if (type != reply_type::null) {
            incoming_.consume(held - input.size());
            ++line_begin_;
            owner->state_ = request::state::done;
            look(*owner);
            owner->on_plain_reply(type, text, incoming_.block());
            return true;
        }
    }
    request* const answered = read_events(done);
    if (answered == nullptr) return false;
    look(*answered);
    answered->on_done();
    return true;
}

/// Who is owed the next reply and no other; null if that is nobody.
inline request* multiplexer::owner_of_one() noexcept {
    if (in_flight() == 0) return nullptr;
    request* const owner = in_line(line_begin_);
    return owner != nullptr && owner->owed_ == 1 ? owner : nullptr;
}

} // namespace entrada::conn
