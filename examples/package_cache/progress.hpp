// Shows that something happens: a bar on a terminal, a line now and then elsewhere.
#pragma once

#include <chrono>
#include <cstdint>
#include <cstdio>

namespace package_cache {

struct progress_state {
    double done = 0; ///< 0 to 1
    std::chrono::duration<double> elapsed{};
    std::uint64_t operations = 0;
    std::uint64_t hits = 0;
    std::uint64_t misses = 0;
    std::uint64_t turns = 0;
    std::uint64_t failed = 0;
};

class progress {
public:
    /// Writes to `out`, as a bar if it is a terminal.
    explicit progress(std::FILE* out);
    /// To be called often; decides by itself when to write.
    void show(const progress_state& now);
    /// Removes the bar.
    void finish();

private:
    std::FILE* out_;
    bool terminal_;
    double shown_at_ = 0; ///< seconds since the start
    std::uint64_t shown_operations_ = 0;
};

} // namespace package_cache
