// Room: identity. Credentials that start a developer's tool; the tools are scripts in a PATH of their own.
#include "entrada/azure_cli_credential.hpp"
#include "entrada/azure_developer_cli_credential.hpp"
#include "entrada/azure_powershell_credential.hpp"
#include "identity/base64url.hpp"
#include "identity/child_process.hpp"
#include "identity/tool_token.hpp"
#include "support/temp_directory.hpp"
#include "unit/identity/credential_fixture.hpp"

#include <fcntl.h>
#include <poll.h>
#include <sys/stat.h>
#include <unistd.h>

#include <sstream>
#include <thread>

namespace entrada {
namespace {

using namespace test;
using outcome = credential_attempt::outcome;
using testing::AllOf;

std::vector<std::string> lines_of(const std::string& file) {
    std::ifstream in(file);
    std::vector<std::string> lines;
    for (std::string line; std::getline(in, line);) lines.push_back(line);
    return lines;
}

enum class tool { az, azd, pwsh };

class tools : public credential_test {
protected:
    temp_directory directory_;
    environment variables_{{"PATH", directory_.root() + ":/usr/bin:/bin"}};

    /// A program that notes how it was called and then does `rest`.
    void will_run(const std::string& name, const std::string& rest) {
        const auto note = [&](const std::string& command, const std::string& file) {
            return command + " > '" + directory_.path(file) + "'\n";
        };
        directory_.write_script(name, note("printf '%s\\n' \"$@\"", "arguments") + note("env | sort", "variables")
                                          + note("pwd", "folder") + rest + "\n");
    }
    std::vector<std::string> arguments() const { return lines_of(directory_.path("arguments")); }

    result<access_token> ask(tool which, bool in_chain = false, std::chrono::milliseconds process_timeout = 10s) {
        return make(which, in_chain, process_timeout)->get_token(request(60s));
    }
    std::unique_ptr<token_credential> make(tool which, bool in_chain = false, std::chrono::milliseconds process_timeout = 10s) {
        const auto fill = [&](auto options) {
            options.process_timeout = process_timeout;
            options.failures_are_unavailable = in_chain;
            return options;
        };
        switch (which) {
        case tool::azd:
            return std::make_unique<azure_developer_cli_credential>(fill(azure_developer_cli_options{}), context(variables_));
        case tool::pwsh:
            return std::make_unique<azure_powershell_credential>(fill(azure_powershell_options{}), context(variables_));
        case tool::az:
            break;
        }
        return std::make_unique<azure_cli_credential>(fill(azure_cli_options{}), context(variables_));
    }
    static const char* program_of(tool which) { return which == tool::az ? "az" : which == tool::azd ? "azd" : "pwsh"; }
};

constexpr const char* say_az =
    R"(echo '{"accessToken":"the-token","expiresOn":"2023-11-14 23:13:20.000000","expires_on":1700003600,"tokenType":"Bearer"}')";
constexpr const char* say_azd = R"(echo '{"token":"the-token","expiresOn":"2023-11-14T23:13:20Z"}')";
constexpr const char* say_pwsh = R"(echo 'a profile talks'; echo '{"Token":"the-token","ExpiresOn":"2023-11-14T23:13:20Z"}')";

TEST_F(tools, az_is_asked_for_the_resource) {
    will_run("az", say_az);
    const auto got = ask(tool::az);
    EXPECT_TOKEN(got);
    EXPECT_EQ(got->expires_on, clock_->wall() + 3600s);
    EXPECT_THAT(arguments(),
                ElementsAre("account", "get-access-token", "--output", "json", "--resource", "https://redis.azure.com"));
    EXPECT_THAT(lines_of(directory_.path("folder")), ElementsAre(testing::AnyOf("/bin", "/usr/bin")));
    EXPECT_TRUE(http_->seen().empty());
}

TEST_F(tools, az_is_told_tenant_and_subscription) {
    will_run("az", say_az);
    azure_cli_credential credential({.tenant_id = "contoso.example", .subscription = "my sub_1"}, context(variables_));
    EXPECT_TOKEN(credential.get_token(request()));
    EXPECT_THAT(arguments(), ElementsAre("account", "get-access-token", "--output", "json", "--resource",
                                         "https://redis.azure.com", "--tenant", "contoso.example", "--subscription", "my sub_1"));
}

TEST_F(tools, azd_is_asked_for_the_scope) {
    will_run("azd", say_azd);
    const auto got = ask(tool::azd);
    EXPECT_TOKEN(got);
    EXPECT_EQ(got->expires_on, clock_->wall() + 3600s);
    EXPECT_THAT(arguments(),
                ElementsAre("auth", "token", "--output", "json", "--no-prompt", "--scope", "https://redis.azure.com/.default"));
    azure_developer_cli_credential credential({.tenant_id = "contoso.example"}, context(variables_));
    EXPECT_TOKEN(credential.get_token(request()));
    EXPECT_THAT(arguments(), testing::IsSupersetOf({"--tenant-id", "contoso.example"}));
}

TEST_F(tools, pwsh_gets_a_script_that_holds_nothing_of_the_request) {
    will_run("pwsh", say_pwsh);
    azure_powershell_credential credential({.tenant_id = "contoso.example"}, context(variables_));
    const auto got = credential.get_token(request());
    EXPECT_TOKEN(got);
    EXPECT_EQ(got->expires_on, clock_->wall() + 3600s);
    const auto words = arguments();
    ASSERT_EQ(words.size(), 4U);
    EXPECT_THAT(words, ElementsAre("-NoProfile", "-NonInteractive", "-EncodedCommand", testing::_));
    auto plain = words[3];
    std::ranges::replace(plain, '+', '-');
    std::ranges::replace(plain, '/', '_');
    auto script = identity::decode_base64url(plain).value();
    std::erase(script, '\0');
    EXPECT_THAT(script, AllOf(HasSubstr("Get-AzAccessToken"), HasSubstr("$env:AZURE_IDENTITY_POWERSHELL_RESOURCE"),
                              Not(HasSubstr("redis")), Not(HasSubstr("contoso"))));
    EXPECT_THAT(lines_of(directory_.path("variables")),
                testing::IsSupersetOf({"POWERSHELL_UPDATECHECK=Off", "AZURE_IDENTITY_POWERSHELL_RESOURCE=https://redis.azure.com",
                                       "AZURE_IDENTITY_POWERSHELL_TENANT_ID=contoso.example"}));
}

TEST_F(tools, get_what_they_need_of_the_environment_and_no_secret) {
    will_run("az", say_az);
    for (const char* name : {"HOME", "LANG", "LC_ALL", "HTTPS_PROXY", "no_proxy", "AZURE_CONFIG_DIR", "AZURE_CORE_OUTPUT",
                             "XDG_CACHE_HOME", "REQUESTS_CA_BUNDLE", "ACC_CLOUD", "AZUREPS_HOST_ENVIRONMENT", "MSI_ENDPOINT"})
        variables_[name] = "kept";
    for (const char* name : {"AZURE_CLIENT_SECRET", "AZURE_CLIENT_CERTIFICATE_PASSWORD", "AZURE_PASSWORD", "IDENTITY_HEADER",
                             "MSI_SECRET", "SYSTEM_ACCESSTOKEN", "Redis__Password", "LD_PRELOAD", "ANYTHING"})
        variables_[name] = "s3cret";
    EXPECT_TOKEN(ask(tool::az));
    const auto seen = lines_of(directory_.path("variables"));
    EXPECT_EQ(std::ranges::count_if(seen, [](const auto& line) { return line.ends_with("=kept"); }), 12);
    EXPECT_EQ(std::ranges::count_if(seen, [](const auto& line) { return line.find("s3cret") != std::string::npos; }), 0);
}

TEST_F(tools, have_an_empty_input_no_terminal_and_no_file_of_ours) {
    const int leaked = ::fcntl(STDERR_FILENO, F_DUPFD, 70); // without FD_CLOEXEC
    will_run("az", "[ -e /proc/self/fd/" + std::to_string(leaked)
                       + " ] && exit 3\nif read answer; then exit 4; fi\n(: < /dev/tty) 2>/dev/null && exit 5\n"
                       + std::string(say_az));
    const auto got = ask(tool::az);
    ::close(leaked);
    EXPECT_TOKEN(got);
}

TEST_F(tools, are_looked_for_in_absolute_folders_only) {
    directory_.write_script("az", say_az);
    const auto before = std::filesystem::current_path();
    std::filesystem::current_path(directory_.root());
    for (const char* path : {":/nowhere", ".:/nowhere", "/nowhere:", "./:/nowhere", ""}) {
        if (*path == '\0' && std::filesystem::exists("/usr/bin/az")) continue;
        variables_["PATH"] = path;
        const auto got = ask(tool::az);
        EXPECT_CODE(got, errc::credential_unavailable);
        EXPECT_THAT(attempt_of(got).reason, HasSubstr("no such program in PATH"));
    }
    std::filesystem::current_path(before);
    directory_.write("pwsh", "not executable");
    std::filesystem::create_directory(directory_.path("azd"));
    EXPECT_EQ(identity::find_program("pwsh", directory_.root()), std::nullopt);
    EXPECT_EQ(identity::find_program("azd", directory_.root()), std::nullopt);
    EXPECT_EQ(identity::find_program("az", "/nowhere:" + directory_.root()), directory_.path("az"));
}

struct tool_fault {
    const char* name;
    tool which;
    const char* script;
    bool always_unavailable; ///< not only in a chain
    const char* reason;
    const char* hint;
};

std::ostream& operator<<(std::ostream& out, const tool_fault& one) { return out << one.name; }

class tool_faults : public tools, public testing::WithParamInterface<tool_fault> {
protected:
    static testing::Matcher<std::vector<std::string>> wanted_of(tool which) {
        if (which == tool::az)
            return ElementsAre("account", "get-access-token", "--output", "json", "--resource", "https://redis.azure.com");
        if (which == tool::azd)
            return ElementsAre("auth", "token", "--output", "json", "--no-prompt", "--scope", "https://redis.azure.com/.default");
        return ElementsAre("-NoProfile", "-NonInteractive", "-EncodedCommand", testing::_);
    }
};

TEST_P(tool_faults, have_their_class_and_their_words) {
    const auto& fault = GetParam();
    if (fault.script != nullptr) will_run(program_of(fault.which), fault.script);
    variables_["PATH"] = directory_.root() + (fault.script != nullptr ? ":/usr/bin:/bin" : "");
    for (const bool in_chain : {false, true}) {
        std::filesystem::remove(directory_.path("arguments"));
        const auto got = ask(fault.which, in_chain);
        EXPECT_TRUE(fault.script == nullptr || testing::Value(arguments(), wanted_of(fault.which)))
            << testing::PrintToString(arguments());
        const bool unavailable = fault.always_unavailable || in_chain;
        EXPECT_CODE(got, unavailable ? errc::credential_unavailable : errc::credential_failed);
        EXPECT_EQ(attempt_of(got).what, unavailable ? outcome::unavailable : outcome::failed);
        EXPECT_THAT(attempt_of(got).reason, HasSubstr(fault.reason));
        const bool advice_to_install = std::string_view(fault.hint).find("aka.ms") != std::string_view::npos;
        EXPECT_THAT(attempt_of(got).hint, HasSubstr(in_chain && advice_to_install ? "" : fault.hint));
        EXPECT_THAT(got.error().to_string(), Not(HasSubstr("t0ken")));
    }
}

INSTANTIATE_TEST_SUITE_P(
    table, tool_faults,
    testing::Values(
        tool_fault{"az_absent", tool::az, nullptr, true, "az is not installed: no such program", "https://aka.ms/azure-cli"},
        tool_fault{"az_wrapper_without_az", tool::az, "echo 'az: not found' >&2; exit 127", true,
                   "az is not installed: az: not found", "aka.ms/azure-cli"},
        tool_fault{"az_not_signed_in", tool::az, "echo \"ERROR: Please run 'az login' to setup account.\" >&2; exit 1", true,
                   "nobody is signed in to az", "run `az login`"},
        tool_fault{"az_no_subscription", tool::az, "echo \"Please run 'az account set'\" >&2; exit 1", true,
                   "nobody is signed in to az", "run `az login`"},
        tool_fault{
            "az_sign_in_expired", tool::az,
            "echo \"ERROR: AADSTS700082: The refresh token has expired due to inactivity. Please run: az login\" >&2; exit 1",
            false, "az ended with status 1: ERROR: AADSTS700082", "run `az login`"},
        tool_fault{"az_broken", tool::az, "echo 'Traceback' >&2; exit 2", false, "az ended with status 2: Traceback", ""},
        tool_fault{"az_killed", tool::az, "kill -9 $$", false, "az ended with status 137", ""},
        tool_fault{"az_error_with_exit_0", tool::az, "echo 'ERROR: something' >&2", false, "az answered without a token", ""},
        tool_fault{"az_cut", tool::az, "printf '{\"accessToken\":\"eyJt0ken'", false, "az answered without a token", ""},
        tool_fault{"az_no_end", tool::az, "echo '{\"accessToken\":\"t0ken\"}'", false, "does not say when its token ends", ""},
        tool_fault{"az_ended", tool::az, "echo '{\"accessToken\":\"t0ken\",\"expires_on\":1600000000}'", false,
                   "gave a token that has ended", ""},
        tool_fault{"az_huge", tool::az, "yes t0ken | head -c 2000000", false, "more than any token answer", ""},
        tool_fault{"az_endless_complaint", tool::az, "yes complaint | head -c 2000000 >&2; exit 1", false,
                   "az ended with status 1: comp", ""},
        tool_fault{"az_repeats_the_token", tool::az,
                   "echo \"ERROR: bad "
                   "eyJ0ken_t0ken_t0ken_t0ken_t0ken_t0ken_t0ken_t0ken_t0ken_t0ken_t0ken_t0ken_t0ken_t0ken_t0ken\" >&2; exit 1",
                   false, "ERROR: bad [secret]", ""},
        tool_fault{"azd_absent", tool::azd, nullptr, true, "azd is not installed", "https://aka.ms/azd"},
        tool_fault{
            "azd_not_signed_in", tool::azd,
            R"(echo '{"type":"consoleMessage","data":{"message":"\nERROR: not logged in, run `azd auth login` to login\n"}}' >&2; exit 1)",
            true, "nobody is signed in to azd", "run `azd auth login`"},
        tool_fault{
            "azd_expired", tool::azd,
            R"(echo '{"type":"consoleMessage","data":{"message":"\nERROR: AADSTS700082: expired, run `azd auth login`\n"}}' >&2; exit 1)",
            false, "azd ended with status 1: ERROR: AADSTS700082: expired", "run `azd auth login`"},
        tool_fault{"azd_error_field", tool::azd, R"(echo '{"error":"no such scope"}' >&2; exit 1)", false,
                   "status 1: no such scope", ""},
        tool_fault{"azd_wrapper_without_azd", tool::azd, "echo 'azd: not found' >&2; exit 127", true,
                   "azd is not installed: azd: not found", "aka.ms/azd"},
        tool_fault{"azd_broken", tool::azd, "echo 'panic: oh' >&2; exit 2", false, "azd ended with status 2: panic: oh", ""},
        tool_fault{"azd_cut", tool::azd, "printf '{\"token\":\"eyJt0ken'", false, "azd answered without a token", ""},
        tool_fault{"azd_no_end", tool::azd, "echo '{\"token\":\"t0ken\"}'", false, "does not say when its token ends", ""},
        tool_fault{"azd_ended", tool::azd, "echo '{\"token\":\"t0ken\",\"expiresOn\":\"2001-01-01T00:00:00Z\"}'", false,
                   "gave a token that has ended", ""},
        tool_fault{"azd_huge", tool::azd, "yes t0ken | head -c 2000000", false, "more than any token answer", ""},
        tool_fault{"azd_no_token", tool::azd, "echo '{}'", false, "azd answered without a token", ""},
        tool_fault{"pwsh_absent", tool::pwsh, nullptr, true, "pwsh is not installed", "https://aka.ms/powershell"},
        tool_fault{"pwsh_no_module", tool::pwsh, "echo NoAzAccountModule", true, "module Az.Accounts is not installed",
                   "Install-Module"},
        tool_fault{"pwsh_not_signed_in", tool::pwsh, "echo 'Get-AzAccessToken: Run Connect-AzAccount to login.' >&2; exit 1",
                   true, "nobody is signed in to pwsh", "Connect-AzAccount"},
        tool_fault{"pwsh_nobody_in_the_cache", tool::pwsh, "echo 'No accounts were found in the cache.' >&2; exit 1", true,
                   "nobody is signed in to pwsh", "Connect-AzAccount"},
        tool_fault{"pwsh_expired", tool::pwsh, "echo 'AADSTS700082: expired, run Connect-AzAccount again' >&2; exit 1", false,
                   "pwsh ended with status 1: AADSTS700082", "Connect-AzAccount"},
        tool_fault{"pwsh_broken", tool::pwsh, "echo 'Unhandled exception.' >&2; exit 134", false, "pwsh ended with status 134",
                   ""},
        tool_fault{"pwsh_no_end", tool::pwsh, "echo '{\"Token\":\"t0ken\"}'", false, "does not say when its token ends", ""},
        tool_fault{"pwsh_ended", tool::pwsh, "echo '{\"Token\":\"t0ken\",\"ExpiresOn\":\"2001-01-01T00:00:00Z\"}'", false,
                   "gave a token that has ended", ""},
        tool_fault{"pwsh_huge", tool::pwsh, "yes t0ken | head -c 2000000", false, "more than any token answer", ""},
        tool_fault{"pwsh_html", tool::pwsh, "echo '<html>'", false, "pwsh answered without a token", ""}),
    [](const auto& one) { return std::string(one.param.name); });

TEST_F(tools, that_say_too_little_in_time_are_ended_with_their_children) {
    const auto fifo = directory_.path("alive");
    ASSERT_EQ(::mkfifo(fifo.c_str(), 0600), 0);
    const int alive = ::open(fifo.c_str(), O_RDONLY | O_NONBLOCK | O_CLOEXEC);
    will_run("az", "sleep 1000 > '" + fifo + "' &\nsleep 1000");
    for (const char* name : {"azd", "pwsh"}) will_run(name, "sleep 1000");
    for (const auto which : {tool::azd, tool::pwsh, tool::az}) {
        const auto got = ask(which, false, 300ms);
        EXPECT_CODE(got, errc::credential_failed);
        EXPECT_EQ(attempt_of(got).reason, std::string(program_of(which)) + " gave no answer within 300 ms and was ended");
    }
    EXPECT_CODE(ask(tool::az, true, 300ms), errc::credential_unavailable);
    pollfd watched{alive, POLLIN, 0};
    EXPECT_EQ(::poll(&watched, 1, 10'000), 1); // the last writer is gone
    EXPECT_EQ(watched.revents & POLLHUP, POLLHUP);
    ::close(alive);
}

TEST_F(tools, that_leave_a_child_behind_are_not_waited_for) {
    will_run("az", std::string("sleep 20 &\n") + say_az);
    const auto begin = std::chrono::steady_clock::now();
    EXPECT_TOKEN(ask(tool::az));
    EXPECT_LT(std::chrono::steady_clock::now() - begin, 10s);
}

TEST_F(tools, end_at_the_callers_deadline_and_stop_request) {
    will_run("az", "sleep 1000");
    for (const bool in_chain : {false, true}) EXPECT_CODE(make(tool::az, in_chain)->get_token(request(200ms)), errc::timeout);
    std::stop_source source;
    const auto begin = std::chrono::steady_clock::now();
    std::jthread stopper([&] {
        while (!std::filesystem::exists(directory_.path("folder"))) std::this_thread::yield();
        source.request_stop();
    });
    std::filesystem::remove(directory_.path("folder"));
    EXPECT_CODE(make(tool::az, true)->get_token(request(60s, source.get_token())), errc::cancelled);
    EXPECT_LT(std::chrono::steady_clock::now() - begin, 10s);
}

TEST_F(tools, are_not_started_for_what_does_not_belong_on_a_command_line) {
    for (const char* name : {"az", "azd", "pwsh"}) will_run(name, "exit 1");
    for (const char* scope : {"https://redis.azure.com/.default; rm", "$(x)", "-x", "", "a b", "a\nb", "a'b"}) {
        for (const auto which : {tool::az, tool::azd, tool::pwsh}) {
            auto asked = request();
            asked.scope = scope;
            EXPECT_CODE(make(which, true)->get_token(asked), errc::credential_failed);
        }
    }
    for (const char* tenant : {"a b", "a;b", "../x", "$x"}) {
        EXPECT_CODE(azure_cli_credential({.tenant_id = tenant}, context(variables_)).get_token(request()),
                    errc::credential_failed);
        EXPECT_CODE(azure_developer_cli_credential({.tenant_id = tenant}, context(variables_)).get_token(request()),
                    errc::credential_failed);
        EXPECT_CODE(azure_powershell_credential({.tenant_id = tenant}, context(variables_)).get_token(request()),
                    errc::credential_failed);
    }
    for (const char* subscription : {"a;b", "--x", "a\"b", "$x"})
        EXPECT_CODE(azure_cli_credential({.subscription = subscription}, context(variables_)).get_token(request()),
                    errc::credential_failed);
    EXPECT_FALSE(std::filesystem::exists(directory_.path("arguments")));
}

TEST_F(tools, are_told_the_tenant_of_a_request_if_it_is_allowed) {
    will_run("az", say_az);
    auto asked = request();
    asked.tenant_id = "guest.example";
    EXPECT_TOKEN(azure_cli_credential({}, context(variables_)).get_token(asked));
    EXPECT_THAT(arguments(), testing::IsSupersetOf({"--tenant", "guest.example"}));
    EXPECT_CODE(azure_cli_credential({.tenant_id = "home.example"}, context(variables_)).get_token(asked),
                errc::credential_failed);
    EXPECT_TOKEN(azure_cli_credential({.tenant_id = "home.example", .additionally_allowed_tenants = {"*"}}, context(variables_))
                     .get_token(asked));
}

TEST_F(tools, of_older_versions_give_the_time_of_this_machine) {
    will_run("az", R"(echo '{"accessToken":"the-token","expiresOn":"2033-01-01 12:00:00.123456"}')");
    const auto got = ask(tool::az);
    EXPECT_TOKEN(got);
    EXPECT_EQ(got->expires_on, identity::parse_local_time("2033-01-01 12:00:00").value());
}

TEST(local_time, is_that_of_the_zone_and_the_earlier_of_two) {
    const char* before = ::getenv("TZ");
    const std::string kept = before == nullptr ? "" : before;
    ::setenv("TZ", "CET-1CEST,M3.5.0,M10.5.0/3", 1);
    ::tzset();
    const auto seconds = [](const char* text) {
        return std::chrono::system_clock::to_time_t(identity::parse_local_time(text).value());
    };
    EXPECT_EQ(seconds("2026-01-01 12:00:00.5"), 1'767'265'200); // one hour ahead of UTC
    EXPECT_EQ(seconds("2026-07-01 12:00:00"), 1'782'900'000);   // two
    EXPECT_EQ(seconds("2026-10-25 02:30:00"), 1'792'888'200);   // 00:30 and 01:30 UTC
    EXPECT_FALSE(identity::parse_local_time("2026-03-29 02:30:00").has_value());
    EXPECT_FALSE(identity::parse_local_time("tomorrow").has_value());
    before == nullptr ? ::unsetenv("TZ") : ::setenv("TZ", kept.c_str(), 1);
    ::tzset();
}

} // namespace
} // namespace entrada
