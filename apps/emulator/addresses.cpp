// Room: emulator.
#include "emulator/addresses.hpp"

#include "base/duration.hpp"
#include "base/text.hpp"
#include "emulator/token_sources.hpp"
#include "entrada/token_credential.hpp"

#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <boost/json/serialize.hpp>

#include <algorithm>

#include <unistd.h>

namespace entrada::emulator {
namespace {

namespace json = boost::json;

const identity* find_kind(const addresses& where, identity_kind kind) {
    const auto found =
        std::find_if(where.identities.begin(), where.identities.end(), [kind](const identity& one) { return one.kind == kind; });
    return found == where.identities.end() ? nullptr : &*found;
}

/// Those of the one form of managed identity that the program is to find.
void add_machine_variables(environment& variables, const addresses& where) {
    if (!where.choice.machine) return;
    const source_kind form = *where.choice.machine;
    const std::string url = where.url_of(form);
    const std::string secret(where.identity_header.reveal());
    switch (form) {
    case source_kind::imds:
        variables["AZURE_POD_IDENTITY_AUTHORITY_HOST"] = where.http_url();
        break;
    case source_kind::app_service_2017:
    case source_kind::azure_ml:
        variables["MSI_ENDPOINT"] = url;
        variables["MSI_SECRET"] = secret;
        if (form == source_kind::azure_ml)
            variables["DEFAULT_IDENTITY_CLIENT_ID"] = make_identity(identity_kind::system_assigned).client_id;
        break;
    case source_kind::cloud_shell:
        variables["MSI_ENDPOINT"] = url;
        break;
    case source_kind::azure_arc:
        variables["IDENTITY_ENDPOINT"] = url;
        variables["IMDS_ENDPOINT"] = where.http_url();
        break;
    default:
        variables["IDENTITY_ENDPOINT"] = url;
        variables["IDENTITY_HEADER"] = secret;
        if (form == source_kind::service_fabric) variables["IDENTITY_SERVER_THUMBPRINT"] = where.fabric_thumbprint;
    }
}

void add_application_variables(environment& variables, const addresses& where) {
    for (const identity& one : where.identities)
        if (one.kind == identity_kind::user_assigned || (is_application(one.kind) && one.kind != identity_kind::pipeline))
            variables["AZURE_CLIENT_ID"] = one.client_id;
    if (!where.client_secret.empty()) variables["AZURE_CLIENT_SECRET"] = where.client_secret.reveal();
    if (!where.client_certificate.empty()) variables["AZURE_CLIENT_CERTIFICATE_PATH"] = where.client_certificate.string();
    if (!where.federated_token_file.empty()) variables["AZURE_FEDERATED_TOKEN_FILE"] = where.federated_token_file.string();
    const identity* const pipeline = find_kind(where, identity_kind::pipeline);
    if (pipeline == nullptr) return;
    variables["SYSTEM_OIDCREQUESTURI"] = where.url_of(source_kind::pipelines);
    variables["SYSTEM_ACCESSTOKEN"] = where.identity_header.reveal();
    variables["AZURESUBSCRIPTION_CLIENT_ID"] = pipeline->client_id;
    variables["AZURESUBSCRIPTION_TENANT_ID"] = tenant_id;
    variables["AZURESUBSCRIPTION_SERVICE_CONNECTION_ID"] = pipelines_connection_id;
}

json::object endpoints_of(const addresses& where) {
    json::object endpoints;
    for (const source_kind one : all_sources())
        if (const std::string url = where.url_of(one); !url.empty()) endpoints[name_of(one)] = url;
    return endpoints;
}

} // namespace

std::string addresses::url_of(source_kind source) const {
    if (source == source_kind::entra) return authority_url() + "/" + std::string(tenant_id) + "/oauth2/v2.0/token";
    if (is_tool(source) || source == source_kind::federated_token) return {};
    const std::string path(token_source_of(source).path);
    if (source == source_kind::pipelines) return authority_url() + path;
    return (source == source_kind::service_fabric ? fabric_url() : http_url()) + path;
}

std::string quote_for_shell(std::string_view text) {
    std::string quoted = "'";
    for (const char c : text) c == '\'' ? quoted += "'\\''" : quoted += c;
    return quoted + "'";
}

environment emulator_variables(const addresses& where) {
    environment variables{
        {"Redis__HostName", where.host_name()},
        // Tokens go to Azure's names only, unless a host is allowed by name.
        {"Redis__AllowedHosts", "localhost"},
        {"AZURE_AUTHORITY_HOST", where.authority_url() + "/"},
        {"AZURE_TENANT_ID", std::string(tenant_id)},
    };
    // What the program's own settings say about its server in production: an empty value takes it back. No number or flag is
    // left empty, for other readers of settings would refuse that.
    for (const char* name :
         {"Redis__CaFile", "Redis__ManagedIdentityClientId", "Redis__Password", "Redis__SslHost", "Redis__User"})
        variables[name] = "";
    variables["Redis__Auth"] = "Entra";
    variables["Redis__Database"] = "0";
    variables["Redis__Port"] = std::to_string(where.redis_port);
    variables["Redis__Scope"] = std::string(redis_scope);
    variables["Redis__Ssl"] = "true";
    for (const char* name : {"SSL_CERT_FILE", "NODE_EXTRA_CA_CERTS", "REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE"})
        variables[name] = where.ca_bundle.string();
    add_machine_variables(variables, where);
    add_application_variables(variables, where);
    return variables;
}

const std::vector<std::string>& hindering_variables() {
    static const std::vector<std::string> names{
        "AZURE_CLIENT_ID",
        "AZURE_CLIENT_SECRET",
        "AZURE_CLIENT_CERTIFICATE_PATH",
        "AZURE_CLIENT_CERTIFICATE_PASSWORD",
        "AZURE_CLIENT_SEND_CERTIFICATE_CHAIN",
        "AZURE_FEDERATED_TOKEN_FILE",
        "AZURE_USERNAME",
        "AZURE_PASSWORD",
        "AZURE_POD_IDENTITY_AUTHORITY_HOST",
        "AZURE_REGIONAL_AUTHORITY_NAME",
        "AZURE_KUBERNETES_TOKEN_PROXY",
        "DEFAULT_IDENTITY_CLIENT_ID",
        "IDENTITY_ENDPOINT",
        "IDENTITY_HEADER",
        "IDENTITY_SERVER_THUMBPRINT",
        "IMDS_ENDPOINT",
        "MSI_ENDPOINT",
        "MSI_SECRET",
        "SYSTEM_OIDCREQUESTURI",
        "SYSTEM_ACCESSTOKEN",
        "AZURESUBSCRIPTION_CLIENT_ID",
        "AZURESUBSCRIPTION_TENANT_ID",
        "AZURESUBSCRIPTION_SERVICE_CONNECTION_ID",
        "ConnectionStrings__Redis",
        "CUSTOMCONNSTR_Redis",
        "REDISCACHECONNSTR_Redis",
        "Redis__ConnectionString",
        "Redis__Configuration",
        "Redis__Host",
        "Redis__Tls",
        "Redis__UserName",
        "Redis__DefaultDatabase",
    };
    return names;
}

environment command_environment(environment ours, const addresses& where) {
    const environment variables = emulator_variables(where);
    std::erase_if(ours, [&](const auto& one) { // settings are read without regard to case
        const auto is_it = [&](std::string_view name) { return base::equal_ignoring_case(name, one.first); };
        return std::ranges::any_of(hindering_variables(), is_it)
               || std::ranges::any_of(variables, [&](const auto& set) { return is_it(set.first); })
               || base::starts_with_ignoring_case(one.first, "Redis__AllowedHosts__");
    });
    for (const auto& [name, value] : variables) ours[name] = value;
    if (!where.tools.empty()) {
        const std::string before(variable(ours, "PATH"));
        ours["PATH"] = where.tools.string() + (before.empty() ? "" : ":" + before);
    }
    return ours;
}

std::string to_shell_lines(const addresses& where) {
    const environment variables = emulator_variables(where);
    std::string text = "unset";
    for (const std::string& name : hindering_variables())
        if (!variables.contains(name)) text += " " + name;
    text += "\n";
    if (!where.tools.empty()) text += "export PATH=" + quote_for_shell(where.tools.string()) + "\"${PATH:+:$PATH}\"\n";
    for (const auto& [name, value] : variables) text += "export " + name + "=" + quote_for_shell(value) + "\n";
    return text;
}

std::string to_json_line(const addresses& where) {
    json::array identities;
    for (const identity& one : where.identities)
        identities.push_back(
            json::object{{"kind", name_of(one.kind)}, {"object_id", one.object_id}, {"client_id", one.client_id}});
    json::object variables;
    for (const auto& [name, value] : emulator_variables(where)) variables[name] = value;
    const json::object line{
        {"version", 1},
        {"pid", ::getpid()},
        {"ready_ms", where.ready_in.count()},
        {"redis", json::object{{"host", "localhost"}, {"port", where.redis_port}, {"version", where.redis_version}}},
        {"http_port", where.http_port},
        {"admin_port", where.admin_port},
        {"authority_port", where.authority_port},
        {"app_service_endpoint", where.url_of(source_kind::app_service)},
        {"imds_host", where.http_url()},
        {"imds_endpoint", where.url_of(source_kind::imds)},
        {"endpoints", endpoints_of(where)},
        {"authority_host", where.authority_url() + "/"},
        {"health", where.admin_url() + "/health"},
        {"admin", where.admin_url() + "/admin"},
        {"tenant_id", tenant_id},
        {"token_lifetime_s", where.token_lifetime.count()},
        {"identities", std::move(identities)},
        {"directory", where.directory.string()},
        {"ca_file", where.ca_file.string()},
        {"ca_bundle", where.ca_bundle.string()},
        {"federated_token_file", where.federated_token_file.string()},
        {"client_certificate", where.client_certificate.string()},
        {"tools", where.tools.string()},
        {"arc_keys", where.arc_keys.string()},
        {"service_fabric_thumbprint", where.fabric_thumbprint},
        {"environment", std::move(variables)},
    };
    return json::serialize(line) + "\n";
}

std::string to_announcement(const addresses& where) {
    const std::string form = where.choice.machine
                                 ? where.url_of(*where.choice.machine) + "  (" + std::string(name_of(*where.choice.machine)) + ")"
                                 : std::string("no managed identity");
    return "Local Azure is ready in " + std::to_string(where.ready_in.count()) + " ms.\n\n" + "  Redis      " + where.host_name()
           + "  (TLS, Entra tokens only; Redis " + where.redis_version + ")\n" + "  User       "
           + where.identities.front().object_id + "  (oid of the managed identity)\n" + "  Tokens     live "
           + base::format_duration(where.token_lifetime) + "; a connection ends with its last token\n" + "  Identity   " + form
           + "\n" + "  Authority  " + where.authority_url() + "/" + std::string(tenant_id) + "\n" + "  Health     "
           + where.admin_url() + "/health\n" + "  CA         " + where.ca_file.string() + "\n\n";
}

} // namespace entrada::emulator
