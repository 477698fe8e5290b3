// What an error reply of Redis means. Azure's wording differs from open source only in an "ERR " in front.
// Room: resp.
#include "resp/error_reply.hpp"

#include <algorithm>
#include <array>
#include <string>
#include <utility>

namespace entrada::resp {
namespace {

struct meaning {
    std::string_view start; ///< whole words at the start of the text, after "ERR " if that is there
    errc code;
    std::string_view hint;
};

constexpr std::array meanings{
    meaning{"WRONGPASS", errc::wrong_pass,
            "check that the identity has an access policy assignment on this cache (a new one takes minutes), that the user name "
            "is the object id (oid) of the token, and that the token is for Redis and not expired"},
    meaning{"invalid password", errc::wrong_pass, "the server takes a password, not a Microsoft Entra token"},
    meaning{"NOAUTH", errc::no_auth, "the server wants a login before any command: configure a credential"},
    meaning{"NOPERM", errc::no_permission,
            "the access policy of this identity does not allow this command or key: assign another policy to it on the cache"},
    meaning{"WRONGTYPE", errc::wrong_type, "the key holds a value of another type: use its commands, another key, or delete it"},
    meaning{"unknown command", errc::unknown_command, "this Redis does not have the command, or Azure blocks it"},
    meaning{"unknown subcommand", errc::unknown_command, "this Redis does not have the subcommand, or Azure blocks it"},
    meaning{"Unknown subcommand", errc::unknown_command, "this Redis does not have the subcommand, or Azure blocks it"},
    meaning{"LOADING", errc::server_loading, "the server reads its data into memory: try again a little later"},
    meaning{"BUSY", errc::server_loading, "a script keeps the server busy: try again a little later"},
    meaning{"CLUSTERDOWN", errc::server_loading, "a part of the cluster is not served: try again a little later"},
    meaning{"MASTERDOWN", errc::server_loading, "the replica has lost its primary: try again a little later"},
    meaning{"TRYAGAIN", errc::server_loading, "the keys are moving between nodes: try again a little later"},
    meaning{"MOVED", errc::redirected,
            "the cache has the OSS cluster policy, which needs a cluster client; with the Enterprise or the non-clustered policy "
            "one connection reaches all keys"},
    meaning{"ASK", errc::redirected,
            "the cache has the OSS cluster policy and is moving this key; with the Enterprise or the non-clustered policy one "
            "connection reaches all keys"},
    meaning{"READONLY", errc::read_only, "this node is a replica, as after a failover: connect again to reach the primary"},
    meaning{"OOM", errc::out_of_memory,
            "the memory of the cache is full: let entries expire sooner, choose an eviction policy, or take a larger size"},
    meaning{"NOPROTO", errc::server_error, "the server does not speak this version of the protocol: use RESP2"},
    meaning{"CROSSSLOT", errc::server_error, "all keys of one command must be in one hash slot: give them a common {tag}"},
    meaning{"max number of clients reached", errc::server_error,
            "the cache has as many connections as its size allows: close some, or take a larger size"},
    meaning{"AUTH <password> called without any password configured", errc::server_error,
            "the server has no users to log in: it is not a cache with Microsoft Entra sign-in"},
    meaning{"Client sent AUTH, but no password is set", errc::server_error,
            "the server has no users to log in: it is not a cache with Microsoft Entra sign-in"},
};

std::string_view without_err(std::string_view text) noexcept {
    constexpr std::string_view err = "ERR ";
    if (text.starts_with(err)) text.remove_prefix(err.size());
    return text;
}

bool starts_with_words(std::string_view text, std::string_view words) noexcept {
    if (!text.starts_with(words)) return false;
    return text.size() == words.size() || std::string_view(" ,.:`'").find(text[words.size()]) != std::string_view::npos;
}

const meaning* find_meaning(std::string_view error_text) noexcept {
    const std::string_view text = without_err(error_text);
    const auto* found =
        std::ranges::find_if(meanings, [&](const meaning& known) { return starts_with_words(text, known.start); });
    return found == meanings.end() ? nullptr : found;
}

// Redis answers unknown commands with the arguments it got. If HELLO or AUTH is unknown, these are user name and token.
std::string_view without_echo(std::string_view text) noexcept { return text.substr(0, text.find(", with args beginning with")); }

// "eyJ" starts the Base64 of every JSON object, so of every token; nothing in a Redis error does otherwise.
std::string without_tokens(std::string_view text) {
    constexpr std::string_view alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_.=+/";
    std::string out;
    for (;;) {
        const std::size_t token = text.find("eyJ");
        out += text.substr(0, token);
        if (token == std::string_view::npos) return out;
        out += "<token>";
        const std::size_t end = text.find_first_not_of(alphabet, token);
        if (end == std::string_view::npos) return out;
        text.remove_prefix(end);
    }
}

} // namespace

std::string_view error_word(std::string_view error_text) noexcept {
    const std::string_view text = without_err(error_text);
    return text.substr(0, text.find(' '));
}

failure to_failure(std::string_view error_text, std::string_view command_name) {
    constexpr std::size_t name_size_max = 64;
    const meaning* known = find_meaning(error_text);
    std::string detail = escape_untrusted(command_name, name_size_max);
    detail += ": the server says \"" + escape_untrusted(without_tokens(without_echo(error_text))) + "\"";
    if (known != nullptr) detail.append("; ").append(known->hint);
    return {known != nullptr ? known->code : errc::server_error, std::move(detail)};
}

} // namespace entrada::resp
