#include "config/connection_string_keys.hpp"

#include "base/text.hpp"

#include <algorithm>
#include <charconv>
#include <limits>

namespace entrada::config {
namespace {

using base::equal_ignoring_case;

struct named_flag {
    std::string_view name;
    int value;
};

// System.Security.Authentication.SslProtocols.
constexpr std::array<named_flag, 6> ssl_flags{
    {{"Ssl2", 12}, {"Ssl3", 48}, {"Tls", 192}, {"Tls11", 768}, {"Tls12", 3072}, {"Tls13", 12288}}};

std::optional<int> ssl_flag(std::string_view name) {
    if (equal_ignoring_case(name, "None")) return 0;
    for (const named_flag& flag : ssl_flags)
        if (equal_ignoring_case(flag.name, name)) return flag.value;
    return parse_int(name);
}

std::optional<std::string> normalise_ssl_protocols(std::string_view value) {
    int flags = 0;
    const auto names = base::split(value, '|');
    if (names.empty()) return std::nullopt;
    for (const auto name : names) {
        const auto flag = ssl_flag(name);
        if (!flag) return std::nullopt;
        flags |= *flag;
    }
    std::string text;
    for (const named_flag& flag : ssl_flags)
        if ((flags & flag.value) == flag.value) text += (text.empty() ? "" : "| ") + std::string(flag.name);
    return text.empty() ? "None" : text;
}

std::optional<std::string> normalise_version(std::string_view value) {
    int parts = 0;
    for (std::string_view rest = value; parts < 5; ++parts) {
        const auto end = std::min(rest.find('.'), rest.size());
        unsigned number = 0;
        const auto [stop, error] = std::from_chars(rest.data(), rest.data() + end, number);
        if (error != std::errc{} || stop != rest.data() + end) return std::nullopt;
        if (end == rest.size()) return parts >= 1 && parts <= 3 ? std::optional(std::string(value)) : std::nullopt;
        rest.remove_prefix(end + 1);
    }
    return std::nullopt;
}

std::optional<std::string> normalise_word(std::string_view value, std::span<const std::string_view> words) {
    for (const auto word : words)
        if (equal_ignoring_case(value, word)) return std::string(word);
    return std::nullopt;
}

std::optional<std::string> normalise_protocol(std::string_view value) {
    if (value == "2" || equal_ignoring_case(value, "resp2")) return "resp2";
    if (value == "3" || equal_ignoring_case(value, "resp3")) return "resp3";
    return std::nullopt;
}

std::optional<std::string> normalise_tunnel(std::string_view value) {
    if (!base::starts_with_ignoring_case(value, "http:")) return std::nullopt;
    return std::string(value);
}

std::optional<std::string> normalise_int(std::string_view value, int smallest) {
    const auto number = parse_int(value);
    if (!number || *number < smallest) return std::nullopt;
    return std::to_string(*number);
}

constexpr auto names = [] {
    std::array<std::string_view, string_keys.size()> out;
    for (std::size_t i = 0; i < out.size(); ++i) out[i] = string_keys[i].name;
    return out;
}();

} // namespace

const string_key* find_string_key(std::string_view name) noexcept {
    const auto found =
        std::ranges::find_if(string_keys, [&](const string_key& key) { return equal_ignoring_case(key.name, name); });
    return found == string_keys.end() ? nullptr : &*found;
}

std::span<const std::string_view> string_key_names() noexcept { return names; }

std::optional<bool> parse_bool(std::string_view text) noexcept {
    for (const std::string_view yes : {"true", "1", "yes", "on"})
        if (equal_ignoring_case(text, yes)) return true;
    for (const std::string_view no : {"false", "0", "no", "off"})
        if (equal_ignoring_case(text, no)) return false;
    return std::nullopt;
}

std::optional<int> parse_int(std::string_view text) noexcept {
    if (text.starts_with('+') && !text.starts_with("+-")) text.remove_prefix(1);
    int number = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
    if (error != std::errc{} || end != text.data() + text.size()) return std::nullopt;
    return number;
}

std::optional<std::string> normalise(value_kind kind, std::string_view value) {
    static constexpr std::array<std::string_view, 3> proxies{"None", "Twemproxy", "Envoyproxy"};
    switch (kind) {
    case value_kind::text:
    case value_kind::secret:
    case value_kind::dead:
        return std::string(value);
    case value_kind::boolean:
        if (const auto flag = parse_bool(value)) return *flag ? "True" : "False";
        return std::nullopt;
    case value_kind::integer:
        return normalise_int(value, std::numeric_limits<int>::min());
    case value_kind::positive:
        return normalise_int(value, 1);
    case value_kind::version:
        return normalise_version(value);
    case value_kind::proxy:
        return normalise_word(value, proxies);
    case value_kind::protocol:
        return normalise_protocol(value);
    case value_kind::ssl_protocols:
        return normalise_ssl_protocols(value);
    case value_kind::tunnel:
        return normalise_tunnel(value);
    }
    return std::nullopt;
}

std::string_view expected_form(value_kind kind) noexcept {
    switch (kind) {
    case value_kind::text:
    case value_kind::secret:
    case value_kind::dead:
        return "text";
    case value_kind::boolean:
        return "true or false";
    case value_kind::integer:
        return "a whole number";
    case value_kind::positive:
        return "a whole number of at least 1";
    case value_kind::version:
        return "a version such as 7.4";
    case value_kind::proxy:
        return "None, Twemproxy or Envoyproxy";
    case value_kind::protocol:
        return "resp2 or resp3";
    case value_kind::ssl_protocols:
        return "names such as Tls12 or Tls12|Tls13";
    case value_kind::tunnel:
        return "http:host:port";
    }
    return "text";
}

} // namespace entrada::config
