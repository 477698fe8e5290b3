// The blocking Redis client.
// Room: client.
#pragma once

#include "entrada/async_client.hpp"

namespace entrada {

/// Blocking calls over the same shared connection as `async()`.
///
/// Blocks: until the reply or the deadline; `errc::would_deadlock` on the client's own I/O thread.
/// Thread safety: every member may be called from any thread.
class client {
public:
    explicit client(client_options options);

    [[nodiscard]] async_client& async() noexcept { return async_; }
    [[nodiscard]] client_stats stats() const noexcept { return async_.stats(); }

    result<std::optional<std::string>> get(std::string_view key, const call_options& call = detail::default_call);
    result<std::optional<lease>> get_lease(std::string_view key, const call_options& call = detail::default_call);
    result<bool> set(std::string_view key, std::string_view value, const set_options& how = detail::default_set,
                     const call_options& call = detail::default_call);
    result<bool> del(std::string_view key, const call_options& call = detail::default_call);
    result<key_ttl> ttl(std::string_view key, const call_options& call = detail::default_call);
    result<reply> exec(const command& request, const call_options& call = detail::default_call);
    result<std::vector<result<reply>>> exec(const batch& all, const call_options& call = detail::default_call);
    result<std::chrono::microseconds> ping(const call_options& call = detail::default_call);
    void stop() noexcept { async_.stop(); }

private:
    async_client async_;
};

} // namespace entrada
