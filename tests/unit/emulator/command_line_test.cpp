#include "config/assemble.hpp"
#include "emulator/addresses.hpp"
#include "emulator/emulator_command.hpp"

#include <CLI/CLI.hpp>
#include <array>
#include <boost/json/object.hpp>
#include <boost/json/parse.hpp>

#include <gtest/gtest.h>

#include <algorithm>
#include <string>
#include <vector>

namespace entrada::emulator {
namespace {

using namespace std::chrono_literals;

struct parsed {
    emulator_options options;
    std::string error;
};

parsed parse(std::vector<std::string> arguments) {
    parsed outcome;
    CLI::App program;
    add_emulator_command(program, outcome.options);
    arguments.insert(arguments.begin(), "emulator");
    std::reverse(arguments.begin(), arguments.end()); // as CLI11 wants a vector
    try {
        program.parse(arguments);
    } catch (const CLI::ParseError& error) {
        outcome.error = error.what();
    }
    return outcome;
}

TEST(emulator_options, defaults_take_free_ports_and_tokens_of_an_hour) {
    const parsed outcome = parse({});
    EXPECT_EQ(outcome.error, "");
    EXPECT_EQ(outcome.options.token_lifetime, 1h);
    EXPECT_EQ(outcome.options.port, 0);
    EXPECT_EQ(outcome.options.http_port, 0);
    EXPECT_EQ(outcome.options.authority_port, 0);
    EXPECT_FALSE(outcome.options.json);
    EXPECT_EQ(outcome.options.print_env, env_shell::none);
    EXPECT_TRUE(outcome.options.identities.kinds.empty());
    EXPECT_TRUE(outcome.options.identities.tools.empty());
    EXPECT_EQ(outcome.options.identities.machine, source_kind::app_service);
    EXPECT_TRUE(outcome.options.faults.empty());
    EXPECT_EQ(outcome.options.admin_port, 0);
    EXPECT_TRUE(outcome.options.command.empty());
}

TEST(emulator_options, every_option_arrives) {
    const parsed outcome = parse({"--token-lifetime",
                                  "90s",
                                  "--port",
                                  "6380",
                                  "--http-port",
                                  "8080",
                                  "--authority-port",
                                  "8443",
                                  "--json",
                                  "--verbose",
                                  "--identities",
                                  "service-principal,workload",
                                  "--fault",
                                  "imds=throttled:2*3",
                                  "--fault",
                                  "entra=aadsts:700016",
                                  "--arc-keys",
                                  "/var/keys",
                                  "--admin-port",
                                  "8081",
                                  "--",
                                  "my-service",
                                  "--flag",
                                  "-x",
                                  "value"});
    EXPECT_EQ(outcome.error, "");
    EXPECT_EQ(outcome.options.token_lifetime, 90s);
    EXPECT_EQ(outcome.options.port, 6380);
    EXPECT_EQ(outcome.options.http_port, 8080);
    EXPECT_EQ(outcome.options.authority_port, 8443);
    EXPECT_TRUE(outcome.options.json);
    EXPECT_TRUE(outcome.options.verbose);
    EXPECT_EQ(outcome.options.identities.kinds, (std::vector{identity_kind::service_principal, identity_kind::workload}));
    EXPECT_EQ(outcome.options.faults, (std::vector<std::string>{"imds=throttled:2*3", "entra=aadsts:700016"}));
    EXPECT_EQ(outcome.options.arc_keys, "/var/keys");
    EXPECT_EQ(outcome.options.admin_port, 8081);
    EXPECT_EQ(outcome.options.command, (std::vector<std::string>{"my-service", "--flag", "-x", "value"}));
    EXPECT_EQ(parse({"--print-env", "sh"}).options.print_env, env_shell::sh);
}

TEST(emulator_options, a_command_keeps_its_own_arguments_whatever_they_are) {
    const parsed outcome = parse({"--", "git", "log", "--json", "emulator", "--", "path", "--help", ""});
    EXPECT_EQ(outcome.error, "");
    EXPECT_FALSE(outcome.options.json);
    EXPECT_EQ(outcome.options.command,
              (std::vector<std::string>{"git", "log", "--json", "emulator", "--", "path", "--help", ""}));
}

TEST(emulator_options, what_makes_no_sense_is_refused_by_name) {
    const struct {
        std::vector<std::string> arguments;
        const char* named;
    } rows[] = {
        {{"--token-lifetime", "0s"}, "--token-lifetime"},
        {{"--token-lifetime", "500ms"}, "--token-lifetime"},
        {{"--token-lifetime", "1500ms"}, "--token-lifetime"},
        {{"--token-lifetime", "3d"}, "--token-lifetime"},
        {{"--token-lifetime", "soon"}, "soon"},
        {{"--port", "70000"}, "--port"},
        {{"--port", "-1"}, "--port"},
        {{"--identities", "somebody"}, "somebody"},
        {{"--identities", "user-assigned,workload"}, "AZURE_CLIENT_ID"},
        {{"--identities", "imds,azure-arc"}, "one form"},
        {{"--identities", "none,imds"}, "one form"},
        {{"--identities", "entra"}, "'entra' is none of"},
        {{"--fault", "imds"}, "SOURCE=FAULT"},
        {{"--fault", "nowhere=hang"}, "service-fabric"},
        {{"--fault", "imds=nothing"}, "captive-portal"},
        {{"--fault", "imds=not-logged-in"}, "no fault of imds"},
        {{"--fault", "imds=throttled:soon"}, "SECONDS"},
        {{"--fault", "imds=hang:5"}, "takes none"},
        {{"--fault", "imds=hang*0"}, "'0' is no number of requests"},
        {{"--fault", "imds=refused*2"}, "cannot be counted"},
        {{"--fault", "az=not-installed*2"}, "cannot be counted"},
        {{"--json", "--print-env", "sh"}, "--print-env"},
        {{"--print-env", "fish"}, "fish"},
        {{"--nonsense"}, "--nonsense"},
    };
    for (const auto& row : rows)
        EXPECT_NE(parse(row.arguments).error.find(row.named), std::string::npos) << parse(row.arguments).error;
}

addresses example() {
    addresses where;
    where.redis_port = 6380;
    where.http_port = 8080;
    where.admin_port = 8081;
    where.fabric_port = 2377;
    where.authority_port = 8443;
    where.directory = "/tmp/it's here";
    where.ca_file = "/tmp/it's here/ca.pem";
    where.ca_bundle = "/tmp/it's here/ca-bundle.pem";
    where.identity_header = secret_string("header");
    where.identities = make_identities({});
    where.redis_version = "7.0.15";
    where.token_lifetime = 5s;
    where.ready_in = 212ms;
    return where;
}

TEST(emulator_environment, holds_what_the_contract_says) {
    const environment variables = emulator_variables(example());
    const environment expected{
        {"Redis__HostName", "localhost:6380"},
        {"Redis__AllowedHosts", "localhost"},
        {"Redis__Auth", "Entra"},
        {"Redis__CaFile", ""},
        {"Redis__Database", "0"},
        {"Redis__ManagedIdentityClientId", ""},
        {"Redis__Password", ""},
        {"Redis__Port", "6380"},
        {"Redis__Scope", "https://redis.azure.com/.default"},
        {"Redis__Ssl", "true"},
        {"Redis__SslHost", ""},
        {"Redis__User", ""},
        {"IDENTITY_ENDPOINT", "http://127.0.0.1:8080/msi/token"},
        {"IDENTITY_HEADER", "header"},
        {"AZURE_AUTHORITY_HOST", "https://localhost:8443/"},
        {"AZURE_TENANT_ID", std::string(tenant_id)},
        {"SSL_CERT_FILE", "/tmp/it's here/ca-bundle.pem"},
        {"NODE_EXTRA_CA_CERTS", "/tmp/it's here/ca-bundle.pem"},
        {"REQUESTS_CA_BUNDLE", "/tmp/it's here/ca-bundle.pem"},
        {"CURL_CA_BUNDLE", "/tmp/it's here/ca-bundle.pem"},
    };
    EXPECT_EQ(variables, expected);
}

TEST(emulator_environment, names_the_identities_that_were_asked_for) {
    addresses where = example();
    where.identities = make_identities({identity_kind::service_principal});
    where.client_secret = secret_string("secret");
    environment variables = emulator_variables(where);
    EXPECT_EQ(variables["AZURE_CLIENT_ID"], make_identity(identity_kind::service_principal).client_id);
    EXPECT_EQ(variables["AZURE_CLIENT_SECRET"], "secret");
    where = example();
    where.identities = make_identities({identity_kind::workload});
    where.federated_token_file = "/tmp/token";
    variables = emulator_variables(where);
    EXPECT_EQ(variables["AZURE_CLIENT_ID"], make_identity(identity_kind::workload).client_id);
    EXPECT_EQ(variables["AZURE_FEDERATED_TOKEN_FILE"], "/tmp/token");
    EXPECT_FALSE(variables.contains("AZURE_CLIENT_SECRET"));
    where = example();
    where.identities = make_identities({identity_kind::user_assigned});
    EXPECT_EQ(emulator_variables(where)["AZURE_CLIENT_ID"], make_identity(identity_kind::user_assigned).client_id);
}

TEST(emulator_environment, leads_to_the_form_of_managed_identity_that_was_asked_for) {
    addresses where = example();
    where.fabric_thumbprint = "AB12";
    const std::string sa = make_identity(identity_kind::system_assigned).client_id;
    const struct {
        const char* name;
        environment expected;
    } rows[] = {
        {"imds", {{"AZURE_POD_IDENTITY_AUTHORITY_HOST", "http://127.0.0.1:8080"}}},
        {"app-service", {{"IDENTITY_ENDPOINT", "http://127.0.0.1:8080/msi/token"}, {"IDENTITY_HEADER", "header"}}},
        {"container-apps",
         {{"IDENTITY_ENDPOINT", "http://127.0.0.1:8080/container-apps/msi/token"}, {"IDENTITY_HEADER", "header"}}},
        {"app-service-2017", {{"MSI_ENDPOINT", "http://127.0.0.1:8080/app-service-2017/msi/token"}, {"MSI_SECRET", "header"}}},
        {"azure-ml",
         {{"MSI_ENDPOINT", "http://127.0.0.1:8080/azure-ml/msi/token"},
          {"MSI_SECRET", "header"},
          {"DEFAULT_IDENTITY_CLIENT_ID", sa}}},
        {"cloud-shell", {{"MSI_ENDPOINT", "http://127.0.0.1:8080/cloud-shell/oauth2/token"}}},
        {"service-fabric",
         {{"IDENTITY_ENDPOINT", "https://localhost:2377/service-fabric/metadata/identity/oauth2/token"},
          {"IDENTITY_HEADER", "header"},
          {"IDENTITY_SERVER_THUMBPRINT", "AB12"}}},
        {"azure-arc",
         {{"IDENTITY_ENDPOINT", "http://127.0.0.1:8080/azure-arc/metadata/identity/oauth2/token"},
          {"IMDS_ENDPOINT", "http://127.0.0.1:8080"}}},
        {"none", {}},
    };
    for (const auto& row : rows) {
        where.choice = parse_identities(row.name).value();
        environment found;
        for (const auto& [name, value] : emulator_variables(where))
            if (name.find("IDENTITY") != std::string::npos || name.find("MSI_") == 0 || name == "IMDS_ENDPOINT")
                found[name] = value;
        EXPECT_EQ(found, row.expected) << row.name;
    }
}

TEST(emulator_environment, a_pipeline_has_its_own_names) {
    addresses where = example();
    where.identities = make_identities({identity_kind::pipeline});
    const environment variables = emulator_variables(where);
    EXPECT_EQ(variable(variables, "SYSTEM_OIDCREQUESTURI"), "https://localhost:8443/pipelines/oidctoken");
    EXPECT_EQ(variable(variables, "SYSTEM_ACCESSTOKEN"), "header");
    EXPECT_EQ(variable(variables, "AZURESUBSCRIPTION_TENANT_ID"), tenant_id);
    EXPECT_EQ(variable(variables, "AZURESUBSCRIPTION_CLIENT_ID"), make_identity(identity_kind::pipeline).client_id);
    EXPECT_FALSE(variables.contains("AZURE_CLIENT_ID")) << "it would name a managed identity that does not exist";
}

TEST(emulator_environment, developer_tools_come_first_in_the_path) {
    addresses where = example();
    where.tools = "/tmp/it's here/bin";
    EXPECT_EQ(variable(command_environment({{"PATH", "/usr/bin"}}, where), "PATH"), "/tmp/it's here/bin:/usr/bin");
    EXPECT_NE(to_shell_lines(where).find("export PATH='/tmp/it'\\''s here/bin'\"${PATH:+:$PATH}\"\n"), std::string::npos);
}

TEST(emulator_environment, leaves_out_what_would_lead_a_command_to_the_real_azure) {
    const environment variables = command_environment(
        {{"PATH", "/bin"}, {"AZURE_CLIENT_SECRET", "real"}, {"IDENTITY_SERVER_THUMBPRINT", "ab"}, {"AZURE_TENANT_ID", "real"}},
        example());
    EXPECT_EQ(variable(variables, "PATH"), "/bin");
    EXPECT_FALSE(variables.contains("AZURE_CLIENT_SECRET"));
    EXPECT_FALSE(variables.contains("IDENTITY_SERVER_THUMBPRINT"));
    EXPECT_EQ(variable(variables, "AZURE_TENANT_ID"), tenant_id);
}

TEST(emulator_environment, takes_back_what_settings_say_about_the_server_in_production) {
    const environment variables = command_environment({{"Redis__Port", "6380"},
                                                       {"REDIS__PASSWORD", "key"},
                                                       {"Redis__Tls", "false"},
                                                       {"Redis__AllowedHosts__0", "prod"},
                                                       {"ConnectionStrings__Redis", "prod:6380,password=key"},
                                                       {"Redis__InstanceName", "app:"}},
                                                      example());
    EXPECT_EQ(variable(variables, "Redis__InstanceName"), "app:");
    EXPECT_FALSE(variables.contains("ConnectionStrings__Redis"));
    EXPECT_FALSE(variables.contains("REDIS__PASSWORD"));
    EXPECT_FALSE(variables.contains("Redis__Tls"));
    EXPECT_FALSE(variables.contains("Redis__AllowedHosts__0"));
    const auto layer = config::layer_from_json(
        R"({"Redis": {"HostName": "prod.redis.azure.net:10000", "Port": 10000, "User": "u", "Password": "key", "SslHost": "prod",
            "Ssl": false, "Auth": "Password", "CaFile": "/ca", "Scope": "s", "ManagedIdentityClientId": "id", "Database": 3}})",
        "appsettings.json");
    const std::array layers{layer.value(), config::layer_from_environment(variables)};
    const settings made = config::assemble(layers).value();
    EXPECT_EQ(made.host, "localhost");
    EXPECT_EQ(made.port, example().redis_port);
    EXPECT_TRUE(made.password.empty());
    EXPECT_EQ(made.effective_auth(), sign_in::entra);
    EXPECT_TRUE(made.effective_tls());
    EXPECT_EQ(made.user + made.tls_name + made.ca_file + made.managed_identity_client_id, "");
    EXPECT_EQ(made.scope, redis_scope);
    EXPECT_EQ(made.database, 0);
    EXPECT_TRUE(made.check());
}

TEST(emulator_environment, shell_lines_are_quoted) {
    const std::string lines = to_shell_lines(example());
    EXPECT_NE(lines.find("export SSL_CERT_FILE='/tmp/it'\\''s here/ca-bundle.pem'\n"), std::string::npos) << lines;
    EXPECT_NE(lines.find("unset AZURE_CLIENT_ID "), std::string::npos) << lines;
}

TEST(emulator_environment, the_json_is_one_line_with_everything_in_it) {
    const std::string line = to_json_line(example());
    EXPECT_EQ(line.find('\n'), line.size() - 1);
    const auto parsed_line = boost::json::parse(line).as_object();
    EXPECT_EQ(parsed_line.at("version").as_int64(), 1);
    EXPECT_EQ(parsed_line.at("redis").at("port").as_int64(), 6380);
    EXPECT_EQ(parsed_line.at("environment").at("Redis__HostName").as_string(), "localhost:6380");
    EXPECT_EQ(parsed_line.at("identities").at(0).at("kind").as_string(), "system");
    EXPECT_EQ(parsed_line.at("ready_ms").as_int64(), 212);
    EXPECT_EQ(parsed_line.at("health").as_string(), "http://127.0.0.1:8081/health");
}

} // namespace
} // namespace entrada::emulator
