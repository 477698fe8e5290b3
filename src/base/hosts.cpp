#include "base/hosts.hpp"

#include "base/text.hpp"

#include <boost/asio/ip/address.hpp>

#include <algorithm>
#include <array>
#include <string>

namespace entrada::base {
namespace {

// Source: the Azure options providers of StackExchange.Redis.
constexpr std::array<std::string_view, 5> cache_suffixes{".redis.cache.windows.net", ".redis.cache.chinacloudapi.cn",
                                                         ".redis.cache.usgovcloudapi.net", ".redis.cache.sovcloud-api.de",
                                                         ".redis.cache.sovcloud-api.fr"};
constexpr std::array<std::string_view, 6> managed_suffixes{".redis.azure.net",         ".redis.chinacloudapi.cn",
                                                           ".redis.usgovcloudapi.net", ".redis.sovcloud-api.de",
                                                           ".redis.sovcloud-api.fr",   ".redisenterprise.cache.azure.net"};

bool ends_with_one_of(std::string_view host, const auto& suffixes) noexcept {
    return std::ranges::any_of(
        suffixes, [&](std::string_view suffix) { return host.size() > suffix.size() && ends_with_ignoring_case(host, suffix); });
}

} // namespace

azure_product azure_product_of(std::string_view host) noexcept {
    if (host.ends_with('.')) host.remove_suffix(1); // a fully qualified name
    if (ends_with_one_of(host, managed_suffixes)) return azure_product::managed_redis;
    if (ends_with_one_of(host, cache_suffixes)) return azure_product::cache_for_redis;
    return azure_product::none;
}

bool is_loopback(std::string_view host) noexcept {
    if (equal_ignoring_case(host, "localhost")) return true;
    if (host.size() > 64) return false; // longer than any address
    boost::system::error_code not_an_address;
    const auto address = boost::asio::ip::make_address(std::string(host).c_str(), not_an_address);
    return !not_an_address && address.is_loopback();
}

} // namespace entrada::base
