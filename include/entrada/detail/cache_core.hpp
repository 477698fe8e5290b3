// What the handles of one cache share: key prefix, counters, flights. Not for users.
// Room: cache.
#pragma once

#include "entrada/cache_options.hpp"
#include "entrada/detail/single_flight.hpp"
#include "entrada/result.hpp"
#include "entrada/serializer.hpp"

#include <atomic>
#include <chrono>
#include <concepts>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

namespace entrada::detail {

/// Thread safety: every member may be called from any thread.
class cache_core {
public:
    cache_core(std::string key_prefix, log_sink log) : key_prefix_(std::move(key_prefix)), log_(std::move(log)) {}

    [[nodiscard]] std::string key(std::string_view name) const;
    [[nodiscard]] cache_stats stats() const noexcept;

    void hit() noexcept { ++hits_; }
    void miss() noexcept { ++misses_; }
    void was_set() noexcept { ++sets_; }
    void was_removed() noexcept { ++removes_; }
    void ran_factory() noexcept { ++factory_runs_; }
    void shared() noexcept { ++shared_; }
    /// Counts an entry that is not of the type asked for, and says so.
    void unreadable(const failure& cause);
    /// Whether this failure means that Redis cannot be had at present; if so, counts it and says when it begins.
    [[nodiscard]] bool does_without(const failure& cause);
    /// Redis answered; says so if it could not be had before.
    void reached();

    single_flight flights;

private:
    std::string key_prefix_;
    log_sink log_;
    std::atomic<std::uint64_t> hits_{0}, misses_{0}, sets_{0}, removes_{0}, factory_runs_{0}, shared_{0}, degraded_{0},
        unreadable_{0};
    std::atomic<bool> is_degraded_{false};
};

/// Throws `failure_error` for a time to live below one millisecond, before any work is done for it.
void require_ttl(std::chrono::milliseconds ttl);

/// Throws `failure_error` if a stop was requested.
void throw_if_stopped(const std::stop_token& stop);

/// The bytes of a value: text as it is, all else by its serializer. Throws `failure_error`.
template <class T>
auto bytes_of(const T& value) {
    if constexpr (std::convertible_to<const T&, std::string_view>) {
        return std::string_view(value);
    } else if constexpr (std::convertible_to<decltype(serializer<T>::write(value)), std::string_view>) {
        return serializer<T>::write(value);
    } else {
        return serializer<T>::write(value).value();
    }
}

/// What a GET brought to a caller who can do without.
template <class T>
struct lookup {
    std::optional<T> value;
    bool reachable = true;
};

/// Throws `failure_error` for a failure of the call or an entry that is no `T`.
template <class T>
std::optional<T> read_reply(cache_core& core, result<std::optional<std::string>>&& reply) {
    std::optional<std::string> bytes = std::move(reply).value();
    if (!bytes) {
        core.miss();
        return std::nullopt;
    }
    std::optional<T> value = serializer<T>::read(std::move(*bytes)).value();
    core.hit();
    return value;
}

/// The same where a factory stands ready: an unreachable Redis and an unreadable entry count as a miss.
template <class T>
lookup<T> try_reply(cache_core& core, result<std::optional<std::string>>&& reply) {
    if (!reply) {
        if (core.does_without(reply.error())) return {std::nullopt, false};
        throw failure_error(reply.error());
    }
    core.reached();
    if (*reply) {
        result<T> value = serializer<T>::read(std::move(**reply));
        if (value) {
            core.hit();
            return {std::move(*value), true};
        }
        core.unreadable(value.error());
    }
    core.miss();
    return {};
}

/// Throws `failure_error` unless Redis took the value, or a factory's value can do without.
inline void check_stored(cache_core& core, const result<bool>& stored) {
    if (stored)
        core.was_set();
    else if (!core.does_without(stored.error()))
        throw failure_error(stored.error());
}

/// Of a passenger: the leader's value, if it landed with one that is a `T`. Throws what the leader's factory threw.
template <class T>
std::optional<T> shared_value(cache_core& core, const flight_outcome& outcome) {
    if (outcome.error) std::rethrow_exception(outcome.error);
    if (!outcome.bytes) return std::nullopt;
    result<T> value = serializer<T>::read(*outcome.bytes);
    if (!value) return std::nullopt; // the leader wants another type under this key
    core.shared();
    return std::move(*value);
}

} // namespace entrada::detail
