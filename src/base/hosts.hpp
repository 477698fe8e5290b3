// What a host name says about the Redis behind it.
// Room: base.
#pragma once

#include <cstdint>
#include <string_view>

namespace entrada::base {

enum class azure_product : std::uint8_t {
    none,            ///< not a name that Azure gives to a Redis
    cache_for_redis, ///< Azure Cache for Redis: 6380 with TLS
    managed_redis,   ///< Azure Managed Redis and the Enterprise tiers before it: 10000
};

/// By the suffix of the name, in any case. A moved cache may keep the name of the older product, so this decides defaults only.
[[nodiscard]] azure_product azure_product_of(std::string_view host) noexcept;

/// `localhost`, 127.0.0.0/8 and ::1.
[[nodiscard]] bool is_loopback(std::string_view host) noexcept;

} // namespace entrada::base
