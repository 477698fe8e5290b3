// The typed cache, blocking.
// Room: cache.
#pragma once

#include "entrada/async_cache.hpp"
#include "entrada/client.hpp"

namespace entrada {

/// Typed values in Redis, with expiry.
///
/// `std::string` and bytes are stored as they are, described structs (BOOST_DESCRIBE_STRUCT) and all else as JSON: see
/// `serializer`.
///
/// Errors: every call throws `failure_error`; the same codes as `client`, and `errc::value_unreadable` for bytes that are no `T`.
///         Who prefers results over exceptions uses `client()`.
/// Blocks: until the reply or the deadline; `errc::would_deadlock` on the client's own I/O thread.
/// Thread safety: every member may be called from any thread. Copies share one client and one set of counters.
class cache {
public:
    explicit cache(cache_options options) : cache(entrada::client(std::move(options.client)), std::move(options.key_prefix)) {}
    explicit cache(entrada::client shared, std::string key_prefix = {})
        : client_(std::move(shared)), async_(client_.async(), std::move(key_prefix)) {}

    /// The value, or nothing if there is none or it has expired.
    template <class T>
    [[nodiscard]] std::optional<T> get(std::string_view key, call_options call = {}) {
        return detail::read_reply<T>(*core(), client_.get(core()->key(key), call));
    }

    /// Stores for `ttl`, at least one millisecond.
    template <class T>
    void set(std::string_view key, const T& value, std::chrono::milliseconds ttl, call_options call = {}) {
        detail::require_ttl(ttl);
        const auto bytes = detail::bytes_of(value);
        (void)client_.set(core()->key(key), bytes, {.ttl = ttl}, call).value();
        core()->was_set();
    }

    /// Whether there was an entry.
    bool remove(std::string_view key, call_options call = {}) {
        const bool existed = client_.del(core()->key(key), call).value();
        core()->was_removed();
        return existed;
    }

    /// The cached value, or what `factory` returns, which is then cached for `ttl`.
    ///
    /// Of all callers of one key at one time, in this cache and its copies, one runs its factory; the others wait and get the
    /// same value, or the same exception. Who has waited for the deadline of the call runs its own. When Redis cannot be had, the
    /// factory's value is returned all the same; `stats().degraded` counts, the log says so. An entry that is not of type `T` is
    /// replaced.
    ///
    /// Errors: what the factory throws; `failure_error` for what is wrong with the call or refused by Redis.
    template <class T, class Factory>
    [[nodiscard]] T get_or_set(std::string_view key, std::chrono::milliseconds ttl, Factory&& factory, call_options call = {}) {
        detail::require_ttl(ttl);
        const std::string full = core()->key(key);
        const auto deadline = detail::deadline_after(std::chrono::steady_clock::now(),
                                                     call.timeout.value_or(client_.async().options().command_timeout));
        const auto landings = core()->flights.landings(full);
        detail::lookup<T> found = detail::try_reply<T>(*core(), client_.get(full, call));
        while (!found.value) {
            detail::seat seat = core()->flights.board(full);
            if (!seat.leads()) {
                const auto outcome = seat.wait(deadline, call.stop);
                if (!outcome) {
                    detail::throw_if_stopped(call.stop);
                    break; // too slow: better twice the work than an error
                }
                found.value = detail::shared_value<T>(*core(), *outcome);
                if (!found.value && outcome->bytes) break;
                continue;
            }
            if (found.reachable && core()->flights.landings(full) != landings) { // one may have landed since the first look
                found = detail::try_reply<T>(*core(), client_.get(full, call));
                if (found.value) break;
            }
            found.value = make_and_store<T>(full, ttl, factory, call, found.reachable, &seat);
        }
        if (!found.value) found.value = make_and_store<T>(full, ttl, factory, call, found.reachable, nullptr);
        return std::move(*found.value);
    }

    /// The same cache for coroutines.
    [[nodiscard]] async_cache& async() noexcept { return async_; }
    /// Redis itself: every command, with keys as they are.
    [[nodiscard]] entrada::client& client() noexcept { return client_; }
    [[nodiscard]] cache_stats stats() const noexcept { return async_.stats(); }

private:
    [[nodiscard]] const async_cache::core_handle& core() noexcept { return async_.core_; }

    template <class T, class Factory>
    T make_and_store(const std::string& key, std::chrono::milliseconds ttl, Factory& factory, call_options call, bool store,
                     detail::seat* leader) {
        try {
            core()->ran_factory();
            T value = std::invoke(factory);
            const auto bytes = detail::bytes_of<T>(value);
            if (store) detail::check_stored(*core(), client_.set(key, bytes, {.ttl = ttl}, call));
            if (leader) leader->land(std::string(bytes));
            return value;
        } catch (...) {
            if (leader && leader->leads()) leader->land(std::current_exception());
            throw;
        }
    }

    entrada::client client_;
    async_cache async_;
};

} // namespace entrada
