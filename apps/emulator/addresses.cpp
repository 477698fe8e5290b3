// Room: emulator.
#include "emulator/addresses.hpp"

#include "base/duration.hpp"
#include "emulator/managed_identity_endpoint.hpp"

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

std::string_view name_of(identity_kind kind) noexcept {
    switch (kind) {
    case identity_kind::system_assigned:
        return "system";
    case identity_kind::user_assigned:
        return "user-assigned";
    case identity_kind::service_principal:
        return "service-principal";
    case identity_kind::workload:
        return "workload";
    case identity_kind::stranger:
        break;
    }
    return "stranger";
}

std::string quote_for_shell(std::string_view text) {
    std::string quoted = "'";
    for (const char c : text) c == '\'' ? quoted += "'\\''" : quoted += c;
    return quoted + "'";
}

} // namespace

environment emulator_variables(const addresses& where) {
    environment variables{
        {"Redis__HostName", where.host_name()},
        // Tokens go to Azure's names only, unless a host is allowed by name.
        {"Redis__AllowedHosts", "localhost"},
        {"IDENTITY_ENDPOINT", where.http_url() + std::string(managed_identity_endpoint::app_service_path)},
        {"IDENTITY_HEADER", std::string(where.identity_header.reveal())},
        {"AZURE_AUTHORITY_HOST", where.authority_url() + "/"},
        {"AZURE_TENANT_ID", std::string(tenant_id)},
    };
    for (const char* name : {"SSL_CERT_FILE", "NODE_EXTRA_CA_CERTS", "REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE"})
        variables[name] = where.ca_bundle.string();
    for (const identity_kind kind : {identity_kind::user_assigned, identity_kind::service_principal, identity_kind::workload})
        if (const identity* who = find_kind(where, kind)) variables["AZURE_CLIENT_ID"] = who->client_id;
    if (!where.client_secret.empty()) variables["AZURE_CLIENT_SECRET"] = where.client_secret.reveal();
    if (!where.federated_token_file.empty()) variables["AZURE_FEDERATED_TOKEN_FILE"] = where.federated_token_file.string();
    return variables;
}

const std::vector<std::string>& hindering_variables() {
    static const std::vector<std::string> names{
        "AZURE_CLIENT_ID",
        "AZURE_CLIENT_SECRET",
        "AZURE_CLIENT_CERTIFICATE_PATH",
        "AZURE_FEDERATED_TOKEN_FILE",
        "AZURE_USERNAME",
        "AZURE_PASSWORD",
        "AZURE_POD_IDENTITY_AUTHORITY_HOST",
        "AZURE_REGIONAL_AUTHORITY_NAME",
        "AZURE_KUBERNETES_TOKEN_PROXY",
        "IDENTITY_SERVER_THUMBPRINT",
        "IMDS_ENDPOINT",
        "MSI_ENDPOINT",
        "MSI_SECRET",
    };
    return names;
}

environment command_environment(environment ours, const addresses& where) {
    for (const std::string& name : hindering_variables()) ours.erase(name);
    for (auto& [name, value] : emulator_variables(where)) ours[name] = value;
    return ours;
}

std::string to_shell_lines(const addresses& where) {
    const environment variables = emulator_variables(where);
    std::string text = "unset";
    for (const std::string& name : hindering_variables())
        if (!variables.contains(name)) text += " " + name;
    text += "\n";
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
    const std::string http = where.http_url();
    const json::object line{
        {"version", 1},
        {"pid", ::getpid()},
        {"ready_ms", where.ready_in.count()},
        {"redis", json::object{{"host", "localhost"}, {"port", where.redis_port}, {"version", where.redis_version}}},
        {"http_port", where.http_port},
        {"authority_port", where.authority_port},
        {"app_service_endpoint", http + std::string(managed_identity_endpoint::app_service_path)},
        {"imds_host", http},
        {"imds_endpoint", http + std::string(managed_identity_endpoint::imds_path)},
        {"authority_host", where.authority_url() + "/"},
        {"health", http + "/health"},
        {"admin", http + "/admin"},
        {"tenant_id", tenant_id},
        {"token_lifetime_s", where.token_lifetime.count()},
        {"identities", std::move(identities)},
        {"directory", where.directory.string()},
        {"ca_file", where.ca_file.string()},
        {"ca_bundle", where.ca_bundle.string()},
        {"federated_token_file", where.federated_token_file.string()},
        {"environment", std::move(variables)},
    };
    return json::serialize(line) + "\n";
}

std::string to_announcement(const addresses& where) {
    const std::string http = where.http_url();
    return "Local Azure is ready in " + std::to_string(where.ready_in.count()) + " ms.\n\n" + "  Redis      " + where.host_name()
           + "  (TLS, Entra tokens only; Redis " + where.redis_version + ")\n" + "  User       "
           + where.identities.front().object_id + "  (oid of the managed identity)\n" + "  Tokens     live "
           + base::format_duration(where.token_lifetime) + "; a connection ends with its last token\n" + "  Identity   " + http
           + std::string(managed_identity_endpoint::app_service_path) + "  (App Service form)\n" + "             " + http
           + std::string(managed_identity_endpoint::imds_path) + "  (virtual machine form)\n" + "  Authority  "
           + where.authority_url() + "/" + std::string(tenant_id) + "\n" + "  Health     " + http + "/health\n" + "  CA         "
           + where.ca_file.string() + "\n\n";
}

} // namespace entrada::emulator
