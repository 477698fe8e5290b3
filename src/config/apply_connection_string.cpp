#include "base/hosts.hpp"
#include "base/text.hpp"
#include "config/assemble.hpp"
#include "config/connection_string_keys.hpp"
#include "config/keys.hpp"

#include <algorithm>
#include <array>

namespace entrada::config {
namespace {

using std::chrono::milliseconds;

// Keys without a meaning here, and when to say so.
struct ignored_key {
    std::string_view name;
    std::string_view harmless; ///< no warning for this value: it asks for what happens anyway
    std::string_view reason;
};

constexpr std::array<ignored_key, 13> ignored_keys{{
    {"serviceName", "", "Sentinel is not supported; name the Redis server itself"},
    {"sentinelUser", "", "Sentinel is not supported"},
    {"sslProtocols", "", "TLS 1.2 and 1.3 are used, whichever is the highest that both sides know"},
    {"checkCertificateRevocation", "False", "revocation of certificates is not checked"},
    {"abortConnect", "False", "connecting goes on in the background until it succeeds"},
    {"channelPrefix", "", "there is no channel prefix"},
    {"proxy", "None", "the server is taken for a Redis"},
    {"highIntegrity", "False", "replies are matched by their order alone"},
    {"protocol", "resp3", "the protocol is agreed with the server: RESP3, or RESP2 if it knows no other"},
    {"tunnel", "", "there are no tunnels; the connection is made directly"},
    {"resolveDns", "False", "the name is resolved at each new connection"},
    {"setlib", "True", "the library's name is sent in any case"},
    {"tcpKeepAlive", "True", "keep-alive is always on"},
}};

// allowAdmin, connectRetry, version, tiebreaker, configChannel and configCheckSeconds are answered by how things work here:
// no command is withheld, connecting never stops, and the server is asked what it is.

failure invalid(std::string detail) { return {errc::setting_invalid, std::move(detail)}; }

class applier {
public:
    applier(settings& target, const connection_string& source) : target_(target), source_(source) {}

    result<void> run() {
        target_.warnings.insert(target_.warnings.end(), source_.warnings.begin(), source_.warnings.end());
        if (const auto done = take_endpoint(); !done) return done;
        if (const auto done = take_times(); !done) return done;
        take_login();
        take_rest();
        warn_of_the_ignored();
        return {};
    }

private:
    void warn(std::string text) { target_.warnings.push_back(std::move(text)); }

    result<void> take_endpoint() {
        if (source_.endpoints.empty()) {
            const std::string why = source_.warnings.empty() ? "" : ": " + source_.warnings.front();
            return failure(errc::setting_missing,
                           "the configuration string names no host" + why + "; expected host:port,key=value,...");
        }
        const endpoint& first = source_.endpoints.front();
        if (!first.unix_socket.empty())
            target_.unix_socket = first.unix_socket;
        else if (const auto done = take_host(first); !done)
            return done;
        if (source_.endpoints.size() > 1) {
            warn("the configuration string names " + std::to_string(source_.endpoints.size())
                 + " endpoints; only the first is used");
        }
        return {};
    }

    result<void> take_host(const endpoint& first) {
        if (first.host.find("://") != std::string::npos) {
            return invalid(
                "the configuration string starts with a URL; write host:port,key=value,... instead (ssl=true for rediss)");
        }
        settings check;
        if (first.host.find('=') != std::string::npos || !apply_host(check, first.host)) {
            return invalid("'" + escape_untrusted(first.host)
                           + "' in the configuration string is no host name; expected host or host:port");
        }
        target_.host = first.host;
        if (first.port != 0) target_.port = first.port;
        return {};
    }

    [[nodiscard]] std::optional<int> number(std::string_view key) const {
        const std::string* text = source_.find(key);
        return text ? parse_int(*text) : std::nullopt;
    }

    [[nodiscard]] std::optional<bool> flag(std::string_view key) const {
        const std::string* text = source_.find(key);
        return text ? parse_bool(*text) : std::nullopt;
    }

    result<void> take_times() {
        if (const auto connect = number("connectTimeout")) {
            if (*connect < 1)
                return invalid("connectTimeout in the configuration string is " + std::to_string(*connect)
                               + "; expected at least 1 (milliseconds), for every wait has an end here");
            target_.connect_timeout = milliseconds(*connect);
        }
        const auto sync = number("syncTimeout");
        const auto async = number("asyncTimeout");
        if (sync || async) target_.command_timeout = milliseconds(std::max(sync.value_or(0), async.value_or(0)));
        if (sync && async && *sync != *async) {
            warn("syncTimeout and asyncTimeout differ; blocking and asynchronous calls share one time, and the longer one is "
                 "used");
        }
        if (const auto seconds = number("keepAlive"); seconds && *seconds > 0)
            target_.ping_interval = milliseconds(*seconds * std::int64_t{1000});
        return {};
    }

    void take_login() {
        target_.tls = flag("ssl");
        if (const std::string* name = source_.find("sslHost")) target_.tls_name = *name;
        if (const std::string* user = source_.find("user")) target_.user = *user;
        target_.password = source_.password;
    }

    void take_rest() {
        if (const std::string* name = source_.find("name")) target_.client_name = *name;
        if (const auto database = number("defaultDatabase")) target_.database = std::max(*database, 0); // -1 stands for 0
    }

    void warn_of_the_ignored() {
        for (const ignored_key& key : ignored_keys) {
            const std::string* value = source_.find(key.name);
            if (value && !value->empty() && *value != key.harmless)
                warn(std::string(key.name) + " has no effect: " + std::string(key.reason));
        }
        for (const string_key& key : string_keys) {
            if (key.kind == value_kind::dead && source_.find(key.name))
                warn(std::string(key.name) + " has no effect, nor has it in StackExchange.Redis");
        }
        if (!source_.sentinel_password.empty()) warn("sentinelPassword has no effect: Sentinel is not supported");
        for (const auto& [command, name] : source_.commands) {
            warn("$" + escape_untrusted(command, 32) + " has no effect: commands are neither renamed nor disabled");
        }
    }

    settings& target_;
    const connection_string& source_;
};

bool is_plain_in_dotnet(const settings& source) {
    if (source.tls || !source.unix_socket.empty()) return false;
    const auto product = base::azure_product_of(source.host);
    return product == base::azure_product::none
           || (product == base::azure_product::cache_for_redis && source.port.value_or(0) != 6380);
}

bool may_get_tokens(const settings& source) {
    if (source.tls.value_or(false) || base::azure_product_of(source.host) != base::azure_product::none) return true;
    return std::ranges::any_of(source.allowed_hosts,
                               [&](const auto& host) { return base::equal_ignoring_case(host, source.host); });
}

} // namespace

void finish_connection_string(settings& target) {
    if (!target.auth && target.password.empty() && !may_get_tokens(target)) target.auth = sign_in::none;
    if (is_plain_in_dotnet(target) && target.effective_tls()) {
        target.warnings.emplace_back(
            "StackExchange.Redis would connect in plain text; here TLS is on, and ssl=false switches it off");
    }
}

result<void> apply_connection_string(settings& target, const connection_string& source) { return applier(target, source).run(); }

} // namespace entrada::config
