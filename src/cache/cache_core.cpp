#include "entrada/detail/cache_core.hpp"

#include <algorithm>
#include <array>

namespace entrada::detail {
namespace {

// Redis cannot be had at present, through no fault of this call. Refusals of the identity are not among them: a program whose
// cache is locked for good should hear of it. Only "no token at present" is, for that heals by itself.
constexpr std::array out_of_reach{errc::timeout,        errc::not_connected,     errc::connection_lost, errc::backlog_full,
                                  errc::resolve_failed, errc::connect_failed,    errc::tls_failed,      errc::handshake_failed,
                                  errc::protocol_error, errc::token_unavailable, errc::server_loading,  errc::read_only,
                                  errc::out_of_memory};

} // namespace

std::string cache_core::key(std::string_view name) const {
    std::string full;
    full.reserve(key_prefix_.size() + name.size());
    return full.append(key_prefix_).append(name);
}

cache_stats cache_core::stats() const noexcept {
    return {.hits = hits_,
            .misses = misses_,
            .sets = sets_,
            .removes = removes_,
            .factory_runs = factory_runs_,
            .shared = shared_,
            .degraded = degraded_,
            .unreadable = unreadable_};
}

void cache_core::unreadable(const failure& cause) {
    ++unreadable_;
    log(log_, log_level::warning, "cache", "an entry is replaced that is not of the type asked for: " + cause.detail());
}

bool cache_core::does_without(const failure& cause) {
    if (std::ranges::none_of(out_of_reach, [&](errc code) { return cause.code() == code; })) return false;
    ++degraded_;
    if (!is_degraded_.exchange(true)) {
        log(log_, log_level::warning, "cache",
            "Redis cannot be had, values come from factories until it is back: " + cause.to_string());
    }
    return true;
}

void cache_core::reached() {
    if (is_degraded_.load(std::memory_order_relaxed) && is_degraded_.exchange(false)) {
        log(log_, log_level::info, "cache", "Redis is back");
    }
}

void require_ttl(std::chrono::milliseconds ttl) {
    if (ttl.count() >= 1) return;
    throw failure_error(
        {errc::setting_invalid, "the time to live is " + std::to_string(ttl.count()) + " ms; expected at least 1 ms"});
}

void throw_if_stopped(const std::stop_token& stop) {
    if (stop.stop_requested()) throw failure_error({errc::cancelled, "while another caller's factory was waited for"});
}

} // namespace entrada::detail
