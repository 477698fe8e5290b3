// The configuration string of StackExchange.Redis: "host:port,key=value,...".
// Room: config.
#pragma once

#include "entrada/result.hpp"
#include "entrada/secret_string.hpp"

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace entrada::config {

struct endpoint {
    std::string host{};        ///< as written, without the brackets of an IPv6 address; asterisks for what may be a secret
    std::uint16_t port = 0;    ///< 0: not given
    std::string unix_socket{}; ///< instead of host and port; "@name" is an abstract one

    [[nodiscard]] bool operator==(const endpoint&) const = default;
};

/// What a configuration string says, read as StackExchange.Redis reads it. What that drops in silence is warned about here.
/// Of what may be a secret no more is kept than asterisks: a URL, user:password@host, and what may be the rest of a password with
/// a comma. So all of it but the two passwords may be shown.
struct connection_string {
    std::vector<endpoint> endpoints;                        ///< in the order written, each once
    std::map<std::string, std::string, std::less<>> values; ///< by the key's own spelling, in the form StackExchange.Redis prints
    secret_string password;
    secret_string sentinel_password;
    std::map<std::string, std::string, std::less<>> commands; ///< $CMD=name; an empty name disables
    std::vector<std::string> warnings;

    /// The value of a key, or nullptr if it was not given.
    [[nodiscard]] const std::string* find(std::string_view key) const;
    /// As StackExchange.Redis prints it, with secrets as five asterisks. Read again, it says and prints the same.
    [[nodiscard]] std::string to_string() const;
};

/// Errors: `errc::setting_invalid` for an empty text, a value of the wrong form or a port over 65535,
///         `errc::setting_unknown` for a key that StackExchange.Redis does not know.
/// Source: ConfigurationOptions of StackExchange.Redis 3.4.35; checked against recorded answers.
[[nodiscard]] result<connection_string> parse_connection_string(std::string_view text);

/// "host", "host:port", "1.2.3.4:port", "[v6]:port", a bare IPv6 address, or "!/path". Nothing if the port is no number.
/// Errors: `errc::setting_invalid` for a port over 65535.
[[nodiscard]] result<std::optional<endpoint>> parse_endpoint(std::string_view token);

} // namespace entrada::config
