#include "config/keys.hpp"

#include "base/duration.hpp"
#include "base/text.hpp"
#include "config/connection_string.hpp"
#include "config/connection_string_keys.hpp"

#include <algorithm>
#include <array>

namespace entrada::config {
namespace {

using std::chrono::milliseconds;

template <auto Member>
bool set_text(settings& target, const std::string& value) {
    target.*Member = value;
    return true;
}

template <auto Member>
bool set_duration(settings& target, const std::string& value) {
    const auto duration = base::parse_duration(value, milliseconds(1));
    if (!duration || *duration < milliseconds(1)) return false;
    target.*Member = *duration;
    return true;
}

bool set_port(settings& target, const std::string& value) {
    const auto number = parse_int(base::trim(value));
    if (!number || *number < 1 || *number > 65535) return false;
    target.port = static_cast<std::uint16_t>(*number);
    return true;
}

bool set_tls(settings& target, const std::string& value) {
    target.tls = parse_bool(base::trim(value));
    return target.tls.has_value();
}

bool set_auth(settings& target, const std::string& value) {
    if (base::equal_ignoring_case(value, "Entra"))
        target.auth = sign_in::entra;
    else if (base::equal_ignoring_case(value, "Password"))
        target.auth = sign_in::password;
    else if (base::equal_ignoring_case(value, "None"))
        target.auth = sign_in::none;
    else
        return false;
    return true;
}

bool set_password(settings& target, const std::string& value) {
    target.password = secret_string(value);
    return true;
}

bool set_database(settings& target, const std::string& value) {
    const auto number = parse_int(base::trim(value));
    if (!number || *number < 0) return false;
    target.database = *number;
    return true;
}

bool set_allowed_hosts(settings& target, const std::string& value) {
    target.allowed_hosts.clear();
    for (const auto host : base::split(value, ',')) {
        if (!is_host_name(host)) return false; // a wildcard would let tokens go anywhere
        target.allowed_hosts.emplace_back(host);
    }
    return true;
}

constexpr std::string_view text_form = "text";

// clang-format off
constexpr std::array<setting_key, 22> keys{{
    {string_setting, "Configuration", "a StackExchange.Redis configuration string", true, true, nullptr},
    {host_key, "Host", "a host name, with or without :port, or unix:/path", false, true, nullptr},
    {port_key, "", "a port from 1 to 65535", false, true, set_port},
    {"Ssl", "Tls", "true or false", false, true, set_tls},
    {"SslHost", "", text_form, false, true, set_text<&settings::tls_name>},
    {"CaFile", "", "the path of a PEM file", false, false, set_text<&settings::ca_file>},
    {"Auth", "", "Entra, Password or None", false, true, set_auth},
    {"User", "UserName", text_form, false, true, set_text<&settings::user>},
    {"Password", "", text_form, true, true, set_password},
    {"Scope", "", text_form, false, false, set_text<&settings::scope>},
    {"ManagedIdentityClientId", "", text_form, false, false, set_text<&settings::managed_identity_client_id>},
    {allowed_hosts_key, "", "host names, as an array or separated by commas, no wildcards", false, false, set_allowed_hosts},
    {"InstanceName", "KeyPrefix", text_form, false, false, set_text<&settings::key_prefix>},
    {"ClientName", "", text_form, false, false, set_text<&settings::client_name>},
    {"Database", "DefaultDatabase", "a whole number of at least 0", false, false, set_database},
    {"ConnectTimeout", "", base::duration_form, false, false, set_duration<&settings::connect_timeout>},
    {"LoginTimeout", "", base::duration_form, false, false, set_duration<&settings::login_timeout>},
    {"CommandTimeout", "SyncTimeout", base::duration_form, false, false, set_duration<&settings::command_timeout>},
    {"PingInterval", "", base::duration_form, false, false, set_duration<&settings::ping_interval>},
    {"DeadPeerTimeout", "", base::duration_form, false, false, set_duration<&settings::dead_peer_timeout>},
    {"ReconnectDelay", "", base::duration_form, false, false, set_duration<&settings::reconnect_delay>},
    {"ReconnectDelayMax", "", base::duration_form, false, false, set_duration<&settings::reconnect_delay_max>},
}};
// clang-format on

constexpr auto names = [] {
    std::array<std::string_view, keys.size()> out;
    for (std::size_t i = 0; i < out.size(); ++i) out[i] = keys[i].name;
    return out;
}();

std::string shown(const setting_key& key, const std::string& value) {
    if (key.secret) return "*****";
    if (value.find('@') != std::string::npos) return "a value with '@', which may hold a password";
    return "'" + escape_untrusted(value) + "'";
}

} // namespace

std::span<const setting_key> setting_keys() noexcept { return keys; }

const setting_key* find_setting_key(std::string_view name) noexcept {
    const auto found = std::ranges::find_if(keys, [&](const setting_key& key) {
        return base::equal_ignoring_case(key.name, name) || (!key.alias.empty() && base::equal_ignoring_case(key.alias, name));
    });
    return found == keys.end() ? nullptr : &*found;
}

std::span<const std::string_view> setting_key_names() noexcept { return names; }

bool is_host_name(std::string_view text) noexcept {
    constexpr std::size_t name_max = 253; // DNS
    const auto usable = [](char c) {
        return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' || c == '_' || c == '.'
               || c == ':' || c == '%';
    };
    return !text.empty() && text.size() <= name_max && std::ranges::all_of(text, usable);
}

bool apply_host(settings& target, const std::string& value) {
    const auto text = base::trim(value);
    constexpr std::string_view unix_prefix = "unix:";
    if (base::starts_with_ignoring_case(text, unix_prefix)) {
        target.unix_socket = text.substr(unix_prefix.size());
        return target.unix_socket.starts_with('/');
    }
    const auto place = parse_endpoint(text);
    if (!place || !*place || !(*place)->unix_socket.empty()) return false;
    const endpoint& found = **place;
    const bool address_v6 = found.host.find("::") != std::string::npos || std::ranges::count(found.host, ':') == 7;
    if (!is_host_name(found.host) || (!address_v6 && found.host.find_first_of(":%") != std::string::npos)) return false;
    target.host = found.host;
    if (found.port != 0) target.port = found.port;
    return true;
}

std::string complaint_about_host(const std::string& value) {
    const bool looks_like_string = value.find_first_of(",=") != std::string::npos;
    if (looks_like_string)
        return "is a connection string; put it in ConnectionStrings:Redis"; // may hold a password, so it is not shown
    const bool looks_like_url = value.find("://") != std::string::npos;
    if (looks_like_url) return "is a URL; write the host name alone, or host:port, and use Redis:Ssl for TLS";
    return complaint_about_value(*find_setting_key(host_key), value);
}

std::string complaint_about_value(const setting_key& key, const std::string& value) {
    return "is " + shown(key, value) + "; expected " + std::string(key.expected);
}

} // namespace entrada::config
