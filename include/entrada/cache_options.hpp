// What a cache is made of.
// Room: cache.
#pragma once

#include "entrada/client_options.hpp"

#include <cstdint>
#include <string>
#include <utility>

namespace entrada {

struct cache_options {
    cache_options(client_options where, std::string prefix = {}) // NOLINT(google-explicit-constructor)
        : client(std::move(where)), key_prefix(std::move(prefix)) {}

    client_options client;
    /// Put before every key as it is; `Redis:InstanceName` of .NET.
    std::string key_prefix;
};

/// Counters of a cache since its start; copies of one cache share them.
struct cache_stats {
    std::uint64_t hits = 0;
    std::uint64_t misses = 0;
    std::uint64_t sets = 0;
    std::uint64_t removes = 0;
    std::uint64_t factory_runs = 0; ///< of `get_or_set`
    std::uint64_t shared = 0;       ///< calls of `get_or_set` that got the value of a factory another caller ran
    std::uint64_t degraded = 0;     ///< times `get_or_set` had to do without Redis
    std::uint64_t unreadable = 0;   ///< entries that `get_or_set` replaced because they were not of its type
};

} // namespace entrada
