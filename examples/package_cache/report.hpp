// What happened, for people and for machines.
#pragma once

#include "package_cache/latency.hpp"

#include <filesystem>
#include <iosfwd>
#include <string>
#include <vector>

namespace package_cache {

struct report {
    std::uint64_t records = 0;
    std::uint64_t threads = 0;
    std::uint64_t coroutines = 0;
    double seconds = 0;
    std::uint64_t operations = 0;
    std::uint64_t hits = 0;
    std::uint64_t misses = 0;
    double p50_us = 0;
    double p99_us = 0;
    double p999_us = 0;
    std::uint64_t tokens_acquired = 0;
    std::uint64_t reauthentications = 0;
    std::uint64_t connections_opened = 0;
    std::uint64_t connections_lost = 0;
    std::uint64_t failed_commands = 0;
    std::uint64_t wrong_values = 0;
    std::uint64_t turns_wanted = 0;
    std::vector<std::string> first_errors{};

    void set_latency(const latency_histogram& all);
    [[nodiscard]] bool tokens_turned() const noexcept;
    [[nodiscard]] bool good() const noexcept;
};

void print(std::ostream& out, const report& all);
/// One flat JSON object. Returns whether the file could be written.
[[nodiscard]] bool write_summary(const std::filesystem::path& file, const report& all);

} // namespace package_cache
