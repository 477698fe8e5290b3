// Lone mode: a blocking caller who is alone writes and reads for itself, and so saves two changes of thread per call.
//
// While it lasts the I/O thread does not watch the socket. It comes back to it when a second caller appears, when something is
// left to be answered, or when no lone call was made for a while.
#include "conn/connection.hpp"

#include <cerrno>
#include <poll.h>
#include <unistd.h>

namespace entrada::conn {
namespace {

// A few calls in a row that met nobody else; below that, changing hands costs more than it saves.
constexpr int lone_calls_min = 4;
// How long the socket may be without anybody's eyes on it between two lone calls.
constexpr std::chrono::milliseconds unwatched_max{5};

timespec until(std::chrono::steady_clock::time_point deadline) {
    const auto left = std::max(deadline - std::chrono::steady_clock::now(), std::chrono::steady_clock::duration::zero());
    const auto seconds = std::chrono::duration_cast<std::chrono::seconds>(left);
    return {static_cast<time_t>(seconds.count()), static_cast<long>(std::chrono::nanoseconds(left - seconds).count())};
}

} // namespace

bool connection::drive_alone(const std::atomic<int>& finished) {
    if (lone_calls_.load(std::memory_order_relaxed) < lone_calls_min || !baton_.try_take()) return false;
    if (enter_lone_mode()) {
        ++lone_passes_;
        pass();
        while (finished.load(std::memory_order_relaxed) == 0 && lone_) {
            poll_socket();
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
    watch_lone_mode();
    return true;
}

void connection::leave_lone_mode() {
    lone_ = false;
    descriptor_.assign(stream_->native_handle());
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

void connection::poll_socket() {
    const short wanted = write_blocked_ ? POLLIN | POLLOUT : POLLIN;
    pollfd watched[2] = {{stream_->native_handle(), wanted, 0}, {nudge_.get(), POLLIN, 0}};
    // Whoever leaves a note after this line sees `polling_` and nudges; a note from before is seen here.
    polling_.store(true, std::memory_order_seq_cst);
    if (!baton_.clear_note()) {
        const timespec limit = until(mux_.next_deadline());
        (void)::ppoll(watched, 2, mux_.next_deadline() == clock::time_point::max() ? nullptr : &limit, nullptr);
    }
    polling_.store(false, std::memory_order_relaxed);
    if (watched[1].revents != 0) {
        std::uint64_t nudges = 0;
        [[maybe_unused]] const auto taken = ::read(nudge_.get(), &nudges, sizeof nudges);
    }
    if ((watched[0].revents & POLLOUT) != 0) write_blocked_ = false;
    if ((watched[0].revents & ~POLLOUT) != 0) read_again_ = true;
}

} // namespace entrada::conn
