// Every source of tokens over real sockets, asked by curl and by the shell as foreign programs ask.
#include "support/emulator_server.hpp"
#include "support/programs.hpp"
#include "support/redis_server.hpp"

#include <boost/json/array.hpp>
#include <boost/json/parse.hpp>
#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>

namespace entrada::test {
namespace {

using namespace std::chrono_literals;
namespace fs = std::filesystem;

constexpr std::string_view imds_query = "?api-version=2018-02-01&resource=https%3A%2F%2Fredis.azure.com";

class emulator_sources : public testing::Test {
protected:
    static void SetUpTestSuite() {
        if (has_program("redis-server"))
            shared_ = std::make_unique<emulator_server>(
                std::vector<std::string>{"--identities", "none,certificate,workload,pipelines,az,azd,pwsh"});
    }
    static void TearDownTestSuite() { shared_.reset(); }
    void SetUp() override {
        ENTRADA_NEEDS_REDIS();
        server().clear_faults();
    }
    static emulator_server& server() { return *shared_; }

    static std::string endpoint(std::string_view source) {
        return std::string(std::string_view(server().line().at("endpoints").at(source).as_string()));
    }
    static program_run curl(std::vector<std::string> arguments) {
        std::vector<std::string> argv{"curl", "-s", "-S", "--max-time", "5"};
        argv.insert(argv.end(), arguments.begin(), arguments.end());
        return run_program(std::move(argv));
    }
    static program_run ask_imds(std::vector<std::string> more = {}) {
        more.insert(more.end(), {"-H", "Metadata: true", endpoint("imds") + std::string(imds_query)});
        return curl(std::move(more));
    }
    static program_run run_tool(const std::string& command) {
        return run_program({"sh", "-c", command}, {}, 10s, server().variables());
    }

private:
    static inline std::unique_ptr<emulator_server> shared_;
};

TEST_F(emulator_sources, a_closed_port_refuses_and_opens_again) {
    constexpr int could_not_connect = 7;
    EXPECT_TRUE(ask_imds().status.ok());
    for (int round = 0; round < 2; ++round) {
        server().set_fault("imds", "refused");
        EXPECT_EQ(ask_imds().status.code, could_not_connect);
        EXPECT_EQ(server().health().at("status").as_string(), "healthy") << "the admin port stays open";
        server().set_fault("imds", "none");
        EXPECT_NE(ask_imds().out.find("access_token"), std::string::npos);
    }
}

TEST_F(emulator_sources, answers_are_cut_late_or_never_come) {
    constexpr int partial_file = 18;
    constexpr int timed_out = 28;
    constexpr int empty_reply = 52;
    server().set_fault("imds", "cut");
    EXPECT_EQ(ask_imds().status.code, partial_file);
    server().set_fault("imds", "drop");
    EXPECT_EQ(ask_imds().status.code, empty_reply);
    server().set_fault("imds", "hang");
    EXPECT_EQ(ask_imds({"--max-time", "0.2"}).status.code, timed_out);
    server().set_fault("imds", "none");
    server().set_fault("imds", "slow", "300ms");
    EXPECT_EQ(ask_imds({"--max-time", "0.1"}).status.code, timed_out);
    const auto begin = std::chrono::steady_clock::now();
    EXPECT_NE(ask_imds().out.find("access_token"), std::string::npos);
    EXPECT_GE(std::chrono::steady_clock::now() - begin, 300ms);
}

TEST_F(emulator_sources, service_fabric_has_the_certificate_of_its_thumbprint_unless_it_is_the_wrong_one) {
    const std::string address = endpoint("service-fabric");
    const std::string place = address.substr(8, address.find('/', 8) - 8);
    const auto thumbprint = [&] {
        const auto run = run_program(
            {"sh", "-c",
             "openssl s_client -connect " + place + " </dev/null 2>/dev/null | openssl x509 -noout -fingerprint -sha1"});
        std::string digits;
        for (const char c : run.out.substr(run.out.find('=') + 1))
            if (c != ':' && c != '\n') digits += c;
        return digits;
    };
    const std::string expected = server().text("service_fabric_thumbprint");
    EXPECT_EQ(thumbprint(), expected);
    server().set_fault("service-fabric", "wrong-certificate");
    EXPECT_NE(thumbprint(), expected);
    server().set_fault("service-fabric", "none");
    EXPECT_EQ(thumbprint(), expected);
    EXPECT_EQ(curl({"-k", "-o", "/dev/null", "-w", "%{http_code}", address + "?api-version=2019-07-01-preview"}).out, "400");
    server().set_fault("service-fabric", "redirect");
    EXPECT_EQ(curl({"-k", "-o", "/dev/null", "-w", "%{http_code}", address}).out, "302");
}

TEST_F(emulator_sources, a_federated_token_is_swapped_whole_and_goes_wrong_on_demand) {
    const fs::path file = server().text("federated_token_file");
    const auto read = [&] {
        std::ifstream stream(file);
        return std::string(std::istreambuf_iterator<char>(stream), {});
    };
    const std::string first = read();
    EXPECT_TRUE(first.starts_with("eyJ"));
    EXPECT_TRUE(fs::is_symlink(file));
    server().rotate_federated_token();
    EXPECT_TRUE(read().starts_with("eyJ"));
    EXPECT_NE(read(), first);
    server().set_fault("federated-token", "empty");
    EXPECT_EQ(read(), "");
    EXPECT_TRUE(fs::exists(file));
    server().set_fault("federated-token", "none");
    server().set_fault("federated-token", "missing");
    EXPECT_FALSE(fs::exists(file));
    server().set_fault("federated-token", "none");
    EXPECT_TRUE(read().starts_with("eyJ"));
}

TEST_F(emulator_sources, what_is_secret_in_files_is_readable_by_its_owner_alone) {
    constexpr auto others = fs::perms::group_all | fs::perms::others_all;
    for (const char* name : {"client_certificate", "federated_token_file"}) {
        const fs::path file = server().text(name);
        ASSERT_TRUE(fs::exists(file)) << name;
        EXPECT_EQ(fs::status(file).permissions() & others, fs::perms::none) << name;
    }
    const auto challenge = curl({"-D", "-", "-o", "/dev/null", "-H", "Metadata: true",
                                 endpoint("azure-arc") + "?api-version=2020-06-01&resource=https://redis.azure.com"});
    const auto realm = challenge.out.find("realm=");
    ASSERT_NE(realm, std::string::npos) << challenge.out;
    const fs::path key = challenge.out.substr(realm + 6, challenge.out.find('\r', realm) - realm - 6);
    EXPECT_EQ(fs::status(key).permissions() & others, fs::perms::none);
    EXPECT_EQ(fs::status(key).type(), fs::file_type::regular) << key;
}

TEST_F(emulator_sources, the_tools_are_found_on_the_path_and_print_tokens) {
    const auto az = run_tool("az account get-access-token --output json --resource https://redis.azure.com");
    EXPECT_EQ(az.status.code, 0) << az.out;
    EXPECT_NE(az.out.find("\"accessToken\":\"eyJ"), std::string::npos) << az.out;
    const auto azd = run_tool("azd auth token --output json --no-prompt --scope https://redis.azure.com/.default");
    EXPECT_NE(azd.out.find("\"token\":\"eyJ"), std::string::npos) << azd.out;
    const auto pwsh = run_tool("AZURE_IDENTITY_POWERSHELL_RESOURCE=https://redis.azure.com pwsh -NoProfile -NonInteractive "
                               "-EncodedCommand RwBlAHQALQBBAHoAQQBjAGMAZQBzAHMAVABvAGsAZQBuAA==");
    EXPECT_NE(pwsh.out.find("\"Token\":\"eyJ"), std::string::npos) << pwsh.out;
}

TEST_F(emulator_sources, the_tools_fail_on_demand) {
    const std::string az = "az account get-access-token --resource https://redis.azure.com";
    server().set_fault("az", "not-logged-in");
    EXPECT_NE(run_tool(az).out.find("az login"), std::string::npos);
    server().set_fault("az", "not-installed");
    EXPECT_FALSE(fs::exists(fs::path(server().text("tools")) / "az"));
    server().set_fault("az", "none");
    EXPECT_TRUE(run_tool(az).status.ok());
    server().set_fault("az", "prompt");
    EXPECT_EQ(run_tool("sleep 1 | timeout 0.3 " + az).status.code, 124) << "stdin stays open";
    EXPECT_TRUE(run_tool(az + " < /dev/null").status.ok());
    server().clear_faults();
    server().set_fault("az", "hang");
    EXPECT_EQ(run_tool("timeout 0.3 " + az).status.code, 124);
}

TEST_F(emulator_sources, a_tool_can_leave_a_child_behind_that_holds_its_output) {
    server().set_fault("az", "keeps-pipe");
    emulator::child_options options;
    options.argv = {"timeout", "--foreground", "5", "az", "account", "get-access-token", "--resource", "https://redis.azure.com"};
    options.variables = server().variables();
    options.argv[3] = server().text("tools") + "/az";
    options.out = emulator::child_stream::pipe;
    auto child = emulator::child_process::start(options).value();
    const auto status = child.wait_until(within(10s));
    ASSERT_TRUE(status.has_value());
    EXPECT_EQ(status->code, 0);
    EXPECT_TRUE(child.read_line(within(5s)).has_value());
    EXPECT_EQ(child.read_line(within(200ms)), std::nullopt) << "no end of the stream yet, and nothing in it";
}

TEST_F(emulator_sources, a_pipeline_changes_its_token_for_another_one) {
    const environment variables = server().variables();
    const auto oidc = curl({"--cacert", server().ca_file(), "-X", "POST", "-d", "", "-H",
                            "Authorization: Bearer " + std::string(variable(variables, "SYSTEM_ACCESSTOKEN")),
                            std::string(variable(variables, "SYSTEM_OIDCREQUESTURI")) + "?api-version=7.1&serviceConnectionId="
                                + std::string(variable(variables, "AZURESUBSCRIPTION_SERVICE_CONNECTION_ID"))});
    const auto token = boost::json::parse(oidc.out).as_object();
    const auto bought =
        curl({"--cacert", server().ca_file(), endpoint("entra"), "-d",
              "grant_type=client_credentials&scope=https://redis.azure.com/.default&client_id="
                  + std::string(variable(variables, "AZURESUBSCRIPTION_CLIENT_ID"))
                  + "&client_assertion_type=urn:ietf:params:oauth:client-assertion-type:jwt-bearer&client_assertion="
                  + std::string(std::string_view(token.at("oidcToken").as_string()))});
    EXPECT_NE(bought.out.find("access_token"), std::string::npos) << bought.out;
}

TEST_F(emulator_sources, faults_are_reported_and_mistakes_in_them_named) {
    server().set_fault("imds", "throttled", "7", 3);
    const std::string url = server().text("admin") + "/faults";
    const auto report = boost::json::parse(curl({url}).out);
    EXPECT_EQ(report.at("faults").at("imds").at(0).at("times").to_number<int>(), 3);
    const auto wrong = curl({"-d", R"({"source":"imds","fault":"nonsense"})", url});
    EXPECT_NE(wrong.out.find("captive-portal"), std::string::npos) << wrong.out;
    EXPECT_NE(curl({"-d", "nonsense", url}).out.find("the body is JSON"), std::string::npos);
    EXPECT_NE(curl({"-d", R"({"source":"imds","fault":"hang","times":"x"})", url}).out.find("the body is JSON"),
              std::string::npos);
    EXPECT_NE(curl({"-X", "PUT", url}).out.find("GET, POST or DELETE"), std::string::npos);
}

TEST_F(emulator_sources, a_fault_of_the_command_line_is_there_from_the_start) {
    const emulator_server other({"--identities", "imds", "--fault", "imds=server-error*1"});
    const auto status = [&] {
        return curl({"-o", "/dev/null", "-w", "%{http_code}", "-H", "Metadata: true",
                     other.text("imds_endpoint") + std::string(imds_query)})
            .out;
    };
    EXPECT_EQ(status(), "500");
    EXPECT_EQ(status(), "200");
}

} // namespace
} // namespace entrada::test
