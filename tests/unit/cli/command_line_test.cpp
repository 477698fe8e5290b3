#include "unit/cli/console_fixture.hpp"

#include <CLI/CLI.hpp>
#include <boost/json.hpp>
#include <gmock/gmock.h>

namespace entrada::cli {
namespace {

using namespace std::chrono_literals;
using testing::AllOf;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;

// The options that a command line makes, without running it.
std::unique_ptr<program> parsed(std::vector<std::string> arguments) {
    std::istringstream in;
    std::ostringstream out;
    std::ostringstream err;
    console to{in, out, err, false, {}};
    auto whole = std::make_unique<program>();
    const auto ended = whole->parse(std::move(arguments), to);
    EXPECT_FALSE(ended.has_value()) << err.str();
    return whole;
}

int usage_status(std::vector<std::string> arguments, std::string* said = nullptr) {
    test::text_console console;
    const int status = console.run(std::move(arguments));
    EXPECT_THAT(console.out(), IsEmpty());
    if (said) *said = console.err();
    return status;
}

TEST(command_line, get_takes_a_key_and_a_connection) {
    const auto whole = parsed(
        {"get", "person:1", "--host", "h:1", "--settings", "s.json", "--ca-file", "ca.pem", "--timeout", "2s", "--json", "-v"});
    EXPECT_EQ(whole->get.key, "person:1");
    EXPECT_EQ(whole->get.connection.host, "h:1");
    EXPECT_EQ(whole->get.connection.settings_file, "s.json");
    EXPECT_EQ(whole->get.connection.ca_file, "ca.pem");
    EXPECT_EQ(whole->get.connection.timeout, 2s);
    EXPECT_TRUE(whole->get.connection.json);
    EXPECT_TRUE(whole->get.connection.verbose);
    EXPECT_EQ(parsed({"get", "--", "--odd-key"})->get.key, "--odd-key");
    EXPECT_EQ(parsed({"get", "k"})->get.connection.timeout, 15s);
}

TEST(command_line, set_takes_expiry_and_condition) {
    const auto plain = parsed({"set", "k", "v"});
    EXPECT_EQ(plain->set.how.ttl, std::nullopt);
    EXPECT_EQ(plain->set.how.condition, set_condition::always);
    const auto absent = parsed({"set", "k", "-", "--ttl", "10m", "--if-absent"});
    EXPECT_EQ(absent->set.value, "-");
    EXPECT_EQ(absent->set.how.ttl, 10min);
    EXPECT_EQ(absent->set.how.condition, set_condition::if_absent);
    const auto present = parsed({"set", "k", "v", "--keep-ttl", "--if-present"});
    EXPECT_TRUE(present->set.how.keep_ttl);
    EXPECT_EQ(present->set.how.condition, set_condition::if_present);
    EXPECT_EQ(parsed({"set", "k", "v", "--ttl", "90"})->set.how.ttl, 90s);
    EXPECT_EQ(parsed({"set", "k", ""})->set.value, "");
}

TEST(command_line, del_takes_many_keys_and_exec_everything_after_two_dashes) {
    EXPECT_THAT(parsed({"del", "a", "b"})->del.keys, ElementsAre("a", "b"));
    EXPECT_THAT(parsed({"exec", "--json", "--", "LRANGE", "l", "0", "-1", "--json"})->exec.words,
                ElementsAre("LRANGE", "l", "0", "-1", "--json"));
    EXPECT_THAT(parsed({"exec", "GET", "k"})->exec.words, ElementsAre("GET", "k"));
    EXPECT_EQ(parsed({"ttl", "k"})->ttl.key, "k");
    EXPECT_TRUE(parsed({"token", "--json"})->token.connection.json);
    EXPECT_EQ(parsed({"ping", "--host", "h"})->ping.connection.host, "h");
}

TEST(command_line, token_takes_the_name_of_a_credential_in_any_case) {
    EXPECT_EQ(parsed({"token"})->token.credential, "");
    EXPECT_EQ(parsed({"token", "--credential", "managedidentitycredential"})->token.credential, "ManagedIdentityCredential");
    std::string said;
    EXPECT_EQ(usage_status({"token", "--credential", "AzureClCredential"}, &said), 2);
    EXPECT_THAT(said, AllOf(HasSubstr("there is no 'AzureClCredential'; did you mean AzureCliCredential?"),
                            HasSubstr("EnvironmentCredential, WorkloadIdentityCredential, ManagedIdentityCredential")));
}

TEST(command_line, token_without_any_identity_tells_what_each_credential_said) {
    test::text_console console(environment{{"AZURE_POD_IDENTITY_AUTHORITY_HOST", "http://127.0.0.1:1"}});
    EXPECT_EQ(console.run({"token", "--json", "--timeout", "3s"}), 1);
    const std::string said = console.err();
    EXPECT_THAT(said, AllOf(HasSubstr("no token for https://redis.azure.com/.default: credential not available here\n"),
                            HasSubstr("\n  EnvironmentCredential "), HasSubstr("unavailable: AZURE_TENANT_ID"),
                            HasSubstr("\n  ManagedIdentityCredential "), HasSubstr("\nHint: ")));
    const auto report = boost::json::parse(console.out());
    EXPECT_EQ(report.at("attempts").at(0).at("credential"), "EnvironmentCredential");
    EXPECT_EQ(report.at("attempts").at(0).at("outcome"), "unavailable");
    EXPECT_TRUE(report.at("error").is_object());
}

TEST(command_line, token_asks_one_credential_alone) {
    test::text_console console;
    EXPECT_EQ(console.run({"token", "--credential", "WorkloadIdentityCredential"}), 1);
    const std::string said = console.err();
    EXPECT_THAT(said, AllOf(HasSubstr("WorkloadIdentityCredential"), HasSubstr("AZURE_FEDERATED_TOKEN_FILE"),
                            Not(HasSubstr("ManagedIdentityCredential"))));
    for (const std::string name : {"ClientSecretCredential", "ClientCertificateCredential"}) {
        EXPECT_EQ(console.run({"token", "--credential", name}), 1);
        EXPECT_THAT(console.err(), HasSubstr("  " + name + "  ")) << name;
    }
}

TEST(command_line, what_makes_no_sense_ends_with_2_and_a_reason) {
    std::string said;
    EXPECT_EQ(usage_status({}, &said), 2);
    EXPECT_THAT(said, HasSubstr("Keys and values"));
    EXPECT_EQ(usage_status({"gte", "k"}, &said), 2);
    EXPECT_THAT(said, HasSubstr("no subcommand 'gte'; did you mean get?"));
    EXPECT_EQ(usage_status({"\x1b[2J"}, &said), 2);
    EXPECT_THAT(said, Not(HasSubstr("\x1b")));
    EXPECT_EQ(usage_status({"get"}, &said), 2);
    EXPECT_THAT(said, HasSubstr("KEY is required"));
    EXPECT_EQ(usage_status({"get", "a", "b"}), 2);
    EXPECT_EQ(usage_status({"get", "a", "--hots", "x"}), 2);
    EXPECT_EQ(usage_status({"set", "k", "v", "--ttl", "0"}, &said), 2);
    EXPECT_THAT(said, HasSubstr("--ttl: '0' is not a duration"));
    EXPECT_EQ(usage_status({"set", "k", "v", "--ttl", "1s", "--keep-ttl"}), 2);
    EXPECT_EQ(usage_status({"set", "k", "v", "--if-absent", "--if-present"}), 2);
    EXPECT_EQ(usage_status({"exec"}), 2);
    EXPECT_EQ(usage_status({"--json"}), 2);
}

TEST(command_line, an_option_before_the_subcommand_is_told_where_it_goes) {
    std::string said;
    EXPECT_EQ(usage_status({"--json", "ping"}, &said), 2);
    EXPECT_THAT(said, HasSubstr("--json goes after the subcommand: entrada ping ... --json"));
    EXPECT_EQ(usage_status({"--host", "h:1", "get", "k"}, &said), 2);
    EXPECT_THAT(said, HasSubstr("--host goes after the subcommand: entrada get"));
}

TEST(command_line, help_is_a_word_as_well) {
    test::text_console console;
    EXPECT_EQ(console.run({"help"}), 0);
    EXPECT_THAT(console.out(), HasSubstr("Local Azure:"));
    EXPECT_EQ(console.run({"help", "get"}), 0);
    EXPECT_THAT(console.out(), HasSubstr("Usage: entrada get"));
}

TEST(command_line, help_shows_values_and_not_how_they_are_checked) {
    test::text_console console;
    EXPECT_EQ(console.run({"emulator", "--help"}), 0);
    EXPECT_THAT(console.out(), AllOf(HasSubstr("--print-env sh"), Not(HasSubstr("{sh}"))));
    EXPECT_EQ(console.run({"emulator", "--print-env"}), 2);
    EXPECT_THAT(console.err(), Not(HasSubstr("{sh}")));
}

TEST(command_line, a_host_that_may_not_have_tokens_is_refused_before_it_is_asked_and_the_error_says_what_to_set) {
    test::text_console console;
    EXPECT_EQ(console.run({"get", "k", "--host", "localhost"}), 3);
    EXPECT_THAT(console.err(),
                AllOf(HasSubstr("token not sent to this host"), HasSubstr("localhost"), HasSubstr("Redis:AllowedHosts"),
                      HasSubstr("Redis:Auth"), HasSubstr("entrada emulator -- COMMAND")));
}

TEST(command_line, help_is_no_failure_and_shows_examples) {
    for (const std::string command : {"get", "set", "del", "ttl", "exec", "ping", "token"}) {
        test::text_console console;
        EXPECT_EQ(console.run({command, "--help"}), 0);
        EXPECT_THAT(console.out(), AllOf(HasSubstr("Usage: entrada " + command), HasSubstr("Examples:\n  entrada " + command)))
            << command;
    }
    test::text_console console;
    EXPECT_EQ(console.run({"--help"}), 0);
    EXPECT_THAT(console.out(), AllOf(HasSubstr("Local Azure:\n  emulator"), HasSubstr("Exit status: 0 fine")));
}

TEST(command_line, the_version_is_said_in_three_ways) {
    test::text_console console;
    EXPECT_EQ(console.run({"--version"}), 0);
    const auto text = console.out();
    EXPECT_THAT(text, testing::MatchesRegex("entrada [0-9]+\\.[0-9]+\\.[0-9]+\n"));
    EXPECT_EQ(console.run({"version"}), 0);
    EXPECT_EQ(console.out(), text);
    EXPECT_EQ(console.run({"version", "--json"}), 0);
    EXPECT_EQ(boost::json::parse(console.out()).at("version"), 1);
}

TEST(command_line, without_a_host_nothing_runs_and_the_error_says_what_to_write) {
    test::text_console console;
    EXPECT_EQ(console.run({"get", "k"}), 3);
    EXPECT_THAT(console.err(), AllOf(HasSubstr("no host"), HasSubstr("Redis__HostName")));
    EXPECT_THAT(console.out(), IsEmpty());
    EXPECT_EQ(console.run({"get", "k", "--json"}), 3);
    EXPECT_EQ(boost::json::parse(console.out()).at("error").at("text"), "setting missing");
    EXPECT_EQ(console.run({"ping", "--settings", "/nonexistent.json"}), 3);
    EXPECT_THAT(console.err(), HasSubstr("/nonexistent.json (--settings) does not exist"));
}

TEST(command_line, the_host_option_wins_over_the_environment) {
    test::text_console console(environment{{"REDIS__HOSTNAME", "not a host"}, {"Redis__Ssl", "false"}});
    EXPECT_EQ(console.run({"get", "k"}), 3);
    EXPECT_THAT(console.err(), HasSubstr("'not a host'"));
    EXPECT_EQ(console.run({"get", "k", "--host", "localhost:1", "--timeout", "100ms"}), 3);
    EXPECT_THAT(console.err(), HasSubstr("localhost:1"));
}

TEST(command_line, the_host_option_replaces_the_port_of_another_server_too) {
    test::text_console console(environment{{"Redis__Host", "other:7"}, {"REDIS__PORT", "7"}, {"Redis__Ssl", "false"}});
    EXPECT_EQ(console.run({"get", "k", "--host", "localhost:1", "--timeout", "100ms"}), 3);
    EXPECT_THAT(console.err(), AllOf(HasSubstr("not connected"), HasSubstr("localhost:1")));
    EXPECT_EQ(console.run({"get", "k", "--host", "localhost", "--timeout", "100ms"}), 3);
    EXPECT_THAT(console.err(), HasSubstr("localhost:6379"));
}

TEST(command_line, a_host_option_that_names_no_host_is_wrong_usage) {
    test::text_console console(environment{{"Redis__HostName", "localhost:1"}, {"Redis__Ssl", "false"}});
    for (const std::string wrong : {"", "localhost:abc", "two words", "localhost:99999"}) {
        EXPECT_EQ(console.run({"ping", "--host", wrong}), 2) << wrong;
        EXPECT_THAT(console.err(), HasSubstr("--host is '" + wrong + "'; expected a host name")) << wrong;
    }
    EXPECT_EQ(console.run({"ping", "--host", "rediss://user:word@localhost"}), 2);
    EXPECT_THAT(console.err(), AllOf(HasSubstr("--host is a URL"), Not(HasSubstr("word"))));
    EXPECT_EQ(console.run({"ping", "--host", "localhost:1,password=word"}), 2);
    EXPECT_THAT(console.err(), AllOf(HasSubstr("--host is a connection string"), Not(HasSubstr("word"))));
}

TEST(command_line, what_the_host_option_sets_aside_is_said) {
    test::text_console console(environment{{"ConnectionStrings__Redis", "localhost:2,ssl=false"}, {"Redis__Ssl", "false"}});
    EXPECT_EQ(console.run({"get", "k", "--host", "localhost:1", "--timeout", "100ms"}), 3);
    EXPECT_THAT(console.err(), HasSubstr("environment variable ConnectionStrings__Redis is not used: --host decides"));
}

TEST(command_line, a_file_that_cannot_be_used_is_no_finding_of_ping) {
    test::text_console console(environment{{"Redis__HostName", "localhost:1"}, {"Redis__Ssl", "true"}, {"Redis__Auth", "None"}});
    EXPECT_EQ(console.run({"ping", "--ca-file", "/nonexistent.pem"}), 3);
    EXPECT_THAT(console.err(), HasSubstr("/nonexistent.pem"));
}

TEST(command_line, wrong_usage_says_of_which_subcommand_and_where_help_is) {
    std::string said;
    EXPECT_EQ(usage_status({"get", "a", "b"}, &said), 2);
    EXPECT_EQ(said, "entrada get: The following argument was not expected: b\nentrada get --help says more.\n");
    EXPECT_EQ(usage_status({"--json"}, &said), 2);
    EXPECT_THAT(said, AllOf(testing::StartsWith("entrada: "), HasSubstr("\nentrada --help says more.\n")));
    EXPECT_EQ(usage_status({"emulator", "--port", "99999"}, &said), 2);
    EXPECT_THAT(said, HasSubstr("entrada emulator: --port: '99999' is no port, which is a number from 0 to 65535"));
    EXPECT_EQ(usage_status({"emulator", "--admin-port", "some"}, &said), 2);
    EXPECT_THAT(said, HasSubstr("entrada emulator: --admin-port: 'some' is no port"));
}

TEST(command_line, settings_that_have_no_effect_are_said_on_standard_error) {
    test::text_console console(environment{{"ConnectionStrings__Redis", "localhost:1,abortConnect=true"}});
    EXPECT_EQ(console.run({"get", "k", "--timeout", "100ms"}), 3);
    EXPECT_THAT(console.err(), HasSubstr("entrada: warning: abortConnect has no effect"));
}

TEST(command_line, no_answer_is_a_finding_of_ping_and_no_token_one_of_token) {
    test::text_console console(environment{
        {"Redis__HostName", "localhost:1"}, {"Redis__Ssl", "false"}, {"AZURE_TOKEN_CREDENTIALS", "EnvironmentCredential"}});
    EXPECT_EQ(console.run({"ping", "--timeout", "100ms"}), 1);
    EXPECT_THAT(console.err(), HasSubstr("not connected"));
}

TEST(json_of_bytes, shows_text_as_text_and_bytes_as_base64) {
    EXPECT_EQ(json_of_bytes("a\"\n\x01ü"), boost::json::value("a\"\n\x01ü"));
    EXPECT_EQ(json_of_bytes("\xff"), (boost::json::value{{"base64", "/w=="}}));
    EXPECT_EQ(json_of_bytes("\xff\x00\xff"), boost::json::value(boost::json::object{{"base64", "/w=="}}))
        << "a literal ends at its zero";
    EXPECT_EQ(json_of_bytes(std::string_view("\xff\x00\xff", 3)), (boost::json::value{{"base64", "/wD/"}}));
    EXPECT_EQ(json_of_bytes("\xff\xfe"), (boost::json::value{{"base64", "//4="}}));
}

} // namespace
} // namespace entrada::cli
