// Looking for replies with open eyes: an option for those who have a processor to spare.
#include "conn/connection.hpp"

#include "conn/counters.hpp"

namespace entrada::conn {
namespace {

// However well it goes, handlers and timers of others get their turn on this thread after so long.
constexpr std::chrono::microseconds at_a_stretch_max{500};

} // namespace

bool connection::poll_for_replies() {
    if (!stream_ || write_blocked_ || mux_.in_flight() == 0 || !polling_.is_worth_it()) return false;
    const clock::time_point began = clock::now();
    clock::time_point last_found = began;
    const std::uint64_t received = counters_->bytes_received.get();
    stream_->wait_in_reads(std::chrono::milliseconds(0));
    while (stream_ && !write_blocked_ && mux_.in_flight() != 0) {
        const std::uint64_t before = counters_->bytes_received.get();
        read_again_ = true;
        pass();
        if (counters_->bytes_received.get() != before) last_found = now_;
        if (lone_ && counters_->bytes_received.get() != received) break; // the lone caller may have what it came for
        if (now_ - last_found >= polling_.limit() || now_ - began >= at_a_stretch_max) break;
    }
    const bool found = counters_->bytes_received.get() != received;
    found ? polling_.found() : polling_.found_nothing();
    return found;
}

} // namespace entrada::conn
