// Room: identity. Chains, and the default one.
#include "entrada/chained_credential.hpp"
#include "entrada/default_azure_credential.hpp"
#include "entrada/function_credential.hpp"
#include "entrada/static_token_credential.hpp"
#include "support/temp_directory.hpp"
#include "unit/identity/credential_fixture.hpp"

#include <atomic>
#include <future>
#include <stdexcept>

namespace entrada {
namespace {

using namespace test;
using outcome = credential_attempt::outcome;
using shared_credential = std::shared_ptr<token_credential>;

access_token some_token() {
    return {.token = secret_string("the-token"), .expires_on = std::chrono::system_clock::now() + 1h, .refresh_on = std::nullopt};
}

shared_credential link(std::string name, function_credential::function get) {
    return std::make_shared<function_credential>(std::move(get), std::move(name));
}
shared_credential refusing(std::string name, errc code, std::string detail = "no") {
    return link(std::move(name), [=](const token_request&) -> result<access_token> { return failure(code, detail); });
}
shared_credential giving(std::string name) {
    return link(std::move(name), [](const token_request&) -> result<access_token> { return some_token(); });
}

TEST(chain, goes_on_past_the_unavailable_and_remembers_the_winner) {
    std::atomic<int> first = 0;
    std::vector<std::string> lines;
    chained_credential chain({link("A",
                                   [&](const token_request&) -> result<access_token> {
                                       ++first;
                                       return failure(errc::credential_unavailable, "no");
                                   }),
                              giving("B"), refusing("C", errc::credential_failed)},
                             {.name = "Chain", .hint = {}, .log = [&](const log_event& event) { lines.push_back(event.text); }});
    EXPECT_TOKEN(chain.get_token({}));
    EXPECT_TOKEN(chain.get_token({}));
    EXPECT_EQ(first, 1);
    EXPECT_THAT(lines, ElementsAre("Chain uses B"));
}

TEST(chain, names_the_credential_the_token_came_from) {
    chained_credential inner({refusing("A", errc::credential_unavailable), giving("B")},
                             {.name = "Inner", .hint = {}, .log = {}});
    EXPECT_EQ(inner.source(), "Inner");
    EXPECT_TOKEN(inner.get_token({}));
    EXPECT_EQ(inner.source(), "B");
}

TEST(chain, asks_the_winner_alone_even_when_it_fails_later) {
    std::atomic<bool> works = true;
    chained_credential chain({link("A",
                                   [&](const token_request&) -> result<access_token> {
                                       if (works) return some_token();
                                       return failure(errc::credential_unavailable, "gone");
                                   }),
                              giving("B")});
    EXPECT_TOKEN(chain.get_token({}));
    works = false;
    EXPECT_CODE(chain.get_token({}), errc::credential_unavailable);
    works = true;
    EXPECT_TOKEN(chain.get_token({}));
}

TEST(chain, stops_at_a_failure_and_calls_the_rest_skipped) {
    chained_credential chain(
        {refusing("A", errc::credential_unavailable, "not here"), refusing("B", errc::credential_failed, "refused"), giving("C")},
        {.name = "Chain", .hint = "unused", .log = {}});
    const auto got = chain.get_token({});
    EXPECT_CODE(got, errc::credential_failed);
    const auto* report = credential_report_of(got.error());
    ASSERT_NE(report, nullptr);
    ASSERT_EQ(report->attempts().size(), 3U);
    EXPECT_EQ(report->attempts()[0].what, outcome::unavailable);
    EXPECT_EQ(report->attempts()[1].what, outcome::failed);
    EXPECT_EQ(report->attempts()[2].what, outcome::skipped);
    EXPECT_EQ(report->attempts()[2].credential, "C");
    EXPECT_THAT(got.error().detail(),
                testing::AllOf(HasSubstr("Chain got no token for https://redis.azure.com/.default. A unavailable: "),
                               HasSubstr("not here"), HasSubstr("B failed: "), HasSubstr("refused"), HasSubstr("C skipped: "),
                               testing::EndsWith("Hint: B exists here and failed, so no other was asked: mend it, or exclude it"),
                               Not(HasSubstr("unused"))));
}

TEST(chain, walks_again_after_a_walk_without_a_winner) {
    std::atomic<int> asked = 0;
    chained_credential chain(
        {refusing("A", errc::credential_unavailable), link("B", [&](const token_request&) -> result<access_token> {
             if (++asked < 2) return failure(errc::credential_unavailable, "not yet");
             return some_token();
         })});
    EXPECT_CODE(chain.get_token({}), errc::credential_unavailable);
    EXPECT_TOKEN(chain.get_token({}));
}

TEST(chain, a_cancellation_or_timeout_goes_no_further) {
    for (const auto code : {errc::cancelled, errc::timeout}) {
        std::atomic<int> later = 0;
        chained_credential chain({refusing("A", code), link("B", [&](const token_request&) -> result<access_token> {
                                      ++later;
                                      return some_token();
                                  })});
        EXPECT_CODE(chain.get_token({}), code);
        EXPECT_EQ(later, 0);
    }
}

TEST(chain, of_one_tells_its_failure_unchanged_and_of_none_is_unavailable) {
    chained_credential one({refusing("A", errc::credential_failed, "as it is")});
    EXPECT_EQ(one.get_token({}).error().detail(), "as it is");
    chained_credential none({});
    EXPECT_CODE(none.get_token({}), errc::credential_unavailable);
}

TEST(chain, a_credential_that_throws_is_a_failure) {
    class throwing final : public token_credential {
        result<access_token> get_token(const token_request&) override { throw std::runtime_error("boom"); }
        std::string_view name() const noexcept override { return "Throwing"; }
    };
    chained_credential chain({std::make_shared<throwing>(), giving("B")});
    const auto got = chain.get_token({});
    EXPECT_CODE(got, errc::credential_failed);
    EXPECT_THAT(got.error().detail(), HasSubstr("Throwing threw: boom"));
}

TEST(chain, a_hundred_first_callers_start_one_walk) {
    std::promise<void> walking;
    std::promise<void> finish;
    std::atomic<int> asked = 0;
    chained_credential chain(
        {refusing("A", errc::credential_unavailable), link("B", [&](const token_request&) -> result<access_token> {
             if (++asked == 1) walking.set_value();
             finish.get_future().wait();
             return some_token();
         })});
    auto leader = std::async(std::launch::async, [&] { return chain.get_token({}).has_value(); });
    walking.get_future().wait();
    token_request hurried;
    hurried.deadline = std::chrono::steady_clock::now() + 20ms;
    std::vector<std::future<bool>> others;
    for (int i = 0; i < 99; ++i)
        others.push_back(
            std::async(std::launch::async, [&] { return chain.get_token(hurried).error().code() == errc::timeout; }));
    for (auto& timed_out : others) EXPECT_TRUE(timed_out.get());
    EXPECT_EQ(asked, 1);
    finish.set_value();
    EXPECT_TRUE(leader.get());
}

TEST(chain, who_waits_for_the_walk_of_another_keeps_deadline_and_stop_request) {
    std::promise<void> walking;
    std::promise<void> finish;
    auto finished = finish.get_future().share();
    chained_credential chain({link("A", [&, finished](const token_request&) -> result<access_token> {
        walking.set_value();
        finished.wait();
        return some_token();
    })});
    auto leader = std::async(std::launch::async, [&] { return chain.get_token({}).has_value(); });
    walking.get_future().wait();
    token_request hurried;
    hurried.deadline = std::chrono::steady_clock::now() + 20ms;
    EXPECT_CODE(chain.get_token(hurried), errc::timeout);
    std::stop_source source;
    source.request_stop();
    token_request stopped;
    stopped.stop = source.get_token();
    EXPECT_CODE(chain.get_token(stopped), errc::cancelled);
    finish.set_value();
    EXPECT_TRUE(leader.get());
}

TEST(chain, one_of_those_who_wait_for_a_walk_that_hangs_starts_another) {
    std::promise<void> walking;
    std::promise<void> finish;
    std::atomic<int> asked = 0;
    chained_credential chain({link("A", [&](const token_request&) -> result<access_token> {
        if (++asked > 1) return some_token();
        walking.set_value();
        finish.get_future().wait();
        return failure(errc::timeout, "no answer");
    })});
    auto leader = std::async(std::launch::async, [&] { return chain.get_token({}); });
    walking.get_future().wait();
    std::vector<std::future<result<access_token>>> others;
    for (int i = 0; i < 8; ++i)
        others.push_back(std::async(std::launch::async, [&] {
            token_request hurried;
            hurried.deadline = std::chrono::steady_clock::now() + 2s;
            return chain.get_token(hurried);
        }));
    for (auto& one : others) EXPECT_TOKEN(one.get());
    finish.set_value();
    EXPECT_CODE(leader.get(), errc::timeout);
}

TEST(chain, a_credential_that_throws_anything_at_all_is_a_failure) {
    chained_credential chain({link("A", [](const token_request&) -> result<access_token> { throw 7; })});
    EXPECT_CODE(chain.get_token({}), errc::credential_failed);
}

TEST(chain, the_leaders_own_end_is_not_that_of_who_waited) {
    std::promise<void> walking;
    std::promise<void> give_up;
    std::atomic<int> calls = 0;
    chained_credential chain({link("A", [&](const token_request&) -> result<access_token> {
        if (++calls > 1) return some_token();
        walking.set_value();
        give_up.get_future().wait();
        return failure(errc::cancelled, "the leader left");
    })});
    auto leader = std::async(std::launch::async, [&] { return chain.get_token({}); });
    walking.get_future().wait();
    std::vector<std::future<result<access_token>>> waiting;
    for (int i = 0; i < 8; ++i) waiting.push_back(std::async(std::launch::async, [&] { return chain.get_token({}); }));
    token_request hurried;
    hurried.deadline = std::chrono::steady_clock::now() + 50ms;
    EXPECT_CODE(chain.get_token(hurried), errc::timeout); // by now the others wait, too
    give_up.set_value();
    EXPECT_CODE(leader.get(), errc::cancelled);
    for (auto& one : waiting) EXPECT_TOKEN(one.get());
}

TEST(simple_credentials, give_what_they_were_given) {
    static_token_credential fixed(some_token());
    EXPECT_TOKEN(fixed.get_token({}));
    EXPECT_EQ(fixed.name(), "StaticTokenCredential");
    EXPECT_EQ(giving("Mine")->name(), "Mine");
    EXPECT_CODE(link("Mine", [](const token_request&) -> result<access_token> { throw std::runtime_error("x"); })->get_token({}),
                errc::credential_failed);
    EXPECT_CODE(function_credential({}).get_token({}), errc::credential_failed);
}

using default_chain = credential_test;

constexpr const char* refused_probe =
    R"({"error":"invalid_request","error_description":"Required metadata header not specified"})";

TEST_F(default_chain, off_azure_fails_in_a_second_and_tells_each_credential_and_what_to_do) {
    http_->will_hang();
    const auto begin = clock_->steady();
    default_azure_credential credential({}, context());
    const auto got = credential.get_token(request());
    EXPECT_CODE(got, errc::credential_unavailable);
    EXPECT_EQ(clock_->steady() - begin, 1s);
    const auto* report = credential_report_of(got.error());
    ASSERT_NE(report, nullptr);
    std::vector<std::string> names;
    for (const auto& attempt : report->attempts()) {
        names.push_back(attempt.credential);
        EXPECT_EQ(attempt.what, outcome::unavailable);
    }
    EXPECT_THAT(names, ElementsAre("EnvironmentCredential", "WorkloadIdentityCredential", "ManagedIdentityCredential",
                                   "AzureCliCredential", "AzurePowerShellCredential", "AzureDeveloperCliCredential"));
    EXPECT_THAT(got.error().detail(), testing::AllOf(HasSubstr("AZURE_FEDERATED_TOKEN_FILE"), HasSubstr("Hint: run where Azure"),
                                                     HasSubstr("entrada emulator")));
    EXPECT_EQ(got.error().detail().find('\n'), std::string::npos);
}

TEST_F(default_chain, on_a_virtual_machine_probes_and_then_asks) {
    http_->will_answer(400, refused_probe).will_answer(200, good_answer);
    default_azure_credential credential({}, context());
    EXPECT_TOKEN(credential.get_token(request()));
    EXPECT_EQ(http_->seen().size(), 2U);
    EXPECT_THAT(log_lines_, ElementsAre("DefaultAzureCredential uses ManagedIdentityCredential"));
}

TEST_F(default_chain, tells_who_was_passed_over_before_the_winner) {
    http_->will_answer(400, refused_probe).will_answer(200, good_answer);
    default_azure_credential credential({}, context());
    EXPECT_THAT(credential.passed_over(), testing::IsEmpty());
    EXPECT_TOKEN(credential.get_token(request()));
    std::vector<std::string> names;
    for (const auto& attempt : credential.passed_over()) {
        names.push_back(attempt.credential);
        EXPECT_EQ(attempt.what, outcome::unavailable);
    }
    EXPECT_THAT(names, ElementsAre("EnvironmentCredential", "WorkloadIdentityCredential"));
}

TEST_F(default_chain, a_wrong_secret_is_told_and_hides_behind_no_other_identity) {
    http_->will_answer(401, R"({"error":"invalid_client","error_description":"AADSTS7000215: Invalid client secret provided."})");
    default_azure_credential credential(
        {}, context({{"AZURE_TENANT_ID", "t"}, {"AZURE_CLIENT_ID", "c"}, {"AZURE_CLIENT_SECRET", "wrong-one"}}));
    const auto got = credential.get_token(request());
    EXPECT_CODE(got, errc::credential_failed);
    EXPECT_EQ(http_->seen().size(), 1U);
    EXPECT_THAT(got.error().detail(),
                testing::AllOf(HasSubstr("AADSTS7000215"), HasSubstr("Hint: check that AZURE_CLIENT_SECRET"),
                               HasSubstr("ManagedIdentityCredential skipped"), Not(HasSubstr("wrong-one"))));
}

TEST_F(default_chain, uses_AZURE_CLIENT_ID_for_the_managed_identity) {
    environment variables{
        {"IDENTITY_ENDPOINT", "http://localhost:1/t"}, {"IDENTITY_HEADER", "h"}, {"AZURE_CLIENT_ID", "from-variable"}};
    http_->will_answer(200, good_answer).will_answer(200, good_answer).will_answer(200, good_answer);
    EXPECT_TOKEN(default_azure_credential({}, context(variables)).get_token(request()));
    EXPECT_THAT(http_->seen()[0].url, testing::EndsWith("&client_id=from-variable"));
    default_azure_credential_options options;
    options.managed_identity_client_id = "from-option";
    EXPECT_TOKEN(default_azure_credential(options, context(variables)).get_token(request()));
    EXPECT_THAT(http_->seen()[1].url, testing::EndsWith("&client_id=from-option"));
    options.managed_identity_client_id = {};
    options.managed_identity_resource_id = "/r";
    EXPECT_TOKEN(default_azure_credential(options, context(variables)).get_token(request()));
    EXPECT_THAT(http_->seen()[2].url, testing::EndsWith("resource=https%3A%2F%2Fredis.azure.com&mi_res_id=%2Fr"));
}

TEST_F(default_chain, refuses_an_identity_named_twice) {
    default_azure_credential_options options;
    options.managed_identity_client_id = "c";
    options.managed_identity_resource_id = "/r";
    EXPECT_CODE(default_azure_credential(options, context()).get_token(request()), errc::credential_failed);
}

TEST_F(default_chain, prod_is_the_same_three_in_any_case_and_with_blanks) {
    for (const char* value : {"prod", " PROD ", "", "  "}) {
        http_->will_answer(400, refused_probe).will_answer(200, good_answer);
        EXPECT_TOKEN(default_azure_credential({}, context({{"AZURE_TOKEN_CREDENTIALS", value}})).get_token(request()));
    }
}

TEST_F(default_chain, a_single_name_skips_the_probe_and_speaks_for_itself) {
    http_->will_answer(200, good_answer);
    default_azure_credential chosen({}, context({{"AZURE_TOKEN_CREDENTIALS", "managedidentitycredential"}}));
    EXPECT_EQ(chosen.name(), "ManagedIdentityCredential");
    EXPECT_TOKEN(chosen.get_token(request()));
    EXPECT_THAT(http_->seen().front().headers, testing::Contains("Metadata: true"));
    for (const char* name : {"EnvironmentCredential", "WorkloadIdentityCredential"}) {
        const auto got = default_azure_credential({}, context({{"AZURE_TOKEN_CREDENTIALS", name}})).get_token(request());
        EXPECT_CODE(got, errc::credential_unavailable);
        EXPECT_EQ(attempt_of(got).credential, name);
        EXPECT_THAT(got.error().detail(), testing::StartsWith(name));
    }
}

TEST_F(default_chain, names_that_cannot_be_used_here_say_why_and_nothing_is_asked) {
    for (const char* value :
         {"VisualStudioCredential", "VisualStudioCodeCredential", "interactivebrowsercredential", "BrokerCredential"}) {
        const auto got = default_azure_credential({}, context({{"AZURE_TOKEN_CREDENTIALS", value}})).get_token(request());
        EXPECT_CODE(got, errc::credential_unavailable);
        EXPECT_THAT(got.error().detail(),
                    testing::AllOf(HasSubstr("not supported on this platform"), HasSubstr("AZURE_TOKEN_CREDENTIALS")));
    }
    EXPECT_TRUE(http_->seen().empty());
}

/// The names in the report of a failed walk.
std::vector<std::string> asked_by(const result<access_token>& got) {
    std::vector<std::string> names;
    const auto* report = got.has_value() ? nullptr : credential_report_of(got.error());
    if (report != nullptr)
        for (const auto& attempt : report->attempts()) names.push_back(attempt.credential);
    return names;
}

TEST_F(default_chain, prod_and_dev_are_halves_of_it) {
    http_->will_fail(errc::connect_failed);
    const auto prod = default_azure_credential({}, context({{"AZURE_TOKEN_CREDENTIALS", "Prod"}})).get_token(request());
    EXPECT_THAT(asked_by(prod), ElementsAre("EnvironmentCredential", "WorkloadIdentityCredential", "ManagedIdentityCredential"));
    const auto dev = default_azure_credential({}, context({{"AZURE_TOKEN_CREDENTIALS", " DEV "}})).get_token(request());
    EXPECT_CODE(dev, errc::credential_unavailable);
    EXPECT_THAT(asked_by(dev), ElementsAre("AzureCliCredential", "AzurePowerShellCredential", "AzureDeveloperCliCredential"));
    EXPECT_EQ(http_->seen().size(), 1U);
}

TEST_F(default_chain, each_member_can_be_excluded) {
    const std::pair<bool default_azure_credential_options::*, const char*> cases[] = {
        {&default_azure_credential_options::exclude_environment, "EnvironmentCredential"},
        {&default_azure_credential_options::exclude_workload_identity, "WorkloadIdentityCredential"},
        {&default_azure_credential_options::exclude_managed_identity, "ManagedIdentityCredential"},
        {&default_azure_credential_options::exclude_azure_cli, "AzureCliCredential"},
        {&default_azure_credential_options::exclude_azure_powershell, "AzurePowerShellCredential"},
        {&default_azure_credential_options::exclude_azure_developer_cli, "AzureDeveloperCliCredential"}};
    default_azure_credential_options all;
    for (const auto& [member, name] : cases) {
        default_azure_credential_options options;
        options.*member = true;
        all.*member = true;
        const auto names = asked_by(default_azure_credential(options, context()).get_token(request()));
        EXPECT_EQ(names.size(), 5U);
        EXPECT_THAT(names, Not(testing::Contains(name)));
        const auto both = default_azure_credential(options, context({{"AZURE_TOKEN_CREDENTIALS", name}})).get_token(request());
        EXPECT_CODE(both, errc::credential_failed);
        EXPECT_THAT(both.error().detail(), HasSubstr("the options exclude it"));
    }
    const auto none = default_azure_credential(all, context()).get_token(request());
    EXPECT_CODE(none, errc::credential_failed);
    EXPECT_THAT(none.error().detail(), HasSubstr("is excluded by the options"));
}

TEST_F(default_chain, can_require_that_the_environment_selects) {
    default_azure_credential_options options;
    options.selection_required = true;
    for (const char* value : {"", " "}) {
        const auto got = default_azure_credential(options, context({{"AZURE_TOKEN_CREDENTIALS", value}})).get_token(request());
        EXPECT_CODE(got, errc::credential_failed);
        EXPECT_THAT(got.error().detail(), HasSubstr("AZURE_TOKEN_CREDENTIALS is not set, and the options require it"));
    }
    EXPECT_TRUE(http_->seen().empty());
}

TEST_F(default_chain, at_a_desk_ends_at_the_tool_that_is_signed_in) {
    const temp_directory tools;
    tools.write_script("az", "echo \"Please run 'az login' to setup account.\" >&2; exit 1");
    tools.write_script("pwsh", "echo broken >&2; exit 7");
    tools.write_script("azd", R"(echo "$@" > )" + tools.path("arguments")
                                  + R"(; echo '{"token":"the-token","expiresOn":"2023-11-14T23:13:20Z"}')");
    http_->will_hang();
    default_azure_credential credential(
        {}, context({{"PATH", tools.root() + ":/usr/bin:/bin"}, {"AZURE_TENANT_ID", "home.example"}}));
    EXPECT_TOKEN(credential.get_token(request()));
    EXPECT_EQ(credential.source(), "AzureDeveloperCliCredential");
    EXPECT_TOKEN(credential.get_token(request()));
    EXPECT_EQ(http_->seen().size(), 1U); // the winner is asked alone
    std::string line;
    std::getline(std::ifstream(tools.path("arguments")), line);
    EXPECT_THAT(line, testing::EndsWith("--tenant-id home.example"));
}

TEST_F(default_chain, trouble_with_tools_is_told_and_stops_nothing) {
    const temp_directory tools;
    tools.write_script("az", "echo \"Please run 'az login' to setup account.\" >&2; exit 1");
    tools.write_script("pwsh", "echo broken >&2; exit 7");
    http_->will_fail(errc::connect_failed);
    const auto got = default_azure_credential({}, context({{"PATH", tools.root() + ":/usr/bin:/bin"}})).get_token(request());
    EXPECT_CODE(got, errc::credential_unavailable);
    EXPECT_THAT(got.error().detail(), testing::AllOf(HasSubstr("pwsh ended with status 7: broken"),
                                                     HasSubstr("Hint: run `az login`"), HasSubstr("azd is not installed")));
}

TEST_F(default_chain, cold_on_a_machine_that_is_none_of_azures_fails_soon_with_the_whole_account) {
    const environment variables{{"PATH", "/nowhere"}, {"AZURE_POD_IDENTITY_AUTHORITY_HOST", "http://127.0.0.1:1"}};
    const auto begin = std::chrono::steady_clock::now();
    const auto got = default_azure_credential({}, {.variables = variables, .log = {}, .http = {}, .clock = {}}).get_token({});
    EXPECT_LT(std::chrono::steady_clock::now() - begin, 3s);
    EXPECT_CODE(got, errc::credential_unavailable);
    EXPECT_EQ(asked_by(got).size(), 6U);
    EXPECT_THAT(got.error().detail(),
                testing::AllOf(HasSubstr("no metadata service here: connection refused"), HasSubstr("Hint: ")));
}

TEST_F(default_chain, an_unknown_value_never_falls_back_to_the_chain) {
    const auto got = default_azure_credential({}, context({{"AZURE_TOKEN_CREDENTIALS", "ManagedIdentity"}})).get_token(request());
    EXPECT_CODE(got, errc::credential_failed);
    EXPECT_THAT(got.error().detail(),
                testing::AllOf(HasSubstr("\"ManagedIdentity\""), HasSubstr("prod, dev, EnvironmentCredential")));
    EXPECT_TRUE(http_->seen().empty());
}

} // namespace
} // namespace entrada
