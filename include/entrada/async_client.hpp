// The asynchronous Redis client: one connection shared by all callers.
// Room: client.
#pragma once

#include "entrada/batch.hpp"
#include "entrada/command.hpp"
#include "entrada/detail/pending_call.hpp"
#include "entrada/detail/reply_values.hpp"

#include <optional>
#include <stop_token>

namespace entrada {

/// Per call. A default-constructed one takes the client's command timeout.
struct call_options {
    std::optional<std::chrono::milliseconds> timeout = std::nullopt;
    /// Blocking calls end with `errc::cancelled` when stop is requested. Asynchronous ones are cancelled in the way of their
    /// coroutine: see `async_client`.
    std::stop_token stop = {};
};

enum class set_condition { always, if_absent, if_present };

struct set_options {
    /// Empty: the entry does not expire. Below one millisecond is an error.
    std::optional<std::chrono::milliseconds> ttl = std::nullopt;
    set_condition condition = set_condition::always;
    /// KEEPTTL: an entry that is overwritten keeps its expiry.
    bool keep_ttl = false;
};

namespace detail {
// Bound to by reference: GCC clears an object made for each call with `rep stos`, half of the time of a coroutine's own code.
inline const call_options default_call{};
inline const set_options default_set{};

[[nodiscard]] prepared prepare_set(std::string_view key, std::string_view value, const set_options& how);
} // namespace detail

/// A handle to one client; copies share the same connection and I/O thread.
///
/// All calls take any completion token of Asio. Without one they return something to await: `co_await client.get(key)` works in
/// an `asio::awaitable` and in coroutines of every other kind. `boost::asio::detached` fires and forgets; failures are still
/// counted in `stats()`. Arguments are copied before the call returns; what it returns is to be started while a handle of the
/// client lives.
///
/// Of Asio's coroutines those that run on `get_executor()` are fastest: they share the I/O thread. Coroutines of other kinds go
/// on on the I/O thread, unless there was nothing to send. They must not block it, and must not be destroyed while they wait: the
/// call lies in their own frame, and nothing is faster.
///
/// Errors: `errc::timeout`, `errc::not_connected`, `errc::connection_lost`, `errc::backlog_full`, `errc::token_unavailable`,
///         and those of error replies (`errc::server_error`, `errc::wrong_type`, ...).
/// Cancellation: with Asio terminal, partial and total; in other coroutines with a `std::stop_token` in place of the completion
///         token. Completes with `errc::cancelled`. A command whose bytes have left may still run: its reply is read and thrown
///         away.
/// Completion: through the handler's executor, `get_executor()` if it has none; never inside the call. Coroutines without Asio do
///         not even pause for what is refused or was stopped before.
/// Thread safety: every member may be called from any thread.
/// Lifetime: the last copy stops the client: pending calls complete with `errc::stopped`, the I/O thread ends. What a handler's
///         executor belongs to, such as an `io_context`, outlives the call, as everywhere in Asio: to end early, `stop()` the
///         client before it goes.
class async_client {
public:
    explicit async_client(client_options options);

    [[nodiscard]] boost::asio::any_io_executor get_executor() const noexcept;
    [[nodiscard]] const client_options& options() const noexcept;
    [[nodiscard]] client_stats stats() const noexcept;

    /// The value, or nothing if the key does not exist. Completes with `result<std::optional<std::string>>`.
    template <class Token = detail::no_token>
    auto get(std::string_view key, const call_options& call = detail::default_call, Token&& token = {}) {
        return detail::begin_call<detail::text_value>(*core_, detail::encode_get(key), call.timeout, std::forward<Token>(token));
    }

    /// The same without a copy: completes with `result<std::optional<lease>>`.
    template <class Token = detail::no_token>
    auto get_lease(std::string_view key, const call_options& call = detail::default_call, Token&& token = {}) {
        return detail::begin_call<detail::lease_value>(*core_, detail::encode_get(key), call.timeout, std::forward<Token>(token));
    }

    /// Completes with `result<bool>`: false if the condition was not met.
    template <class Token = detail::no_token>
    auto set(std::string_view key, std::string_view value, const set_options& how = detail::default_set,
             const call_options& call = detail::default_call, Token&& token = {}) {
        return detail::begin_call<detail::status_value>(*core_, detail::prepare_set(key, value, how), call.timeout,
                                                        std::forward<Token>(token));
    }

    /// Completes with `result<bool>`: whether the key existed.
    template <class Token = detail::no_token>
    auto del(std::string_view key, const call_options& call = detail::default_call, Token&& token = {}) {
        return detail::begin_call<detail::existed_value>(*core_, detail::encode({"DEL", key}), call.timeout,
                                                         std::forward<Token>(token));
    }

    /// Completes with `result<key_ttl>`.
    template <class Token = detail::no_token>
    auto ttl(std::string_view key, const call_options& call = detail::default_call, Token&& token = {}) {
        return detail::begin_call<detail::ttl_value>(*core_, detail::encode({"PTTL", key}), call.timeout,
                                                     std::forward<Token>(token));
    }

    /// Any command that leaves the shared connection as it is. Completes with `result<reply>`; an error reply is a failure.
    /// Errors: also `errc::not_multiplexable` for SUBSCRIBE, MULTI, SELECT, AUTH, BLPOP and the like.
    template <class Token = detail::no_token>
    auto exec(const command& request, const call_options& call = detail::default_call, Token&& token = {}) {
        return detail::begin_call<detail::whole_value>(*core_, detail::prepare(request), call.timeout,
                                                       std::forward<Token>(token));
    }

    /// All commands of the batch with one call. Completes with `result<std::vector<result<reply>>>`: a reply or its error for
    /// each, in their order; a failure of the whole if the batch was refused, timed out or lost its connection.
    template <class Token = detail::no_token>
    auto exec(const batch& all, const call_options& call = detail::default_call, Token&& token = {}) {
        return detail::begin_call<detail::batch_value>(*core_, detail::prepare(all), call.timeout, std::forward<Token>(token));
    }

    /// Connects if necessary and sends PING. Completes with `result<std::chrono::microseconds>`: the round trip.
    template <class Token = detail::no_token>
    auto ping(const call_options& call = detail::default_call, Token&& token = {}) {
        return detail::begin_call<detail::ping_value>(*core_, detail::encode({"PING"}), call.timeout, std::forward<Token>(token));
    }

    /// Ends the connection; all pending and later calls complete with `errc::stopped`.
    /// Blocks: until all that was under way has been handed to its executor, so do not hold what a handler waits for; not on the
    /// I/O thread or in a handler.
    void stop() noexcept;

private:
    friend class client;
    std::shared_ptr<detail::client_core> core_;
};

} // namespace entrada
