// When a timeout passes. Not for users.
// Room: base.
#pragma once

#include <algorithm>
#include <chrono>

namespace entrada::detail {

/// `timeout` after `start`; one too long for the clock never passes, a negative one has passed.
[[nodiscard]] inline std::chrono::steady_clock::time_point deadline_after(std::chrono::steady_clock::time_point start,
                                                                          std::chrono::milliseconds timeout) noexcept {
    using time_point = std::chrono::steady_clock::time_point;
    const auto left = std::chrono::duration_cast<std::chrono::milliseconds>(time_point::max() - start);
    return timeout >= left ? time_point::max() : start + std::max(timeout, std::chrono::milliseconds(0));
}

} // namespace entrada::detail
