#include "entrada/detail/request.hpp"

#include <algorithm>
#include <atomic>
#include <ctime>
#include <limits>

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

void set_timeout(request& fresh, std::chrono::milliseconds timeout) noexcept {
    constexpr std::chrono::milliseconds clock_step{10};
    constexpr std::chrono::milliseconds longest = std::chrono::years(100);
    constexpr std::int64_t most = std::numeric_limits<std::uint32_t>::max();
    timespec now{}; // the same origin as that of CLOCK_MONOTONIC, which libstdc++ and libc++ use for steady_clock
    ::clock_gettime(CLOCK_MONOTONIC_COARSE, &now);
    const std::chrono::steady_clock::time_point start(std::chrono::seconds(now.tv_sec) + std::chrono::nanoseconds(now.tv_nsec));
    if (timeout > longest) {
        fresh.deadline = std::chrono::steady_clock::time_point::max();
    } else {
        fresh.deadline = timeout.count() <= 0 ? start : start + clock_step + timeout;
    }
    fresh.timeout_ms = static_cast<std::uint32_t>(std::clamp<std::int64_t>(timeout.count(), 0, most));
}

} // namespace entrada::detail
