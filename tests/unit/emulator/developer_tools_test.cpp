#include "emulator/developer_tools.hpp"
#include "emulator/temporary_directory.hpp"

#include <boost/json/parse.hpp>
#include <gtest/gtest.h>

namespace entrada::emulator {
namespace {

using namespace std::chrono_literals;
namespace json = boost::json;

const signing_key& key() {
    static const signing_key made = signing_key::create().value();
    return made;
}

class developer_tools : public testing::Test {
protected:
    token_authority authority{
        key(), {.lifetime = 100s, .identities = make_identities({}), .now = [] { return wall_time(1'800'000'000s); }}};
    token_desk tokens{authority};
    fault_board faults;
    const std::string developer = make_identity(identity_kind::developer).object_id;

    tool_act run(source_kind tool, std::vector<std::string> arguments, std::string resource = {}) {
        return act_as_tool({tool, std::move(arguments), std::move(resource)}, faults.meet(tool), tokens);
    }
    tool_act run_az() {
        return run(source_kind::az, {"account", "get-access-token", "--output", "json", "--resource", "https://redis.azure.com"});
    }
    tool_act run_azd() {
        return run(source_kind::azd,
                   {"auth", "token", "--output", "json", "--no-prompt", "--scope", "https://redis.azure.com/.default"});
    }
    std::string oid_in(const tool_act& act, std::string_view name) {
        const auto body = json::parse(act.out).as_object();
        return std::string(jwt::parse(std::string_view(body.at(name).as_string()))->text("oid"));
    }
};

TEST_F(developer_tools, az_prints_the_token_of_the_person_with_its_end_twice) {
    const tool_act act = run_az();
    EXPECT_EQ(act.exit, 0) << act.err;
    EXPECT_EQ(oid_in(act, "accessToken"), developer);
    const auto body = json::parse(act.out).as_object();
    EXPECT_EQ(body.at("expires_on").as_int64(), 1'800'000'100);
    EXPECT_TRUE(body.contains("expiresOn"));
    EXPECT_EQ(run(source_kind::az, {"account", "get-access-token", "--scope", "https://redis.azure.com/.default"}).exit, 0);
    ASSERT_TRUE(faults.set("az=old-output"));
    EXPECT_FALSE(json::parse(run_az().out).as_object().contains("expires_on"));
}

TEST_F(developer_tools, azd_wants_a_scope_and_prints_utc) {
    const tool_act act = run_azd();
    EXPECT_EQ(act.exit, 0) << act.err;
    EXPECT_EQ(oid_in(act, "token"), developer);
    EXPECT_EQ(json::parse(act.out).at("expiresOn").as_string(), "2027-01-15T08:01:40Z");
    EXPECT_NE(run(source_kind::azd, {"auth", "token", "--scope", "https://redis.azure.com"}).exit, 0);
}

TEST_F(developer_tools, pwsh_understands_scripts_that_ask_for_a_token) {
    const std::string script = "Get-AzAccessToken -ResourceUrl 'https://redis.azure.com'";
    EXPECT_EQ(oid_in(run(source_kind::pwsh, {"-NoProfile", "-NonInteractive", "-Command", script}), "Token"), developer);
    EXPECT_EQ(run(source_kind::pwsh, {"/?"}).exit, 0);
    EXPECT_NE(run(source_kind::pwsh, {"-Command", "Remove-Item"}).exit, 0);
    const tool_act xml = run(source_kind::pwsh, {"-Command", script + " | ConvertTo-Xml"});
    EXPECT_NE(xml.out.find("<Property Name=\"ExpiresOn\" Type=\"System.Int64\">639355969000000000"
                           "</Property>"),
              std::string::npos)
        << xml.out;
}

TEST_F(developer_tools, pwsh_reads_encoded_commands_and_resources_from_variables) {
    // "Get-AzAccessToken" in UTF-16 and Base64.
    const std::string encoded = "RwBlAHQALQBBAHoAQQBjAGMAZQBzAHMAVABvAGsAZQBuAA==";
    EXPECT_EQ(decode_powershell(encoded), "Get-AzAccessToken");
    const std::vector<std::string> arguments{"-NoProfile", "-NonInteractive", "-EncodedCommand", encoded};
    EXPECT_EQ(run(source_kind::pwsh, arguments, "https://redis.azure.com").exit, 0);
    EXPECT_NE(run(source_kind::pwsh, arguments, "https://vault.azure.net").exit, 0);
}

TEST_F(developer_tools, another_resource_is_unknown) {
    const tool_act act = run(source_kind::az, {"account", "get-access-token", "--resource", "https://vault.azure.net"});
    EXPECT_EQ(act.exit, 1);
    EXPECT_NE(act.err.find("AADSTS500011"), std::string::npos);
}

TEST_F(developer_tools, fail_as_the_real_ones_do) {
    const struct {
        const char* fault;
        source_kind tool;
        int exit;
        const char* err;
    } rows[] = {
        {"not-logged-in", source_kind::az, 1, "az login"},
        {"not-logged-in", source_kind::azd, 1, "azd auth login"},
        {"not-logged-in", source_kind::pwsh, 1, "Connect-AzAccount"},
        {"login-expired", source_kind::az, 1, "AADSTS700082"},
        {"not-installed", source_kind::az, 127, "az: command not found"},
        {"broken", source_kind::azd, 1, "Traceback"},
    };
    for (const auto& row : rows) {
        ASSERT_TRUE(faults.set(name_of(row.tool), row.fault));
        const tool_act act = run(row.tool, {"whatever"});
        EXPECT_EQ(act.exit, row.exit) << row.fault;
        EXPECT_NE(act.err.find(row.err), std::string::npos) << row.fault << ": " << act.err;
    }
    ASSERT_TRUE(faults.set("pwsh=no-module"));
    EXPECT_EQ(run(source_kind::pwsh, {"-Command", "x"}).out, "NoAzAccountModule\n");
}

TEST_F(developer_tools, an_act_survives_the_way_to_the_script) {
    for (const char* fault : {"az=prompt", "az=keeps-pipe", "az=not-utf8", "az=slow:250ms"}) ASSERT_TRUE(faults.set(fault));
    const tool_act act = run_az();
    const auto read = parse_tool_act(to_response(act).body);
    ASSERT_TRUE(read.has_value());
    EXPECT_EQ(read->out, act.out);
    EXPECT_EQ(read->err, "WARNING: caf\xe9\n");
    EXPECT_TRUE(read->reads_stdin && read->keeps_pipe && !read->hang);
    EXPECT_EQ(read->delay, 250ms);
    EXPECT_FALSE(parse_tool_act("{}").has_value());
    http_request request;
    request.body = to_json({source_kind::azd, {"auth", "token", ""}, "r"});
    const auto call = parse_tool_call(request);
    ASSERT_TRUE(call.has_value());
    EXPECT_EQ(call->tool, source_kind::azd);
    EXPECT_EQ(call->arguments, (std::vector<std::string>{"auth", "token", ""}));
    EXPECT_EQ(call->resource, "r");
    request.body = R"({"tool":"imds","arguments":[]})";
    EXPECT_FALSE(parse_tool_call(request).has_value());
}

TEST_F(developer_tools, are_placed_and_taken_away) {
    const auto place = temporary_directory::create("entrada-test-").value();
    ASSERT_TRUE(place_tools(place.path(), {source_kind::az, source_kind::pwsh}, "/bin/entrada", "http://127.0.0.1:1/tools"));
    EXPECT_TRUE(std::filesystem::exists(place.path() / "az"));
    EXPECT_FALSE(std::filesystem::exists(place.path() / "azd"));
    ASSERT_TRUE(place_tools(place.path(), {source_kind::azd}, "/bin/entrada", "http://127.0.0.1:1/tools"));
    EXPECT_FALSE(std::filesystem::exists(place.path() / "az"));
    EXPECT_EQ(std::filesystem::status(place.path() / "azd").permissions(), std::filesystem::perms::owner_all);
}

} // namespace
} // namespace entrada::emulator
