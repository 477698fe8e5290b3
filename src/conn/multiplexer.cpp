#include "conn/multiplexer.hpp"

#include <bit>

namespace entrada::conn {
namespace {

// Idle connections stay small; a read that fills its space asks for twice as much the next time.
constexpr std::size_t read_bytes_min = std::size_t{16} * 1024;
constexpr std::size_t read_bytes_max = std::size_t{256} * 1024;
constexpr std::size_t line_size_min = 64;

std::string milliseconds(std::chrono::steady_clock::duration time) {
    return std::to_string(std::chrono::duration_cast<std::chrono::milliseconds>(time).count()) + " ms";
}

} // namespace

multiplexer::multiplexer(multiplexer_limits limits, std::string peer_name)
    : limits_(limits), peer_name_(std::move(peer_name)),
      outgoing_bytes_max_(std::min(outgoing_bytes_enough, limits.queued_bytes_max)), read_size_(read_bytes_min),
      reader_(limits.reply) {
    set_line(std::vector<request*>(line_size_min));
}

multiplexer::~multiplexer() = default;

void multiplexer::submit(request& added, request_list& done) {
    if (submit_at_once(added)) return;
    const bool line_is_narrow = line_max_ < limits_.in_flight_max && in_flight() + added.replies > line_max_;
    if (open_ && waiting_.empty() && line_is_narrow) widen_line(added.replies);
    if (!submit_at_once(added)) queue(added, done);
}

void multiplexer::queue(request& added, request_list& done) {
    if (added.wire.size() > limits_.queued_bytes_max) {
        finish(added,
               failure(errc::limit_exceeded, std::string(added.name()) + " has " + std::to_string(added.wire.size())
                                                 + " bytes, more than queued_bytes_max allows at all"),
               done);
        return;
    }
    if (waiting_.size() >= limits_.waiting_max
        || waiting_bytes_ + outgoing_.size() + added.wire.size() > limits_.queued_bytes_max) {
        finish(added, failure(errc::backlog_full, std::string(added.name()) + " to " + peer_name_ + " was not queued: " + load()),
               done);
        return;
    }
    added.state_ = request::state::waiting;
    waiting_.push_back(added);
    waiting_bytes_ += added.wire.size();
    next_deadline_ = std::min(next_deadline_, added.deadline);
}

void multiplexer::submit_first(request& added) noexcept {
    added.state_ = request::state::waiting;
    added.session_bound_ = true;
    waiting_.push_front(added);
    waiting_bytes_ += added.wire.size();
    next_deadline_ = std::min(next_deadline_, added.deadline);
}

void multiplexer::cancel(const std::unordered_set<std::uint64_t>& serials, request_list& done) {
    const auto gone = [&](const request& one) { return one.serial != 0 && serials.contains(one.serial); };
    const auto leave = [&](request& found) {
        leave_line(found);
        finish(found, failure(errc::cancelled, std::string(found.name()) + " to " + peer_name_), done);
    };
    for (request* one = waiting_.front(); one != nullptr;) {
        request* next = request_list::after(*one);
        if (gone(*one)) leave(*one);
        one = next;
    }
    for (std::uint64_t place = line_begin_; place != line_end_; ++place) {
        request* one = in_line(place);
        if (one != nullptr && gone(*one)) leave(*one);
    }
}

void multiplexer::expire(time_point now, const std::optional<failure>& connect_problem, request_list& done) {
    start_clocks(now);
    if (now < next_deadline_) return;
    next_deadline_ = time_point::max();
    const auto look_at = [&](request& one) {
        if (one.deadline > now) {
            next_deadline_ = std::min(next_deadline_, one.deadline);
            return;
        }
        failure why = late(one, now, connect_problem);
        leave_line(one);
        finish(one, std::move(why), done);
    };
    for (request* one = waiting_.front(); one != nullptr;) {
        request* next = request_list::after(*one);
        look_at(*one);
        one = next;
    }
    for (std::uint64_t place = line_begin_; place != line_end_; ++place)
        if (request* one = in_line(place)) look_at(*one);
}

void multiplexer::start_clocks(time_point now) noexcept {
    for (std::uint64_t place = std::max(clocks_end_, line_begin_); place < line_end_; ++place) {
        request* const one = in_line(place);
        if (one == nullptr) continue;
        if (!one->clock_started()) one->start_clock(now);
        next_deadline_ = std::min(next_deadline_, one->deadline);
    }
    clocks_end_ = line_end_;
}

void multiplexer::fail_waiting(const failure& why, request_list& done) {
    while (request* one = waiting_.front()) {
        leave_line(*one);
        finish(*one, why, done);
    }
}

void multiplexer::fail_all(const failure& why, request_list& done) {
    for (std::uint64_t place = line_begin_; place != line_end_; ++place) {
        if (request* one = in_line(place)) {
            leave_line(*one);
            finish(*one, why, done);
        }
    }
    fail_waiting(why, done);
    next_deadline_ = time_point::max();
}

void multiplexer::open() noexcept {
    open_ = true;
    queued_total_ = sent_total_ = 0;
    line_begin_ = line_end_ = clocks_end_ = 0;
    outgoing_.clear();
    incoming_.clear();
    receiving_in_place_ = false;
    broken_.reset();
    reader_.reset();
}

void multiplexer::close(const failure& why, request_list& done) {
    open_ = false;
    outgoing_.clear();
    // From the back, so that pushing to the front restores the order.
    while (line_end_ != line_begin_) {
        request* one = in_line(--line_end_);
        if (one == nullptr || one->in_flight_.next_reply != line_end_) continue; // each once, whatever replies it is owed
        if (one->in_flight_.starts_at >= sent_total_ && !one->session_bound_) {
            one->state_ = request::state::waiting;
            waiting_.push_front(*one);
            waiting_bytes_ += one->wire.size();
            continue;
        }
        one->state_ = request::state::idle;
        finish(*one, failure(errc::connection_lost, std::string(one->name()) + " to " + peer_name_ + ": " + why.to_string()),
               done);
    }
    for (request* one = waiting_.front(); one != nullptr;) {
        request* next = request_list::after(*one);
        if (one->session_bound_) {
            leave_line(*one);
            finish(*one, why, done);
        }
        one = next;
    }
}

std::string_view multiplexer::outgoing() {
    while (open_ && !waiting_.empty() && outgoing_.size() < outgoing_bytes_enough && in_flight() < limits_.in_flight_max) {
        request& next = *waiting_.pop_front();
        waiting_bytes_ -= next.wire.size();
        if (in_flight() + next.replies > line_.size()) widen_line(next.replies);
        put_in_line(next);
    }
    return outgoing_.data();
}

void multiplexer::widen_line(std::size_t more) {
    std::vector<request*> wider(std::bit_ceil(in_flight() + more));
    for (std::uint64_t place = line_begin_; place != line_end_; ++place) wider[place & (wider.size() - 1)] = in_line(place);
    set_line(std::move(wider));
}

void multiplexer::set_line(std::vector<request*> line) noexcept {
    line_ = std::move(line);
    line_mask_ = line_.size() - 1;
    line_max_ = std::min(line_.size(), limits_.in_flight_max);
}

void multiplexer::sent(std::size_t bytes) noexcept {
    outgoing_.consume(bytes);
    sent_total_ += bytes;
}

std::span<char> multiplexer::incoming() {
    if (receiving_in_place_) {
        const std::span<char> wanted = reader_.wanted();
        if (!wanted.empty()) return wanted;
        receiving_in_place_ = false;
    }
    const std::span<char> space = incoming_.space(read_size_);
    return space.first(std::min(space.size(), read_size_));
}

void multiplexer::received(std::size_t bytes) {
    if (receiving_in_place_) {
        reader_.received(bytes);
        read_size_ = read_bytes_min; // the next may be as long, and what is read before its place is known has to be moved there
        return;
    }
    if (bytes >= read_size_) read_size_ = std::min(read_size_ * 2, read_bytes_max);
    incoming_.commit(bytes);
}

request* multiplexer::read_events(request_list& done) {
    const std::string_view held = incoming_.data();
    std::string_view input = held;
    request* const answered = next_event_answers(input, done);
    incoming_.consume(held.size() - input.size());
    if (answered == nullptr) receiving_in_place_ = !broken_ && !reader_.wanted().empty();
    return answered;
}

request* multiplexer::next_event_answers(std::string_view& input, request_list& done) {
    for (;;) {
        const resp::event piece = reader_.next(input);
        if (piece.kind == resp::event_kind::need_more) return nullptr;
        if (piece.kind == resp::event_kind::broken) {
            break_off(piece.error, "sent what cannot be read: " + std::string(piece.text));
            return nullptr;
        }
        if (piece.push) continue;
        if (in_flight() == 0) {
            break_off(errc::protocol_error, "sent a reply that nobody asked for");
            return nullptr;
        }
        request* const owner = in_line(line_begin_);
        if (piece.kind == resp::event_kind::bulk_start) {
            reader_.receive_into(owner != nullptr ? place_of(*owner, piece.size, done) : nullptr);
            continue;
        }
        if (piece.type == reply_type::error && piece.depth == 0) error_replies_.add(1);
        if (owner != nullptr) hand_over(*owner, piece, done);
        if (!piece.ends_reply) continue;
        if (request* const answered = reply_ended()) return answered;
    }
}

void multiplexer::break_off(errc error, const std::string& what) { broken_ = failure(error, peer_name_ + " " + what); }

inline void multiplexer::hand_over(request& owner, const resp::event& piece, request_list& done) {
    try {
        owner.on_event(piece, incoming_.block());
    } catch (const std::exception& problem) { // what a value throws: there is no memory for it
        abandon(owner, problem, done);
    }
}

char* multiplexer::place_of(request& owner, std::size_t size, request_list& done) {
    try {
        return owner.place(size);
    } catch (const std::exception& problem) {
        abandon(owner, problem, done);
        return nullptr;
    }
}

void multiplexer::abandon(request& owner, const std::exception& problem, request_list& done) {
    leave_line(owner);
    finish(owner, detail::no_memory(owner, problem), done);
}

// Null if more replies are owed, or if it has left the line.
request* multiplexer::reply_ended() noexcept {
    request* const owner = in_line(line_begin_++);
    if (owner == nullptr) return nullptr;
    ++owner->in_flight_.next_reply;
    if (--owner->owed_ != 0) return nullptr;
    owner->state_ = request::state::done;
    return owner;
}

void multiplexer::leave_line(request& gone) noexcept {
    if (gone.state_ == request::state::waiting) {
        waiting_.remove(gone);
        waiting_bytes_ -= gone.wire.size();
    } else if (gone.state_ == request::state::in_flight) {
        for (std::uint32_t i = 0; i < gone.owed_; ++i) in_line(gone.in_flight_.next_reply + i) = nullptr;
        // Its memory goes; the rest of a bulk that was being received into it is thrown away.
        if (gone.in_flight_.next_reply == line_begin_) {
            reader_.receive_into(nullptr);
            receiving_in_place_ = false;
        }
    }
    gone.state_ = request::state::idle;
}

void multiplexer::finish(request& gone, std::optional<failure> why, request_list& done) {
    if (why) gone.error = std::make_unique<failure>(std::move(*why));
    gone.state_ = request::state::done;
    done.push_back(gone);
}

failure multiplexer::late(const request& gone, time_point now, const std::optional<failure>& connect_problem) const {
    const std::string what = std::string(gone.name()) + " to " + peer_name_ + ": ";
    const std::string waited = milliseconds(now - gone.deadline + gone.time_limit());
    if (gone.state_ == request::state::in_flight && gone.in_flight_.starts_at < sent_total_)
        return failure(errc::timeout, what + "no reply within " + waited + "; " + load());
    if (open_)
        return failure(errc::timeout, what + "not sent within " + waited + ", the connection takes no more bytes; " + load());
    const std::string why = connect_problem ? connect_problem->to_string() : std::string("still connecting");
    return failure(errc::not_connected, what + "no connection within " + waited + ": " + why);
}

std::string multiplexer::load() const {
    return std::to_string(in_flight()) + " in flight, " + std::to_string(waiting_.size()) + " waiting, "
           + std::to_string(outgoing_.size() + waiting_bytes_) + " bytes unsent";
}

void multiplexer::trim() noexcept {
    outgoing_.release_if_empty();
    incoming_.release_if_empty();
    read_size_ = read_bytes_min;
    if (in_flight() == 0 && line_.size() > line_size_min) set_line(std::vector<request*>(line_size_min));
}

} // namespace entrada::conn
