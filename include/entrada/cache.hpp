// The typed cache, blocking.
// Room: cache.
#pragma once

#include "entrada/client.hpp"
#include "entrada/serializer.hpp"

namespace entrada {

/// Typed values in Redis, with expiry.
///
/// Values of described structs (BOOST_DESCRIBE_STRUCT) are stored as JSON, `std::string` and bytes as they are.
///
/// Errors: every call throws `failure_error`; the same codes as `client`, and `errc::value_unreadable` for bytes that are no `T`.
///         Who prefers results over exceptions uses `client()`.
/// Thread safety: every member may be called from any thread.
class cache {
public:
    explicit cache(client_options options);
    explicit cache(entrada::client shared);

    /// The value, or nothing if there is none or it has expired.
    template <class T>
    [[nodiscard]] std::optional<T> get(std::string_view key, call_options call = {});

    /// Stores for `ttl`. Precondition: at least one millisecond.
    template <class T>
    void set(std::string_view key, const T& value, std::chrono::milliseconds ttl, call_options call = {});

    /// Returns whether there was an entry.
    bool remove(std::string_view key, call_options call = {});

    /// The cached value, or what `factory` returns, which is then cached for `ttl`.
    template <class T, class Factory>
    [[nodiscard]] T get_or_set(std::string_view key, std::chrono::milliseconds ttl, Factory&& factory, call_options call = {});

    [[nodiscard]] entrada::client& client() noexcept { return client_; }

private:
    entrada::client client_;
};

} // namespace entrada
