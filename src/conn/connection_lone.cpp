// Lone mode: a blocking caller who is alone writes and reads for itself, and so saves two changes of thread per call.
//
// While it lasts the I/O thread does not watch the socket. It comes back to it when a second caller appears, when something is
// left to be answered, or when no lone call was made for a while.
#include "conn/connection.hpp"

#include <algorithm>
#include <poll.h>

namespace entrada::conn {
namespace {

// A few calls in a row that met nobody else; below that, changing hands costs more than it saves.
constexpr int lone_calls_min = 4;
// How long the socket may be without anybody's eyes on it between two lone calls.
constexpr std::chrono::milliseconds unwatched_max{5};

// A lone caller who waits for a slow reply looks up so often for deadlines, cancellation, new tokens and other callers. (Their
// commands could not be answered before its own: Redis answers in order.)
constexpr std::chrono::milliseconds look_up_interval{20};

timespec at_most(std::chrono::steady_clock::duration left) {
    using std::chrono::nanoseconds;
    return {0, static_cast<long>(std::clamp(nanoseconds(left), nanoseconds(0), nanoseconds(look_up_interval)).count())};
}

} // namespace

bool connection::drive_alone(const std::atomic<int>& finished) {
    if (lone_calls_.load(std::memory_order_relaxed) < lone_calls_min || !baton_.try_take()) return false;
    if (enter_lone_mode()) {
        ++lone_passes_;
        pass();
        while (finished.load(std::memory_order_relaxed) == 0 && lone_) {
            wait_alone();
            pass();
        }
    } else {
        pass();
    }
    attend();
    if (!baton_.let_go()) drive_and_let_go();
    return finished.load(std::memory_order_acquire) != 0;
}

bool connection::enter_lone_mode() {
    if (lone_) return true;
    if (!stream_ || !mux_.idle() || write_blocked_ || readable_.load(std::memory_order_relaxed)) return false;
    attention_.fetch_add(1, std::memory_order_relaxed);
    descriptor_.release();
    read_attended_ = write_attended_ = false;
    lone_ = true;
    stream_->wait_in_reads(look_up_interval);
    watch_lone_mode();
    return true;
}

void connection::leave_lone_mode() {
    lone_ = false;
    stream_->wait_in_reads(std::chrono::milliseconds(0));
    descriptor_.assign(stream_->native_handle());
    if (stream_->short_read_empties()) return;
    read_again_ = true; // TLS may hold more than was asked for
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
    const auto left = mux_.next_deadline() - clock::now();
    if (!write_blocked_ && left > look_up_interval) {
        read_again_ = true; // the read itself waits: one system call less than poll and read
        return;
    }
    pollfd watched{stream_->native_handle(), static_cast<short>(write_blocked_ ? POLLIN | POLLOUT : POLLIN), 0};
    const timespec limit = at_most(left);
    (void)::ppoll(&watched, 1, &limit, nullptr);
    if ((watched.revents & POLLOUT) != 0) write_blocked_ = false;
    if ((watched.revents & ~POLLOUT) != 0) read_again_ = true;
}

} // namespace entrada::conn
