#include "config/connection_string.hpp"

#include "base/text.hpp"
#include "config/connection_string_keys.hpp"
#include "config/keys.hpp"
#include "config/nearest.hpp"

#include <boost/asio/ip/address_v6.hpp>

#include <algorithm>
#include <set>
#include <utility>

namespace entrada::config {
namespace {

constexpr std::string_view masked = "*****";
constexpr std::string_view comma_hint = "it follows a password and may be the rest of one: a password with a comma cannot be "
                                        "written in this form, use Redis:Password";

failure invalid(std::string detail) { return {errc::setting_invalid, std::move(detail)}; }

bool is_ipv6(std::string_view text) {
    if (text.find(':') == std::string_view::npos || text.size() > 64 || !is_host_name(text)) return false;
    boost::system::error_code no;
    (void)boost::asio::ip::make_address_v6(std::string(text.substr(0, text.find('%'))).c_str(), no);
    return !no;
}

// Digits that count to more than any port are an error to StackExchange.Redis; anything else is no port.
result<std::optional<std::uint16_t>> parse_port(std::string_view text) {
    const auto number = parse_int(text);
    if (!number || *number < 0) return std::optional<std::uint16_t>{};
    if (*number > 65535) return invalid("port " + std::to_string(*number) + " in the configuration string; expected 1 to 65535");
    return std::optional(static_cast<std::uint16_t>(*number));
}

result<std::optional<endpoint>> with_port(std::string_view host, std::string_view port_text) {
    const auto port = parse_port(port_text);
    if (!port) return port.error();
    if (!*port) return std::optional<endpoint>{};
    return std::optional(endpoint{.host = std::string(base::trim(host)), .port = **port});
}

std::string print(const endpoint& place) {
    if (!place.unix_socket.empty()) return "!" + place.unix_socket;
    if (place.port == 0) return place.host;
    return (is_ipv6(place.host) ? "[" + place.host + "]" : place.host) + ":" + std::to_string(place.port);
}

// A URL, or user:password@host, as those write it who know it from other clients.
bool may_hold_login(std::string_view token) {
    return token.find("://") != std::string_view::npos || token.find('@') != std::string_view::npos;
}

// Of such a place the scheme is kept: where a password ends, only its writer knows.
std::string without_login(std::string_view token) {
    const auto scheme = token.substr(0, token.find("://"));
    const bool plain = scheme.size() < token.size() && scheme.find('@') == std::string_view::npos;
    return (plain ? std::string(scheme) + "://" : "") + std::string(masked);
}

class parser {
public:
    result<connection_string> run(std::string_view text) {
        if (base::trim(text).empty()) return invalid("the configuration string is empty; expected host:port,key=value,...");
        for (const auto token : base::split(text, ',')) {
            if (const auto done = take(token); !done) return done.error();
        }
        return std::move(out_);
    }

private:
    result<void> take(std::string_view token) {
        const auto equals = token.find('=');
        if (equals == std::string_view::npos || equals == 0) return take_endpoint(token);
        const auto key = base::trim(token.substr(0, equals));
        const auto value = base::trim(token.substr(equals + 1));
        if (key.starts_with('$')) return take_command(key.substr(1), value);
        return take_key(key, value);
    }

    result<void> take_endpoint(std::string_view token) {
        if (after_secret_ && !out_.endpoints.empty()) {
            if (add({.host = std::string(masked)}))
                out_.warnings.push_back("a part after the password is taken as a host; " + std::string(comma_hint));
            return {};
        }
        if (may_hold_login(token) && !token.starts_with('!')) {
            const std::string shown = without_login(token);
            if (token != shown) after_secret_ = true;
            add({.host = shown});
            return {};
        }
        auto parsed = parse_endpoint(token);
        if (!parsed) return parsed.error();
        if (*parsed) {
            add(std::move(**parsed));
            return {};
        }
        const auto shown = after_secret_ ? std::string(masked) : escape_untrusted(token);
        out_.warnings.push_back("endpoint '" + shown + "' has no usable port and is left out");
        return {};
    }

    bool add(endpoint place) {
        const std::string printed = print(place);
        const bool added = seen_.insert(place.unix_socket.empty() ? base::to_lower(printed) : printed).second;
        if (added) out_.endpoints.push_back(std::move(place));
        return added;
    }

    result<void> take_command(std::string_view command, std::string_view name) {
        std::string upper(name);
        for (char& c : upper) c = c >= 'a' && c <= 'z' ? static_cast<char>(c - 'a' + 'A') : c;
        if (after_secret_)
            out_.commands[std::string(masked)] = masked;
        else
            out_.commands[std::string(command)] = upper;
        return {};
    }

    result<void> take_key(std::string_view name, std::string_view value) {
        const string_key* key = find_string_key(name);
        if (!key) return unknown(name, value);
        const bool after_secret = std::exchange(after_secret_, false);
        if (key->kind == value_kind::secret) {
            after_secret_ = value != masked;
            (key->name == "password" ? out_.password : out_.sentinel_password) = secret_string(value);
            return {};
        }
        auto normal = normalise(key->kind, value);
        if (!normal) return bad_value(*key, after_secret ? masked : value);
        out_.values[std::string(key->name)] = std::move(*normal);
        return {};
    }

    [[nodiscard]] failure unknown(std::string_view name, std::string_view value) const {
        const std::string hidden = "a part of the configuration string is no known key";
        if (after_secret_) return {errc::setting_unknown, hidden + "; " + std::string(comma_hint)};
        if (name.find(':') != std::string_view::npos && (may_hold_login(name) || may_hold_login(value)))
            return {errc::setting_unknown, hidden + " and may hold a password; write host:port,user=...,password=... instead"};
        std::string detail = "'" + escape_untrusted(name, 64) + "' in the configuration string is no key of StackExchange.Redis";
        if (name.find(';') != std::string_view::npos) return {errc::setting_unknown, detail + "; parts are separated by commas"};
        return {errc::setting_unknown, detail + suggestion(name, string_key_names())};
    }

    static failure bad_value(const string_key& key, std::string_view value) {
        return invalid(std::string(key.name) + " in the configuration string is '" + escape_untrusted(value) + "'; expected "
                       + std::string(expected_form(key.kind)));
    }

    connection_string out_;
    std::set<std::string, std::less<>> seen_; ///< the endpoints, as text in which equal ones are the same
    /// From a secret to a key that is known: a comma ends a password, so what follows may be the rest of it. What is masked
    /// already has no rest, so that a printed string is read as what it was printed of.
    bool after_secret_ = false;
};

} // namespace

result<std::optional<endpoint>> parse_endpoint(std::string_view token) {
    if (token.size() > 1 && token.starts_with('!')) return std::optional(endpoint{.unix_socket = std::string(token.substr(1))});
    if (token.starts_with('[')) {
        const auto close = token.find(']');
        const auto host = token.substr(1, std::min(close, token.size()) - 1);
        if (close != std::string_view::npos && is_ipv6(host)) {
            if (close + 1 == token.size()) return std::optional(endpoint{.host = std::string(host)});
            if (token[close + 1] == ':') return with_port(host, token.substr(close + 2));
        }
    }
    const auto colon = token.find(':');
    const bool one_colon = colon != std::string_view::npos && colon > 0 && token.find(':', colon + 1) == std::string_view::npos;
    if (!one_colon) return std::optional(endpoint{.host = std::string(token)});
    return with_port(token.substr(0, colon), token.substr(colon + 1));
}

result<connection_string> parse_connection_string(std::string_view text) { return parser().run(text); }

const std::string* connection_string::find(std::string_view key) const {
    const auto found = values.find(key);
    return found == values.end() ? nullptr : &found->second;
}

std::string connection_string::to_string() const {
    std::string text;
    const auto add = [&](const std::string& part) { text += (text.empty() ? "" : ",") + part; };
    for (const endpoint& place : endpoints) add(print(place));
    for (const string_key& key : string_keys) {
        if (key.kind == value_kind::dead) continue;
        const auto& secret = key.name == "password" ? password : sentinel_password;
        if (key.kind == value_kind::secret && !secret.empty()) add(std::string(key.name) + "=" + std::string(masked));
        const std::string* value = find(key.name);
        if (value && !value->empty()) add(std::string(key.name) + "=" + *value);
    }
    for (const auto& [command, name] : commands) add("$" + command + "=" + name);
    return text;
}

} // namespace entrada::config
