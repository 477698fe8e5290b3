// The program signs in with tokens: its commands against the local Azure.
#include "support/emulator_server.hpp"
#include "support/redis_server.hpp"
#include "unit/cli/console_fixture.hpp"

#include <boost/json.hpp>
#include <gmock/gmock.h>

namespace entrada::test {
namespace {

using testing::AllOf;
using testing::HasSubstr;
using testing::Not;

class cli_identity : public testing::Test {
protected:
    void SetUp() override {
        ENTRADA_NEEDS_REDIS();
        azure.emplace(std::vector<std::string>{"--token-lifetime", "60s"});
        console.emplace(azure->variables());
    }

    std::optional<emulator_server> azure;
    std::optional<text_console> console;
};

TEST_F(cli_identity, ping_says_who_we_are_and_how_long_the_token_is_good) {
    EXPECT_EQ(console->run({"ping", "--ca-file", azure->ca_file(), "--json"}), 0) << console->err();
    const auto report = boost::json::parse(console->out());
    EXPECT_EQ(report.at("user"), boost::json::value(azure->user()));
    EXPECT_EQ(report.at("sign_in"), "entra");
    EXPECT_EQ(report.at("tls"), true);
    EXPECT_GT(report.at("token_seconds_left").as_int64(), 30);
    EXPECT_LE(report.at("token_seconds_left").as_int64(), 60);
    EXPECT_EQ(console->run({"ping", "--ca-file", azure->ca_file()}), 0);
    EXPECT_THAT(console->out(), AllOf(HasSubstr("Microsoft Entra"), HasSubstr(azure->user()), HasSubstr("token ends in")));
}

TEST_F(cli_identity, keys_are_read_and_written_by_the_identity) {
    const auto with_ca = [&](std::vector<std::string> words) {
        words.insert(words.end(), {"--ca-file", azure->ca_file()});
        return console->run(std::move(words));
    };
    EXPECT_EQ(with_ca({"set", "k", "v", "--ttl", "1m"}), 0) << console->err();
    EXPECT_EQ(with_ca({"get", "k"}), 0);
    EXPECT_EQ(console->out(), "v");
}

TEST_F(cli_identity, a_certificate_of_nobody_we_trust_ends_it) {
    EXPECT_EQ(console->run({"get", "k", "--timeout", "5s"}), 3) << "without --ca-file";
    EXPECT_THAT(console->err(), HasSubstr("TLS"));
}

TEST_F(cli_identity, token_shows_claims_and_source_and_never_the_token) {
    EXPECT_EQ(console->run({"token", "--json"}), 0) << console->err();
    const std::string line = console->out();
    const auto report = boost::json::parse(line);
    EXPECT_EQ(report.at("credential"), "ManagedIdentityCredential");
    EXPECT_EQ(report.at("user"), boost::json::value(azure->user()));
    EXPECT_EQ(report.at("claims").at("aud"), "https://redis.azure.com");
    EXPECT_LE(report.at("seconds_left").as_int64(), 60);
    EXPECT_EQ(report.at("passed_over").at(0).at("credential"), "EnvironmentCredential");
    EXPECT_EQ(report.at("passed_over").at(1).at("credential"), "WorkloadIdentityCredential");
    EXPECT_EQ(console->run({"token", "--verbose"}), 0);
    const std::string said = line + console->out() + console->err();
    EXPECT_THAT(said, AllOf(HasSubstr(azure->user()), HasSubstr("object id"),
                            HasSubstr("passed over  EnvironmentCredential unavailable: ")));
    EXPECT_THAT(said, Not(HasSubstr("eyJ"))) << "every JSON Web Token begins so";
}

TEST_F(cli_identity, an_opaque_token_signs_in_when_the_user_is_named) {
    azure->set_fault("app-service", "opaque");
    environment variables = azure->variables();
    variables["Redis__User"] = azure->user();
    text_console own(variables);
    EXPECT_EQ(own.run({"ping", "--ca-file", azure->ca_file(), "--json"}), 0) << own.err();
    EXPECT_EQ(boost::json::parse(own.out()).at("user"), boost::json::value(azure->user()));
}

TEST_F(cli_identity, no_token_is_a_finding_that_says_what_was_tried) {
    azure->set_identity("down");
    EXPECT_EQ(console->run({"token", "--timeout", "2s", "--json"}), 1);
    EXPECT_THAT(console->err(), testing::ContainsRegex("  ManagedIdentityCredential +failed: "));
    const auto report = boost::json::parse(console->out());
    EXPECT_TRUE(report.at("error").is_object());
    EXPECT_EQ(report.at("attempts").at(2).at("http_status").to_number<int>(), 500);
}

TEST(cli_credentials, each_gets_its_token_alone_whatever_the_default_chain_would_take) {
    ENTRADA_NEEDS_REDIS();
    const emulator_server everything({"--identities", "service-principal,certificate,workload,pipelines,az,azd,pwsh"});
    const std::string stem = "e117ada0-0000-4000-8000-0000000000";
    const std::pair<const char*, const char*> rows[] = {
        {"DefaultAzureCredential", "31"},      {"EnvironmentCredential", "31"},       {"ClientSecretCredential", "31"},
        {"ClientCertificateCredential", "31"}, {"WorkloadIdentityCredential", "31"},  {"AzurePipelinesCredential", "31"},
        {"AzureCliCredential", "41"},          {"AzureDeveloperCliCredential", "41"}, {"AzurePowerShellCredential", "41"}};
    text_console own(everything.variables());
    for (const auto& [name, oid] : rows) {
        EXPECT_EQ(own.run({"token", "--json", "--credential", name}), 0) << name << ": " << own.err();
        EXPECT_EQ(boost::json::parse(own.out()).at("user"), boost::json::value(stem + oid)) << name;
    }
}

TEST_F(cli_identity, an_opaque_token_is_told_from_a_readable_one) {
    azure->set_fault("app-service", "opaque");
    EXPECT_EQ(console->run({"token"}), 1);
    const std::string out = console->out();
    EXPECT_THAT(out, AllOf(HasSubstr("ManagedIdentityCredential"), HasSubstr("none can be read"), HasSubstr("expires")));
    EXPECT_THAT(console->err(), HasSubstr("Redis:User"));
    EXPECT_EQ(console->run({"token", "--json"}), 1);
    EXPECT_TRUE(boost::json::parse(console->out()).at("claims").is_null());
}

} // namespace
} // namespace entrada::test
