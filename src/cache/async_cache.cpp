#include "entrada/async_cache.hpp"

namespace entrada {

boost::asio::awaitable<void> async_cache::do_set(async_client client, core_handle core, std::string key, std::string bytes,
                                                 std::chrono::milliseconds ttl, call_options call) {
    auto pending = client.set(key, bytes, {.ttl = ttl}, call);
    const auto stored = co_await std::move(pending);
    (void)stored.value();
    core->was_set();
}

boost::asio::awaitable<bool> async_cache::do_remove(async_client client, core_handle core, std::string key, call_options call) {
    auto pending = client.del(key, call);
    const auto reply = co_await std::move(pending);
    const bool existed = reply.value();
    core->was_removed();
    co_return existed;
}

} // namespace entrada
