// The keys of the section `Redis`: their names, forms and what they set.
// Room: config.
#pragma once

#include "entrada/settings.hpp"

#include <span>
#include <string>
#include <string_view>

namespace entrada::config {

struct setting_key {
    std::string_view name;     ///< without "Redis:"
    std::string_view alias;    ///< another spelling that .NET programs use; may be empty
    std::string_view expected; ///< the form of the value, for errors
    bool secret;
    bool of_endpoint; ///< goes with one server: a connection string that comes later replaces it
    /// False if the value is not of that form. Null for those that decide together where the server is: see `assemble`.
    bool (*apply)(settings& target, const std::string& value);
};

/// "is ...; expected ...", without what is or may be a secret.
[[nodiscard]] std::string complaint_about_value(const setting_key& key, const std::string& value);

/// In the order in which they are applied.
[[nodiscard]] std::span<const setting_key> setting_keys() noexcept;
/// By name or alias in any case; nullptr if unknown.
[[nodiscard]] const setting_key* find_setting_key(std::string_view name) noexcept;
/// All names, for suggestions.
[[nodiscard]] std::span<const std::string_view> setting_key_names() noexcept;

inline constexpr std::string_view host_key = "HostName";
inline constexpr std::string_view port_key = "Port";
inline constexpr std::string_view string_setting = "ConnectionString";
inline constexpr std::string_view allowed_hosts_key = "AllowedHosts";

/// Sets host, and port if the value holds one; "unix:/path" sets the socket.
[[nodiscard]] bool apply_host(settings& target, const std::string& value);
/// For a value that `apply_host` does not take: "is ...; expected ...", without what may be a password.
[[nodiscard]] std::string complaint_about_host(const std::string& value);
/// Whether the text can be the name or address of a host.
[[nodiscard]] bool is_host_name(std::string_view text) noexcept;

} // namespace entrada::config
