// The asynchronous Redis client: one connection shared by all callers.
// Room: client.
#pragma once

#include "entrada/batch.hpp"
#include "entrada/command.hpp"
#include "entrada/detail/async_operation.hpp"
#include "entrada/detail/reply_values.hpp"

#include <boost/asio/deferred.hpp>

#include <optional>
#include <stop_token>

namespace entrada {

/// Per call. A default-constructed one takes the client's command timeout.
struct call_options {
    std::optional<std::chrono::milliseconds> timeout = std::nullopt;
    /// Blocking calls end with `errc::cancelled` when stop is requested. Asynchronous ones use Asio's cancellation slots.
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
/// All calls take any Asio completion token, `deferred` by default, so `co_await client.get(key)` works in an
/// `asio::awaitable` coroutine. Coroutines that run on `get_executor()` are fastest: they share the I/O thread.
/// `boost::asio::detached` fires and forgets; failures are still counted in `stats()`.
/// Arguments are copied before the call returns; what `deferred` returns is to be started while a handle of the client lives.
///
/// Errors: `errc::timeout`, `errc::not_connected`, `errc::connection_lost`, `errc::backlog_full`, `errc::token_unavailable`,
///         and those of error replies (`errc::server_error`, `errc::wrong_type`, ...).
/// Cancellation: terminal, partial and total; completes with `errc::cancelled`. A command whose bytes have left may still run:
///         its reply is read and thrown away.
/// Completion: through the handler's executor, `get_executor()` if it has none; never inside the call.
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
    template <class Token = boost::asio::deferred_t>
    auto get(std::string_view key, const call_options& call = detail::default_call, Token&& token = {}) {
        return detail::initiate<detail::text_value>(*core_, {detail::encode_get(key), nullptr}, call.timeout,
                                                    std::forward<Token>(token));
    }

    /// The same without a copy: completes with `result<std::optional<lease>>`.
    template <class Token = boost::asio::deferred_t>
    auto get_lease(std::string_view key, const call_options& call = detail::default_call, Token&& token = {}) {
        return detail::initiate<detail::lease_value>(*core_, {detail::encode_get(key), nullptr}, call.timeout,
                                                     std::forward<Token>(token));
    }

    /// Completes with `result<bool>`: false if the condition was not met.
    template <class Token = boost::asio::deferred_t>
    auto set(std::string_view key, std::string_view value, const set_options& how = detail::default_set,
             const call_options& call = detail::default_call, Token&& token = {}) {
        return detail::initiate<detail::status_value>(*core_, detail::prepare_set(key, value, how), call.timeout,
                                                      std::forward<Token>(token));
    }

    /// Completes with `result<bool>`: whether the key existed.
    template <class Token = boost::asio::deferred_t>
    auto del(std::string_view key, const call_options& call = detail::default_call, Token&& token = {}) {
        return detail::initiate<detail::existed_value>(*core_, {detail::encode({"DEL", key}), nullptr}, call.timeout,
                                                       std::forward<Token>(token));
    }

    /// Completes with `result<key_ttl>`.
    template <class Token = boost::asio::deferred_t>
    auto ttl(std::string_view key, const call_options& call = detail::default_call, Token&& token = {}) {
        return detail::initiate<detail::ttl_value>(*core_, {detail::encode({"PTTL", key}), nullptr}, call.timeout,
                                                   std::forward<Token>(token));
    }

    /// Any command that leaves the shared connection as it is. Completes with `result<reply>`; an error reply is a failure.
    /// Errors: also `errc::not_multiplexable` for SUBSCRIBE, MULTI, SELECT, AUTH, BLPOP and the like.
    template <class Token = boost::asio::deferred_t>
    auto exec(const command& request, const call_options& call = detail::default_call, Token&& token = {}) {
        return detail::initiate<detail::whole_value>(*core_, detail::prepare(request), call.timeout, std::forward<Token>(token));
    }

    /// All commands of the batch with one call. Completes with `result<std::vector<result<reply>>>`: a reply or its error for
    /// each, in their order; a failure of the whole if the batch was refused, timed out or lost its connection.
    template <class Token = boost::asio::deferred_t>
    auto exec(const batch& all, const call_options& call = detail::default_call, Token&& token = {}) {
        return detail::initiate<detail::batch_value>(*core_, detail::prepare(all), call.timeout, std::forward<Token>(token));
    }

    /// Connects if necessary and sends PING. Completes with `result<std::chrono::microseconds>`: the round trip.
    template <class Token = boost::asio::deferred_t>
    auto ping(const call_options& call = detail::default_call, Token&& token = {}) {
        return detail::initiate<detail::ping_value>(*core_, {detail::encode({"PING"}), nullptr}, call.timeout,
                                                    std::forward<Token>(token));
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
