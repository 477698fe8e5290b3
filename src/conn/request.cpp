#include "entrada/detail/request.hpp"

#include "resp/reader.hpp"

#include <atomic>
#include <ctime>

namespace entrada::detail {

std::string_view command_name(std::string_view wire) noexcept {
    const std::size_t length_line = wire.find('\n') + 1;
    const std::size_t name_line = wire.find('\n', length_line) + 1;
    return wire.substr(name_line, wire.find('\r', name_line) - name_line);
}

std::uint64_t next_serial() noexcept {
    static std::atomic<std::uint64_t> last{0};
    return last.fetch_add(1, std::memory_order_relaxed) + 1;
}

void request::on_plain_reply(reply_type type, std::string_view text, received_block& in) noexcept {
    resp::event whole;
    whole.kind = resp::event_kind::value;
    whole.type = type;
    whole.ends_reply = true;
    whole.text = text;
    try {
        on_event(whole, in);
    } catch (const std::exception& problem) {
        error = std::make_unique<failure>(no_memory(*this, problem));
    }
    on_done();
}

failure no_memory(const request& owner, const std::exception& problem) {
    return {errc::limit_exceeded, std::string(owner.name()) + ": no memory for the reply: " + problem.what()};
}

std::chrono::steady_clock::time_point coarse_now() noexcept {
    timespec now{}; // the same origin as that of CLOCK_MONOTONIC, which libstdc++ and libc++ use for steady_clock
    ::clock_gettime(CLOCK_MONOTONIC_COARSE, &now);
    return std::chrono::steady_clock::time_point(std::chrono::seconds(now.tv_sec) + std::chrono::nanoseconds(now.tv_nsec));
}

} // namespace entrada::detail
