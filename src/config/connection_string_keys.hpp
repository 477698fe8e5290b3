// The keys of the StackExchange.Redis configuration string and the forms of their values.
// Room: config.
#pragma once

#include <array>
#include <optional>
#include <span>
#include <string>
#include <string_view>

namespace entrada::config {

enum class value_kind { text, secret, boolean, integer, positive, version, proxy, protocol, ssl_protocols, tunnel, dead };

struct string_key {
    std::string_view name;
    value_kind kind;
};

/// Every key, in the order in which StackExchange.Redis prints them.
inline constexpr std::array<string_key, 34> string_keys{{
    {"name", value_kind::text},
    {"serviceName", value_kind::text},
    {"keepAlive", value_kind::integer},
    {"syncTimeout", value_kind::positive},
    {"asyncTimeout", value_kind::positive},
    {"allowAdmin", value_kind::boolean},
    {"version", value_kind::version},
    {"connectTimeout", value_kind::integer},
    {"user", value_kind::text},
    {"sentinelUser", value_kind::text},
    {"password", value_kind::secret},
    {"sentinelPassword", value_kind::secret},
    {"tiebreaker", value_kind::text},
    {"ssl", value_kind::boolean},
    {"sslProtocols", value_kind::ssl_protocols},
    {"checkCertificateRevocation", value_kind::boolean},
    {"sslHost", value_kind::text},
    {"configChannel", value_kind::text},
    {"abortConnect", value_kind::boolean},
    {"resolveDns", value_kind::boolean},
    {"channelPrefix", value_kind::text},
    {"connectRetry", value_kind::integer},
    {"proxy", value_kind::proxy},
    {"configCheckSeconds", value_kind::integer},
    {"defaultDatabase", value_kind::integer},
    {"setlib", value_kind::boolean},
    {"highIntegrity", value_kind::boolean},
    {"protocol", value_kind::protocol},
    {"tcpKeepAlive", value_kind::boolean},
    {"tunnel", value_kind::tunnel},
    {"highPriorityThreads", value_kind::dead},
    {"preserveAsyncOrder", value_kind::dead},
    {"responseTimeout", value_kind::dead},
    {"writeBuffer", value_kind::dead},
}};

/// The key of that name in any case, or nullptr.
[[nodiscard]] const string_key* find_string_key(std::string_view name) noexcept;

/// The names of all keys, for suggestions.
[[nodiscard]] std::span<const std::string_view> string_key_names() noexcept;

/// The value in the form StackExchange.Redis prints it, or nothing if it is of the wrong form.
[[nodiscard]] std::optional<std::string> normalise(value_kind kind, std::string_view value);

/// What a value of this kind looks like, for errors.
[[nodiscard]] std::string_view expected_form(value_kind kind) noexcept;

/// true/false, yes/no, on/off, 1/0 in any case.
[[nodiscard]] std::optional<bool> parse_bool(std::string_view text) noexcept;
/// A whole number in the range of 32 bits.
[[nodiscard]] std::optional<int> parse_int(std::string_view text) noexcept;

} // namespace entrada::config
