// Counts what costs: allocations and system calls of the whole program, which do not depend on how busy the machine is.
// Room: tests.
#pragma once

#include <cstdint>

namespace entrada::test {

struct costs {
    std::uint64_t allocations = 0;
    std::uint64_t system_calls = 0; ///< send, recv, epoll_wait, epoll_ctl and the rest of what a client's path may use

    costs operator-(const costs& before) const { return {allocations - before.allocations, system_calls - before.system_calls}; }
};

[[nodiscard]] costs costs_so_far() noexcept;

} // namespace entrada::test
