#include "entrada/settings.hpp"

#include "base/hosts.hpp"
#include "config/assemble.hpp"
#include "entra/host_rule.hpp"

#include <array>

namespace entrada {
namespace {

constexpr std::string_view remedy =
    "; write {\"Redis\": {\"HostName\": \"mycache.westeurope.redis.azure.net\"}} or set Redis__HostName";

// A connection string of another name is what a missing host is most often about.
std::string unread_connection_string(std::span<const config::layer> layers) {
    for (const auto& source : layers)
        for (const auto& [path, from] : source)
            if (base::starts_with_ignoring_case(path, "ConnectionStrings:"))
                return " (" + escape_untrusted(from.origin) + " is not read: only ConnectionStrings:Redis is)";
    return {};
}

/// All but who may get a token: callers may still add to `allowed_hosts`.
result<void> check_form(const settings& made) {
    if (!made.has_host()) return failure(errc::setting_missing, "no host in " + made.origin + std::string(remedy));
    const auto login = made.effective_auth();
    if (login == sign_in::entra && !made.effective_tls()) {
        return failure(errc::setting_invalid,
                       "TLS is off, but a Microsoft Entra token is sent over TLS only; remove Redis:Ssl=false, or "
                       "set Redis:Auth to Password or None");
    }
    if (login == sign_in::password && made.password.empty()) {
        return failure(errc::setting_missing,
                       "Redis:Auth is Password, but there is no password; set Redis__Password in the environment");
    }
    return {};
}

settings read(std::span<const config::layer> layers, const environment& variables, const std::string& origin) {
    auto made = config::assemble(layers);
    if (!made) throw failure_error(made.error());
    made->origin = origin;
    made->variables = variables;
    if (made->has_host())
        check_form(*made).value();
    else
        made->origin += unread_connection_string(layers);
    return std::move(*made);
}

} // namespace

settings settings::from_file(const std::filesystem::path& file, const environment& variables) {
    std::error_code unknown;
    const bool absent = !std::filesystem::exists(file, unknown) && !unknown;
    const std::array layers{config::layer_from_file(file).value(), config::layer_from_environment(variables)};
    const std::string name = file.string() + (absent ? " (which does not exist)" : "");
    settings made = read(layers, variables, name + " and the environment");
    if (absent) made.warnings.push_back(file.string() + " does not exist; the environment alone was read");
    return made;
}

settings settings::from_environment(const environment& variables) {
    const std::array layers{config::layer_from_environment(variables)};
    return read(layers, variables, "the variables of the environment");
}

settings settings::from_connection_string(std::string_view text) {
    settings made;
    const auto parsed = config::parse_connection_string(text);
    if (!parsed) throw failure_error(parsed.error());
    config::apply_connection_string(made, *parsed).value();
    config::finish_connection_string(made);
    check_form(made).value();
    return made;
}

sign_in settings::effective_auth() const {
    if (auth) return *auth;
    if (!password.empty()) return sign_in::password;
    if (!unix_socket.empty()) return sign_in::none;
    const bool azure = base::azure_product_of(host) != base::azure_product::none;
    if (!azure && !tls.value_or(true)) return sign_in::none; // a token would not be sent without TLS
    return sign_in::entra;
}

bool settings::effective_tls() const {
    if (!unix_socket.empty()) return false;
    if (tls) return *tls;
    return effective_auth() == sign_in::entra || !base::is_loopback(host);
}

std::uint16_t settings::effective_port() const {
    if (port) return *port;
    if (base::azure_product_of(host) == base::azure_product::managed_redis) return 10000;
    return effective_tls() ? 6380 : 6379;
}

result<void> settings::check() const {
    if (const auto form = check_form(*this); !form) return form;
    if (effective_auth() != sign_in::entra) return {};
    const peer server{.host = tls_name.empty() ? host : tls_name, .verified = true, .local = false};
    const auto refused = entra::refuse_host(server, allowed_hosts);
    if (!refused) return {};
    return failure(refused->code(), refused->detail()
                                        + "; set Redis:Auth to None or Password for a Redis without Entra; at a desk without "
                                          "Azure, run the program under `entrada emulator -- COMMAND`");
}

std::string settings::to_string() const {
    const auto login = effective_auth();
    std::string text = unix_socket.empty() ? host + ":" + std::to_string(effective_port()) : "unix:" + unix_socket;
    text += effective_tls() ? ", TLS" : ", no TLS";
    text += login == sign_in::entra ? ", Microsoft Entra" : login == sign_in::password ? ", password *****" : ", no login";
    const auto add = [&](std::string_view what, const std::string& value) {
        if (!value.empty()) text += ", " + std::string(what) + " " + escape_untrusted(value);
    };
    add("user", user);
    if (login == sign_in::entra) add("managed identity", managed_identity_client_id);
    add("TLS name", tls_name);
    add("CA file", ca_file);
    add("key prefix", key_prefix);
    add("client name", client_name);
    if (database != 0) add("database", std::to_string(database));
    return text;
}

} // namespace entrada
