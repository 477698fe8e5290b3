#include "entrada/settings.hpp"

#include "config/assemble.hpp"
#include "config/connection_string_keys.hpp"
#include "config/keys.hpp"
#include "config/nearest.hpp"

#include <gmock/gmock.h>

#include <array>
#include <cstdlib>
#include <fstream>

namespace entrada {
namespace {

using namespace std::chrono_literals;
using testing::AllOf;
using testing::Contains;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;

// A settings file of this text in a folder of its own.
class settings_file {
public:
    explicit settings_file(std::string_view text) {
        std::string pattern = (std::filesystem::temp_directory_path() / "entrada-settings-XXXXXX").string();
        folder_ = ::mkdtemp(pattern.data());
        std::ofstream(path()) << text;
    }
    settings_file(const settings_file&) = delete;
    settings_file& operator=(const settings_file&) = delete;
    ~settings_file() { std::filesystem::remove_all(folder_); }
    [[nodiscard]] std::filesystem::path path() const { return folder_ / "appsettings.json"; }

private:
    std::filesystem::path folder_;
};

settings read(std::string_view text, const environment& variables = {}) {
    const settings_file file(text);
    return settings::from_file(file.path(), variables);
}

failure refused(std::string_view text, const environment& variables = {}) {
    try {
        read(text, variables).check().value();
    } catch (const failure_error& error) {
        return error.cause();
    }
    ADD_FAILURE() << "not refused: " << text;
    return {errc::timeout, ""};
}

TEST(settings, need_nothing_but_a_host_name) {
    const auto made = read(R"({"Redis": {"HostName": "mycache.westeurope.redis.azure.net"}})");
    EXPECT_EQ(made.host, "mycache.westeurope.redis.azure.net");
    EXPECT_EQ(made.effective_port(), 10000);
    EXPECT_TRUE(made.effective_tls());
    EXPECT_EQ(made.effective_auth(), sign_in::entra);
    EXPECT_THAT(made.warnings, IsEmpty());
}

TEST(settings, may_hold_comments_trailing_commas_and_a_byte_order_mark) {
    EXPECT_EQ(read("\xef\xbb\xbf// where\n{ /* the cache */ \"Redis\": {\"HostName\": \"a.redis.azure.net\",},} // the end").host,
              "a.redis.azure.net");
}

TEST(settings, keys_are_found_in_any_case_and_other_sections_are_left_alone) {
    const auto made = read(R"({"Logging": {"Level": 3}, "AllowedHosts": "*", "REDIS": {"hostname": "h", "PORT": "7000"}})");
    EXPECT_EQ(made.host, "h");
    EXPECT_EQ(made.port, 7000);
}

TEST(settings, every_key_reaches_its_member) {
    const auto made = read(R"({"Redis": {
        "HostName": "h", "Port": 1, "Ssl": true, "SslHost": "name", "CaFile": "ca.pem", "Auth": "password", "User": "u",
        "Password": "p", "Scope": "s", "ManagedIdentityClientId": "id", "AllowedHosts": ["a", "b.c"], "InstanceName": "x:",
        "ClientName": "n", "Database": 2, "ConnectTimeout": 1000, "LoginTimeout": "2s", "CommandTimeout": "3s", "PingInterval": "1m",
        "DeadPeerTimeout": "5s", "ReconnectDelay": "6ms", "ReconnectDelayMax": "7s"}})");
    EXPECT_EQ(made.port, 1);
    EXPECT_EQ(made.tls, true);
    EXPECT_EQ(made.tls_name, "name");
    EXPECT_EQ(made.ca_file, "ca.pem");
    EXPECT_EQ(made.auth, sign_in::password);
    EXPECT_EQ(made.user, "u");
    EXPECT_EQ(made.password.reveal(), "p");
    EXPECT_EQ(made.scope, "s");
    EXPECT_EQ(made.managed_identity_client_id, "id");
    EXPECT_THAT(made.allowed_hosts, ElementsAre("a", "b.c"));
    EXPECT_EQ(made.key_prefix, "x:");
    EXPECT_EQ(made.client_name, "n");
    EXPECT_EQ(made.database, 2);
    EXPECT_EQ(made.connect_timeout, 1s);
    EXPECT_EQ(made.login_timeout, 2s);
    EXPECT_EQ(made.command_timeout, 3s);
    EXPECT_EQ(made.ping_interval, 1min);
    EXPECT_EQ(made.dead_peer_timeout, 5s);
    EXPECT_EQ(made.reconnect_delay, 6ms);
    EXPECT_EQ(made.reconnect_delay_max, 7s);
}

TEST(settings, allowed_hosts_are_a_list_or_a_text) {
    EXPECT_THAT(read(R"({"Redis": {"HostName": "h", "AllowedHosts": "a, b"}})").allowed_hosts, ElementsAre("a", "b"));
    EXPECT_THAT(read(R"({"Redis": {"HostName": "h", "AllowedHosts": ["a"]}})", {{"Redis__AllowedHosts__0", "b"}}).allowed_hosts,
                ElementsAre("b"));
    EXPECT_THAT(refused(R"({"Redis": {"HostName": "h", "AllowedHosts": ["*"]}})").detail(), HasSubstr("no wildcards"));
}

TEST(settings, the_environment_wins_key_by_key) {
    const auto made =
        read(R"({"Redis": {"HostName": "a.redis.azure.net:1", "InstanceName": "x:"}})", {{"Redis__HostName", "localhost:4242"}});
    EXPECT_EQ(made.host, "localhost");
    EXPECT_EQ(made.effective_port(), 4242);
    EXPECT_EQ(made.key_prefix, "x:");
    EXPECT_TRUE(made.effective_tls()) << "Entra on loopback is still Entra";
}

TEST(settings, an_empty_variable_takes_back_what_the_file_says) {
    const auto made = read(R"({"Redis": {"HostName": "h", "InstanceName": "x:"}})", {{"Redis__InstanceName", ""}});
    EXPECT_EQ(made.key_prefix, "");
}

TEST(settings, a_port_in_the_host_name_and_a_port_key_follow_the_order_of_the_layers) {
    EXPECT_EQ(read(R"({"Redis": {"HostName": "h", "Port": 1}})", {{"Redis__HostName", "g:2"}}).port, 2);
    EXPECT_EQ(read(R"({"Redis": {"HostName": "h:1"}})", {{"Redis__Port", "2"}}).port, 2);
    EXPECT_EQ(read(R"({"Redis": {"HostName": "h", "Port": 1}})", {{"Redis__HostName", "g"}}).port, 1);
    EXPECT_EQ(read(R"({"Redis": {"HostName": "h:1", "Port": 1}})").port, 1);
    EXPECT_THAT(refused(R"({"Redis": {"HostName": "h:1", "Port": 2}})").detail(), HasSubstr("different ports"));
}

TEST(settings, a_file_that_is_absent_is_no_matter_if_the_environment_names_the_host) {
    const auto made = settings::from_file("/nonexistent/appsettings.json", {{"Redis__HostName", "h"}});
    EXPECT_EQ(made.host, "h");
    EXPECT_THAT(made.warnings, ElementsAre(HasSubstr("/nonexistent/appsettings.json does not exist")));
    EXPECT_EQ(settings::from_environment({{"REDIS__HOSTNAME", "h"}}).host, "h");
}

TEST(settings, without_a_host_the_error_says_where_it_was_looked_for_and_what_to_write) {
    const auto missing = refused(R"({"ConnectionStrings": {"Cache": "h:6379,password=secret"}})");
    EXPECT_EQ(missing.code(), errc::setting_missing);
    EXPECT_THAT(missing.detail(), AllOf(HasSubstr("appsettings.json"), HasSubstr("ConnectionStrings:Cache"),
                                        HasSubstr("Redis__HostName"), Not(HasSubstr("secret"))));
    EXPECT_THAT(refused("{}", {{"Redis__HostName", ""}}).detail(), HasSubstr("no host in "));
}

TEST(settings, a_host_may_be_set_after_reading) {
    auto made = read(R"({"Redis": {"InstanceName": "x:"}})");
    EXPECT_FALSE(made.has_host());
    made.host = "a.redis.azure.net";
    EXPECT_TRUE(made.check().has_value());
}

TEST(settings, a_bad_value_is_named_with_place_key_and_expected_form) {
    const auto bad = refused(R"({"Redis": {"HostName": "h", "Port": "abc"}})");
    EXPECT_EQ(bad.code(), errc::setting_invalid);
    EXPECT_THAT(bad.detail(), HasSubstr("appsettings.json: Redis:Port is 'abc'; expected a port from 1 to 65535"));
    EXPECT_THAT(refused(R"({"Redis": {"HostName": "h"}})", {{"Redis__Ssl", "maybe"}}).detail(),
                HasSubstr("environment variable Redis__Ssl is 'maybe'; expected true or false"));
    for (const auto* text : {"\"0\"", "70000", "-1", "1.5", "true"})
        EXPECT_EQ(refused(R"({"Redis": {"HostName": "h", "Port": )" + std::string(text) + "}}").code(), errc::setting_invalid)
            << text;
    for (const auto* text : {"\"0\"", "\"soon\"", "-5"})
        EXPECT_EQ(refused(R"({"Redis": {"HostName": "h", "CommandTimeout": )" + std::string(text) + "}}").code(),
                  errc::setting_invalid);
}

TEST(settings, an_unknown_key_is_an_error_with_a_guess) {
    const auto unknown = refused(R"({"Redis": {"HostNam": "h"}})");
    EXPECT_EQ(unknown.code(), errc::setting_unknown);
    EXPECT_THAT(unknown.detail(), AllOf(HasSubstr("appsettings.json: Redis:HostNam "), HasSubstr("did you mean HostName?")));
    EXPECT_THAT(
        refused(R"({"Redis": {"HostName": "h"}})", {{"Redis__Pasword", "secret"}}).detail(),
        AllOf(HasSubstr("environment variable Redis__Pasword"), HasSubstr("did you mean Password?"), Not(HasSubstr("secret"))));
    EXPECT_EQ(refused(R"({"Redis": {"HostName": {"Name": "h"}}})").code(), errc::setting_unknown);
}

TEST(settings, a_host_that_is_something_else_is_explained) {
    EXPECT_THAT(refused(R"({"Redis": {"HostName": "h:1,password=secret"}})").detail(),
                AllOf(HasSubstr("ConnectionStrings:Redis"), Not(HasSubstr("secret"))));
    EXPECT_THAT(refused(R"({"Redis": {"HostName": "rediss://u:secret@h:1"}})").detail(),
                AllOf(HasSubstr("URL"), Not(HasSubstr("secret"))));
    EXPECT_THAT(refused(R"({"Redis": "h:1"})").detail(), HasSubstr("Redis is a plain value"));
    EXPECT_THAT(refused(R"({"Redis": {"HostName": "a b"}})").detail(), HasSubstr("'a b'"));
}

TEST(settings, a_key_that_stands_twice_is_an_error) {
    EXPECT_THAT(refused(R"({"Redis": {"HostName": "a", "hostname": "b"}})").detail(), HasSubstr("stands there twice"));
    EXPECT_THAT(refused(R"({"Redis": {"HostName": "a", "Host": "b"}})").detail(), HasSubstr("say different things"));
}

TEST(settings, broken_json_is_named_with_line_and_column) {
    EXPECT_THAT(refused("{\n  \"Redis\": {,}\n}").detail(), HasSubstr("appsettings.json:2:13: not valid JSON"));
    EXPECT_THAT(refused(R"({"Redis": {"HostName": "h"})").detail(), HasSubstr("appsettings.json:1:28: not valid JSON"));
    EXPECT_THAT(refused("{\"Redis\": {\"HostName\": \"h\"\n\n").detail(), HasSubstr("appsettings.json:1:27: not valid JSON"));
    EXPECT_THAT(refused(R"({"Redis": {"HostName" "h"}})").detail(), HasSubstr("appsettings.json:1:23: not valid JSON"));
    EXPECT_THAT(refused("{} x").detail(), HasSubstr("not valid JSON"));
    EXPECT_THAT(refused("{").detail(), HasSubstr("not valid JSON"));
    EXPECT_THAT(refused("").detail(), HasSubstr("not valid JSON"));
    for (const auto* text : {"// nothing else", "/* no end", "{} /* no end", "/", "/*"})
        EXPECT_THAT(refused(text).detail(), HasSubstr("not valid JSON")) << text;
    EXPECT_THAT(refused("[]").detail(), HasSubstr("expected a JSON object"));
}

TEST(settings, a_folder_is_no_file) {
    const settings_file file("{}");
    try {
        (void)settings::from_file(file.path().parent_path(), {});
        FAIL();
    } catch (const failure_error& error) {
        EXPECT_EQ(error.code(), errc::file_unreadable);
    }
}

TEST(settings, a_connection_string_brings_host_login_and_times) {
    const auto made = read(R"({"ConnectionStrings": {"Redis":
        "mycache.redis.cache.windows.net:6380,password=secret,ssl=True,abortConnect=False,connectTimeout=1000,syncTimeout=2000,name=n"}})");
    EXPECT_EQ(made.host, "mycache.redis.cache.windows.net");
    EXPECT_EQ(made.port, 6380);
    EXPECT_EQ(made.effective_auth(), sign_in::password);
    EXPECT_EQ(made.password.reveal(), "secret");
    EXPECT_EQ(made.connect_timeout, 1s);
    EXPECT_EQ(made.command_timeout, 2s);
    EXPECT_EQ(made.client_name, "n");
    EXPECT_THAT(made.warnings, IsEmpty());
    EXPECT_THAT(made.to_string(), AllOf(HasSubstr("password *****"), Not(HasSubstr("secret"))));
}

TEST(settings, of_a_host_and_a_connection_string_the_later_decides) {
    const std::string file = R"({"ConnectionStrings": {"Redis": "old:6380,password=secret,ssl=true"}})";
    const auto by_host = read(file, {{"Redis__HostName", "new.redis.azure.net"}});
    EXPECT_EQ(by_host.host, "new.redis.azure.net");
    EXPECT_EQ(by_host.effective_auth(), sign_in::entra) << "the password of another server must not be sent";
    EXPECT_THAT(by_host.warnings, ElementsAre(HasSubstr("ConnectionStrings:Redis is not used")));

    const auto by_string = read(R"({"Redis": {"HostName": "a.redis.azure.net", "Password": "secret", "InstanceName": "x:"}})",
                                {{"CUSTOMCONNSTR_Redis", "b.redis.azure.net:10000"}});
    EXPECT_EQ(by_string.host, "b.redis.azure.net");
    EXPECT_TRUE(by_string.password.empty());
    EXPECT_EQ(by_string.key_prefix, "x:");
    EXPECT_THAT(by_string.warnings, Contains(HasSubstr("Redis:Password is not used")));

    const auto both = read(R"({"ConnectionStrings": {"Redis": "s"}, "Redis": {"HostName": "h"}})");
    EXPECT_EQ(both.host, "h");
}

TEST(settings, keys_beside_a_connection_string_add_to_it) {
    const auto made =
        read(R"({"Redis": {"Configuration": "h:7000,ssl=true", "InstanceName": "x:"}})", {{"Redis__Password", "p"}});
    EXPECT_EQ(made.port, 7000);
    EXPECT_EQ(made.key_prefix, "x:");
    EXPECT_EQ(made.effective_auth(), sign_in::password);
    EXPECT_THAT(refused(R"({"Redis": {"Configuration": "a"}, "ConnectionStrings": {"Redis": "b"}})").detail(),
                HasSubstr("say different things"));
}

TEST(settings, errors_inside_a_connection_string_name_where_it_stands) {
    EXPECT_THAT(refused(R"({"ConnectionStrings": {"Redis": "h,ssl=perhaps"}})").detail(),
                HasSubstr("appsettings.json: ConnectionStrings:Redis: ssl in the configuration string is 'perhaps'"));
}

TEST(settings, a_string_without_password_means_no_login_unless_tokens_may_go_there) {
    EXPECT_EQ(settings::from_connection_string("localhost:6379").effective_auth(), sign_in::none);
    EXPECT_FALSE(settings::from_connection_string("localhost:6379").effective_tls());
    EXPECT_EQ(settings::from_connection_string("localhost:6379,ssl=true").effective_auth(), sign_in::entra);
    EXPECT_EQ(settings::from_connection_string("a.redis.azure.net").effective_auth(), sign_in::entra);
    const auto other = settings::from_connection_string("cache.internal:6379");
    EXPECT_EQ(other.effective_auth(), sign_in::none);
    EXPECT_TRUE(other.effective_tls());
    EXPECT_THAT(other.warnings, ElementsAre(HasSubstr("plain text")));
    EXPECT_EQ(read(R"({"Redis": {"Configuration": "cache.internal", "AllowedHosts": ["Cache.Internal"]}})").effective_auth(),
              sign_in::entra);
}

TEST(settings, a_string_warns_of_keys_without_a_meaning_here) {
    const auto warnings = [](std::string text) { return settings::from_connection_string("localhost," + text).warnings; };
    EXPECT_THAT(warnings("abortConnect=true"), ElementsAre(HasSubstr("abortConnect has no effect")));
    EXPECT_THAT(warnings("abortConnect=false,proxy=none,protocol=3,allowAdmin=true,connectRetry=3,configChannel="), IsEmpty());
    EXPECT_THAT(warnings("responseTimeout=3"), ElementsAre(HasSubstr("responseTimeout has no effect")));
    EXPECT_THAT(warnings("$GET=get2"), ElementsAre(HasSubstr("$GET")));
    EXPECT_THAT(warnings("syncTimeout=1,asyncTimeout=2"), ElementsAre(HasSubstr("differ")));
    EXPECT_THAT(warnings("other:6379"), ElementsAre(HasSubstr("2 endpoints")));
    EXPECT_THAT(warnings("sentinelPassword=secret"), ElementsAre(AllOf(HasSubstr("sentinelPassword"), Not(HasSubstr("secret")))));
}

TEST(settings, unix_sockets_need_neither_tls_nor_login) {
    const auto made = read(R"({"Redis": {"HostName": "unix:/run/redis.sock"}})");
    EXPECT_EQ(made.unix_socket, "/run/redis.sock");
    EXPECT_FALSE(made.effective_tls());
    EXPECT_EQ(made.effective_auth(), sign_in::none);
    EXPECT_EQ(settings::from_connection_string("!/tmp/x.sock").unix_socket, "/tmp/x.sock");
}

TEST(settings, ports_follow_product_and_tls) {
    settings made;
    made.host = "a.redis.cache.windows.net";
    EXPECT_EQ(made.effective_port(), 6380);
    made.host = "localhost";
    made.tls = false;
    EXPECT_EQ(made.effective_port(), 6379);
    EXPECT_EQ(made.effective_auth(), sign_in::none);
    made.password = secret_string("p");
    made.tls.reset();
    EXPECT_FALSE(made.effective_tls()) << "a password on loopback needs no TLS";
    made.host = "cache.internal";
    EXPECT_TRUE(made.effective_tls());
}

TEST(settings, tokens_for_a_host_that_is_neither_azures_nor_allowed_are_refused_before_anything_is_sent) {
    for (const char* text : {R"({"Redis": {"HostName": "localhost"}})", R"({"Redis": {"HostName": "cache.internal"}})",
                             R"({"Redis": {"HostName": "a.redis.azure.net", "SslHost": "cache.internal"}})"}) {
        const failure cause = refused(text);
        EXPECT_EQ(cause.code(), errc::token_host_refused) << text;
        EXPECT_THAT(cause.detail(), AllOf(HasSubstr("Redis:AllowedHosts"), HasSubstr("Redis:Auth"))) << text;
    }
    EXPECT_TRUE(read(R"({"Redis": {"HostName": "localhost", "AllowedHosts": "localhost"}})").check());
    EXPECT_TRUE(read(R"({"Redis": {"HostName": "10.0.0.4", "SslHost": "a.redis.azure.net"}})").check());
    EXPECT_TRUE(read(R"({"Redis": {"HostName": "localhost", "Auth": "None"}})").check());
    settings later = read(R"({"Redis": {"HostName": "cache.internal"}})");
    later.allowed_hosts.push_back("cache.internal");
    EXPECT_TRUE(later.check());
}

TEST(settings, without_a_host_make_no_options_of_a_client_either) {
    EXPECT_THROW((void)settings{}.make_client_options(std::shared_ptr<credentials_provider>()), failure_error);
}

TEST(settings, a_value_that_may_hold_user_and_password_is_not_shown) {
    const auto detail = refused(R"({"Redis": {"HostName": "user:s3cret@h"}})").detail();
    EXPECT_THAT(detail, AllOf(HasSubstr("Redis:HostName"), Not(HasSubstr("s3cret"))));
}

TEST(settings, contradictions_are_found_before_anything_is_sent) {
    EXPECT_THAT(refused(R"({"Redis": {"HostName": "a.redis.azure.net", "Ssl": false}})").detail(), HasSubstr("over TLS only"));
    EXPECT_THAT(refused(R"({"Redis": {"HostName": "h", "Auth": "Password"}})").detail(), HasSubstr("Redis__Password"));
    EXPECT_EQ(settings().check().error().code(), errc::setting_missing);
}

TEST(settings, a_deeply_nested_or_oversized_file_is_refused) {
    EXPECT_EQ(refused(std::string(100'000, '[')).code(), errc::setting_invalid);
    EXPECT_EQ(refused("{" + std::string(5'000'000, ' ') + "}").code(), errc::file_unreadable);
}

TEST(setting_keys, have_forms_and_names_that_do_not_collide) {
    for (const auto& key : config::setting_keys()) {
        EXPECT_EQ(config::find_setting_key(key.name), &key);
        EXPECT_FALSE(key.expected.empty());
        if (!key.alias.empty()) {
            EXPECT_EQ(config::find_setting_key(key.alias), &key);
        }
    }
}

TEST(setting_keys, stand_in_the_reference_each_with_its_other_spelling) {
    std::ifstream file(ENTRADA_SOURCE_DIR "/docs/reference/settings.md");
    const std::string page((std::istreambuf_iterator<char>(file)), {});
    for (const auto& key : config::setting_keys()) {
        const auto other = key.alias.empty() ? " " : " `" + std::string(key.alias) + "` ";
        EXPECT_THAT(page, HasSubstr("\n| `" + std::string(key.name) + "` |" + other + "|"));
    }
    for (const auto& key : config::string_keys) EXPECT_THAT(page, HasSubstr("`" + std::string(key.name)));
}

TEST(nearest, finds_typing_errors_and_nothing_else) {
    const std::array<std::string_view, 3> known{"HostName", "Port", "Ssl"};
    EXPECT_EQ(config::nearest("hostnmae", known), "HostName");
    EXPECT_EQ(config::nearest("Prot", known), "Port");
    EXPECT_EQ(config::nearest("Colour", known), "");
    EXPECT_EQ(config::nearest("", known), "");
    EXPECT_EQ(config::nearest(std::string(1000, 'a'), known), "");
}

} // namespace
} // namespace entrada
