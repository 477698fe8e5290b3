// Commands with rules: SET's options, and which commands may share a connection.
#include "entrada/async_client.hpp"

#include "base/text.hpp"

#include <algorithm>
#include <array>
#include <cstring>

namespace entrada::detail {
namespace {

/// They change what the connection is for everybody, or hold up everybody behind them.
constexpr std::array single_user_commands = {
    "ASKING",   "AUTH",        "BLMOVE",    "BLMPOP",   "BLPOP",   "BRPOP",  "BRPOPLPUSH", "BZMPOP",    "BZPOPMAX",
    "BZPOPMIN", "DISCARD",     "EXEC",      "HELLO",    "MONITOR", "MULTI",  "PSUBSCRIBE", "PSYNC",     "PUNSUBSCRIBE",
    "QUIT",     "READONLY",    "READWRITE", "REPLCONF", "RESET",   "SELECT", "SSUBSCRIBE", "SUBSCRIBE", "SUNSUBSCRIBE",
    "SYNC",     "UNSUBSCRIBE", "UNWATCH",   "WAIT",     "WAITAOF", "WATCH",
};
constexpr std::array single_user_client_subcommands = {"CACHING", "NO-TOUCH", "REPLY", "TRACKING"};

std::string_view second_word(std::string_view wire) {
    // command_name finds the first word after two line ends; the second lies two lines further.
    const std::string_view first = command_name(wire);
    const auto rest = wire.substr(static_cast<std::size_t>(first.data() + first.size() - wire.data()));
    std::size_t at = rest.find('\n');
    at = at == std::string_view::npos ? at : rest.find('\n', at + 1);
    if (at == std::string_view::npos) return {};
    return rest.substr(at + 1, rest.find('\r', at + 1) - at - 1);
}

/// Whether `option` is among the words before the word `end`. Values that hold line ends may look like words, and come after it.
bool has_option(std::string_view wire, std::string_view option, std::string_view end) {
    while (!wire.empty()) {
        const std::size_t line_end = wire.find("\r\n");
        const std::string_view word = wire.substr(0, line_end);
        if (base::equal_ignoring_case(word, end)) return false;
        if (base::equal_ignoring_case(word, option)) return true;
        wire.remove_prefix(line_end == std::string_view::npos ? wire.size() : line_end + 2);
    }
    return false;
}

bool is_one_of(std::string_view word, const auto& list) {
    return std::any_of(list.begin(), list.end(),
                       [word](std::string_view listed) { return base::equal_ignoring_case(word, listed); });
}

bool needs_connection_of_its_own(const command& request, std::string_view wire) {
    if (is_one_of(request.name(), single_user_commands)) return true;
    if (base::equal_ignoring_case(request.name(), "CLIENT")) return is_one_of(second_word(wire), single_user_client_subcommands);
    const bool reads_streams =
        base::equal_ignoring_case(request.name(), "XREAD") || base::equal_ignoring_case(request.name(), "XREADGROUP");
    return reads_streams && has_option(wire, "BLOCK", "STREAMS");
}

prepared not_shared(std::string_view name) {
    return prepared({errc::not_multiplexable,
                     escape_untrusted(name, 40) + " needs a connection of its own; this client shares one among all callers"});
}

prepared copy_of(std::string_view wire, std::uint32_t replies) {
    prepared bytes(wire.size(), replies);
    if (!wire.empty()) std::memcpy(bytes.data(), wire.data(), wire.size());
    return bytes;
}

} // namespace

prepared prepare_set(std::string_view key, std::string_view value, const set_options& how) {
    if (how.ttl && how.ttl->count() < 1) return prepared({errc::setting_invalid, "SET: a time to live must be at least 1 ms"});
    if (how.ttl && how.keep_ttl) return prepared({errc::setting_invalid, "SET: give either a time to live or keep_ttl"});
    const std::string_view condition = how.condition == set_condition::if_absent ? "NX" : "XX";
    const bool conditional = how.condition != set_condition::always;
    if (how.ttl) {
        const std::string ttl = std::to_string(how.ttl->count());
        if (conditional) return encode({"SET", key, value, "PX", ttl, condition});
        return encode({"SET", key, value, "PX", ttl});
    }
    if (how.keep_ttl && conditional) return encode({"SET", key, value, "KEEPTTL", condition});
    if (how.keep_ttl) return encode({"SET", key, value, "KEEPTTL"});
    if (conditional) return encode({"SET", key, value, condition});
    return encode({"SET", key, value});
}

prepared prepare(const command& request) {
    const std::string wire = request.wire();
    if (needs_connection_of_its_own(request, wire)) return not_shared(request.name());
    return copy_of(wire, 1);
}

prepared prepare(const batch& all) {
    if (!all.refused_.empty()) return not_shared(all.refused_);
    return copy_of(all.bytes_, all.count_);
}

} // namespace entrada::detail

namespace entrada {

batch& batch::add(const command& next) {
    const std::size_t before = bytes_.size();
    next.write_to(bytes_);
    ++count_;
    if (refused_.empty() && detail::needs_connection_of_its_own(next, std::string_view(bytes_).substr(before)))
        refused_ = next.name();
    return *this;
}

} // namespace entrada
