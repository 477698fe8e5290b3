// How long calls took: counts in classes that differ by less than one percent, so that memory does not grow with the calls.
// Room: bench.
#pragma once

#include <bit>
#include <chrono>
#include <cstdint>
#include <vector>

namespace bench {

/// Thread safety: for one thread.
class latencies {
public:
    void add(std::chrono::nanoseconds took) noexcept {
        ++counts_[class_of(static_cast<std::uint64_t>(took.count()))];
        ++total_;
    }

    [[nodiscard]] bool empty() const noexcept { return total_ == 0; }

    /// So many microseconds at most took this part of all calls.
    [[nodiscard]] double percentile_us(double part) const noexcept {
        const auto wanted = static_cast<std::uint64_t>(part * static_cast<double>(total_));
        std::size_t at = 0;
        for (std::uint64_t seen = counts_[0]; seen <= wanted && at + 1 < counts_.size();) seen += counts_[++at];
        return static_cast<double>(begin_of(at)) / 1000;
    }

private:
    static constexpr int fine_bits = 7; // one of 128 classes between two powers of two
    static constexpr std::uint64_t fine = 1U << fine_bits;

    static std::size_t class_of(std::uint64_t value) noexcept {
        if (value < fine) return value;
        const auto shift = static_cast<std::uint64_t>(std::bit_width(value)) - fine_bits - 1;
        return (shift << fine_bits) + (value >> shift);
    }
    static std::uint64_t begin_of(std::size_t place) noexcept {
        if (place < fine) return place;
        const std::uint64_t shift = (place >> fine_bits) - 1;
        return (place - (shift << fine_bits)) << shift;
    }

    std::vector<std::uint32_t> counts_ = std::vector<std::uint32_t>(64U << fine_bits);
    std::uint64_t total_ = 0;
};

} // namespace bench
