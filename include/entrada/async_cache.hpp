// The typed cache for coroutines.
// Room: cache.
#pragma once

#include "entrada/async_client.hpp"
#include "entrada/cache_options.hpp"
#include "entrada/detail/cache_core.hpp"
#include "entrada/detail/deadline.hpp"

#include <boost/asio/awaitable.hpp>

#include <functional>

namespace entrada {

/// Typed values in Redis, with expiry; the calls of `cache`, to be awaited in a coroutine on any executor.
///
/// Arguments are copied before a call returns, so its awaitable may outlive them. Each awaitable is awaited once.
/// Give values a name before the `co_await`: GCC 12 miscompiles aggregates that are made inside of such an expression.
///
/// Errors: as `cache`, thrown as `failure_error` from the `co_await`.
/// Cancellation: terminal, partial and total; the `co_await` throws. A command that was sent may still run.
/// Thread safety: every member may be called from any thread. Copies share one client and one set of counters.
/// Lifetime: as `async_client`; coroutines that hold a copy keep the client alive.
class async_cache {
public:
    explicit async_cache(cache_options options)
        : client_(options.client),
          core_(std::make_shared<detail::cache_core>(std::move(options.key_prefix), client_.options().log)) {}
    explicit async_cache(async_client shared, std::string key_prefix = {})
        : client_(std::move(shared)), core_(std::make_shared<detail::cache_core>(std::move(key_prefix), client_.options().log)) {}

    /// The value, or nothing if there is none or it has expired.
    template <class T>
    [[nodiscard]] boost::asio::awaitable<std::optional<T>> get(std::string_view key, call_options call = {}) {
        return do_get<T>(client_, core_, core_->key(key), call);
    }

    /// Stores for `ttl`, at least one millisecond.
    template <class T>
    [[nodiscard]] boost::asio::awaitable<void> set(std::string_view key, const T& value, std::chrono::milliseconds ttl,
                                                   call_options call = {}) {
        detail::require_ttl(ttl);
        return do_set(client_, core_, core_->key(key), std::string(detail::bytes_of(value)), ttl, call);
    }

    /// Whether there was an entry.
    [[nodiscard]] boost::asio::awaitable<bool> remove(std::string_view key, call_options call = {}) {
        return do_remove(client_, core_, core_->key(key), call);
    }

    /// The cached value, or what `factory` brings, which is then cached for `ttl`. A factory returns a value, or an
    /// `asio::awaitable` of one. What else there is to know stands at `cache::get_or_set`.
    template <class T, class Factory>
    [[nodiscard]] boost::asio::awaitable<T> get_or_set(std::string_view key, std::chrono::milliseconds ttl, Factory&& factory,
                                                       call_options call = {}) {
        detail::require_ttl(ttl);
        return do_get_or_set<T, std::decay_t<Factory>>(client_, core_, core_->key(key), ttl, std::forward<Factory>(factory),
                                                       call);
    }

    [[nodiscard]] async_client& client() noexcept { return client_; }
    [[nodiscard]] cache_stats stats() const noexcept { return core_->stats(); }

private:
    friend class cache;
    using core_handle = std::shared_ptr<detail::cache_core>;

    // The coroutines below are static and own what they use: they may outlive this handle. What is awaited has a name, for
    // compilers have destroyed temporaries of co_await twice or too early.

    template <class T>
    static boost::asio::awaitable<std::optional<T>> do_get(async_client client, core_handle core, std::string key,
                                                           call_options call) {
        auto pending = client.get(key, call);
        auto reply = co_await std::move(pending);
        co_return detail::read_reply<T>(*core, std::move(reply));
    }

    static boost::asio::awaitable<void> do_set(async_client client, core_handle core, std::string key, std::string bytes,
                                               std::chrono::milliseconds ttl, call_options call);
    static boost::asio::awaitable<bool> do_remove(async_client client, core_handle core, std::string key, call_options call);

    template <class T, class Factory>
    static boost::asio::awaitable<T> do_get_or_set(async_client client, core_handle core, std::string key,
                                                   std::chrono::milliseconds ttl, Factory factory, call_options call) {
        const auto deadline =
            detail::deadline_after(std::chrono::steady_clock::now(), call.timeout.value_or(client.options().command_timeout));
        const auto landings = core->flights.landings(key);
        auto pending = client.get(key, call);
        auto reply = co_await std::move(pending);
        detail::lookup<T> found = detail::try_reply<T>(*core, std::move(reply));
        while (!found.value) {
            detail::seat seat = core->flights.board(key);
            if (!seat.leads()) {
                auto wait = seat.async_wait(client.get_executor(), deadline);
                const bool landed = co_await std::move(wait);
                if (!landed) break; // too slow: better twice the work than an error
                found.value = detail::shared_value<T>(*core, seat.outcome());
                if (!found.value && seat.outcome().bytes) break;
                continue;
            }
            if (found.reachable && core->flights.landings(key) != landings) { // one may have landed since the first look
                auto again = client.get(key, call);
                auto second = co_await std::move(again);
                found = detail::try_reply<T>(*core, std::move(second));
                if (found.value) break;
            }
            auto made = make_and_store<T, Factory>(client, core, key, ttl, factory, call, found.reachable, &seat);
            found.value = co_await std::move(made);
        }
        if (!found.value) {
            auto made = make_and_store<T, Factory>(client, core, key, ttl, factory, call, found.reachable, nullptr);
            found.value = co_await std::move(made);
        }
        co_return std::move(*found.value);
    }

    // The references belong to the coroutine that awaits this one.
    template <class T, class Factory>
    static boost::asio::awaitable<T> make_and_store(async_client& client, core_handle& core, const std::string& key,
                                                    std::chrono::milliseconds ttl, Factory& factory, call_options call,
                                                    bool store, detail::seat* leader) {
        std::optional<T> value;
        std::exception_ptr error;
        try {
            core->ran_factory();
            value = co_await run_factory<T>(factory);
            std::string bytes(detail::bytes_of<T>(*value));
            if (store) {
                auto pending = client.set(key, bytes, {.ttl = ttl}, call);
                auto stored = co_await std::move(pending);
                detail::check_stored(*core, stored);
            }
            if (leader) leader->land(std::move(bytes));
        } catch (...) {
            error = std::current_exception();
        }
        if (error && leader) leader->land(error);
        if (error) std::rethrow_exception(error);
        co_return std::move(*value);
    }

    template <class T, class Factory>
    static boost::asio::awaitable<T> run_factory(Factory& factory) {
        if constexpr (std::convertible_to<std::invoke_result_t<Factory&>, T>) {
            co_return std::invoke(factory);
        } else {
            auto pending = std::invoke(factory);
            co_return co_await std::move(pending);
        }
    }

    async_client client_;
    core_handle core_;
};

} // namespace entrada
