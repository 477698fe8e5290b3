// What a program's memory is, and the line of JSON that says how much each of many things takes.
// Room: bench.
#pragma once

#include <algorithm>
#include <cstdio>
#include <fstream>
#include <malloc.h>
#include <thread>
#include <unistd.h>

namespace bench {

/// The program's own; not what the kernel holds for its sockets.
struct memory_use {
    double resident = 0; ///< bytes in memory: heap, stacks of threads, and what allocators keep for later
    double heap = 0;     ///< bytes allocated and not freed
};

inline memory_use memory_now() {
    std::ifstream file("/proc/self/statm");
    double total = 0, resident = 0;
    file >> total >> resident;
    const struct mallinfo2 heap = ::mallinfo2();
    return {resident * static_cast<double>(::sysconf(_SC_PAGESIZE)), static_cast<double>(heap.uordblks + heap.hblkhd)};
}

inline void print_memory_each(const memory_use& before, int count) {
    const memory_use now = memory_now();
    std::printf("{\"count\": %d, \"resident_bytes\": %.1f, \"heap_bytes\": %.1f}\n", count,
                (now.resident - before.resident) / count, (now.heap - before.heap) / count);
    std::fflush(stdout);
}

/// False: it did not come true in a minute.
template <class Condition>
bool wait_until(Condition&& condition) {
    const auto limit = std::chrono::steady_clock::now() + std::chrono::minutes(1);
    while (!condition()) {
        if (std::chrono::steady_clock::now() > limit) return false;
        std::this_thread::sleep_for(std::chrono::milliseconds(1));
    }
    return true;
}

} // namespace bench
