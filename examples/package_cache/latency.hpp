// Counts durations in buckets that grow with them, so that any percentile is known to 1.6 % whatever its size.
#pragma once

#include <array>
#include <bit>
#include <chrono>
#include <cstddef>
#include <cstdint>

namespace package_cache {

/// Thread safety: none; each worker has its own, they are merged at the end.
class latency_histogram {
public:
    void record(std::chrono::nanoseconds duration) noexcept {
        const auto nanoseconds = static_cast<std::uint64_t>(duration.count() > 0 ? duration.count() : 0);
        ++counts_[bucket_of(nanoseconds)];
        ++total_;
    }

    void merge(const latency_histogram& other) noexcept {
        for (std::size_t i = 0; i < counts_.size(); ++i) counts_[i] += other.counts_[i];
        total_ += other.total_;
    }

    [[nodiscard]] std::uint64_t total() const noexcept { return total_; }

    /// The duration that `share` of all (0.99: 99 %) do not exceed, at the upper edge of its bucket. Zero if nothing was
    /// recorded.
    [[nodiscard]] std::chrono::nanoseconds percentile(double share) const noexcept {
        const auto rank = static_cast<std::uint64_t>(share * static_cast<double>(total_));
        std::uint64_t seen = 0;
        for (std::size_t i = 0; i < counts_.size(); ++i) {
            seen += counts_[i];
            if (seen > rank || (seen == total_ && seen > 0)) return std::chrono::nanoseconds(upper_edge(i));
        }
        return {};
    }

private:
    static constexpr int steps_log2 = 6; ///< each doubling is cut into 64 steps
    static constexpr std::uint64_t steps = 1 << steps_log2;
    static constexpr std::size_t doublings = 40; ///< up to 2^46 ns, 19 hours

    static std::size_t bucket_of(std::uint64_t value) noexcept {
        if (value < steps) return static_cast<std::size_t>(value);
        const auto shift = static_cast<std::size_t>(std::bit_width(value)) - steps_log2 - 1;
        const std::size_t bucket = (shift + 1) * steps + static_cast<std::size_t>((value >> shift) - steps);
        return bucket < buckets ? bucket : buckets - 1;
    }
    static std::int64_t upper_edge(std::size_t bucket) noexcept {
        if (bucket < steps) return static_cast<std::int64_t>(bucket);
        const std::size_t shift = bucket / steps - 1;
        return static_cast<std::int64_t>(((steps + bucket % steps + 1) << shift) - 1);
    }

    static constexpr std::size_t buckets = (doublings + 1) * steps;
    std::array<std::uint64_t, buckets> counts_{};
    std::uint64_t total_ = 0;
};

} // namespace package_cache
