// Lone mode: a blocking caller who is alone writes and reads for itself, and so saves two changes of thread per call.
//
// While it lasts the I/O thread does not watch the socket. It comes back to it when a second caller appears, when something is
// left to be answered, or when no lone call was made for a while.
#include "conn/connection.hpp"

#include <algorithm>

namespace entrada::conn {
namespace {

// A few calls in a row that met nobody else; below that, changing hands costs more than it saves.
constexpr int lone_calls_min = 4;
// How long the socket may be without anybody's eyes on it between two lone calls.
constexpr std::chrono::milliseconds unwatched_max{5};

// A lone caller who waits for a slow reply looks up so often for deadlines, cancellation, new tokens and other callers. (Their
// commands could not be answered before its own: Redis answers in order.)
constexpr std::chrono::milliseconds look_up_interval{20};

} // namespace

bool connection::drive_alone(const waiter& waiting) {
    if (lone_calls_.load(std::memory_order_relaxed) < lone_calls_min || !baton_.try_take()) return false;
    if (enter_lone_mode()) {
        ++lone_passes_;
        pass();
        while (!waiting.is_finished() && lone_ && !write_blocked_) {
            wait_alone();
            pass();
        }
    } else {
        pass();
    }
    attend();
    // Whoever left a note is served by the I/O thread: this caller has what it came for, or waits like all others.
    if (baton_.let_go_anyway()) wake();
    return waiting.is_finished();
}

bool connection::enter_lone_mode() {
    if (lone_) return true;
    if (!stream_ || !mux_.idle() || write_blocked_ || readable_.load(std::memory_order_relaxed)) return false;
    attention_.fetch_add(1, std::memory_order_relaxed);
    descriptor_.release();
    read_attended_ = write_attended_ = false;
    lone_ = true;
    watch_lone_mode();
    return true;
}

void connection::leave_lone_mode() {
    lone_ = false;
    stream_->wait_in_reads(std::chrono::milliseconds(0));
    descriptor_.assign(stream_->native_handle());
    if (!stream_->holds_bytes()) return;
    read_again_ = true;
    wake();
}

void connection::watch_lone_mode() {
    lone_passes_seen_ = lone_passes_;
    lone_timer_.expires_after(unwatched_max);
    lone_timer_.async_wait([self = shared_from_this()](boost::system::error_code error) {
        if (error) return;
        self->enqueue([connection = self.get()] {
            if (!connection->lone_) return;
            if (connection->lone_passes_ == connection->lone_passes_seen_) {
                connection->leave_lone_mode();
            } else {
                connection->watch_lone_mode();
            }
        });
    });
}

void connection::wait_alone() {
    using std::chrono::milliseconds;
    if (poll_for_replies() || !stream_) return;
    const auto left = std::chrono::ceil<milliseconds>(mux_.next_deadline() - now_);
    // The read itself waits: one system call less than poll and read, and TLS sees what it holds.
    stream_->wait_in_reads(std::clamp(left, milliseconds(1), look_up_interval));
    read_again_ = true;
}

} // namespace entrada::conn
