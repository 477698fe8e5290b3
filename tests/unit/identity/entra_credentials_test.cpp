// Room: identity. Client secret, environment, workload identity: the credentials that ask Microsoft Entra.
#include "entrada/authority_hosts.hpp"
#include "entrada/azure_pipelines_credential.hpp"
#include "entrada/client_assertion_credential.hpp"
#include "entrada/client_secret_credential.hpp"
#include "entrada/environment_credential.hpp"
#include "entrada/workload_identity_credential.hpp"
#include "unit/identity/credential_fixture.hpp"

#include <sys/stat.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>

namespace entrada {
namespace {

using namespace test;
using outcome = credential_attempt::outcome;
using testing::MatchesRegex;

constexpr const char* wrong_secret =
    R"({"error":"invalid_client","error_description":"AADSTS7000215: Invalid client secret provided.\r\nTrace ID: t","error_codes":[7000215],"correlation_id":"corr-1"})";

client_secret_options with_secret(std::string authority = {}) {
    return {.tenant_id = "contoso.example",
            .client_id = "client 1",
            .client_secret = secret_string("s3cr&t/+ value"),
            .authority_host = std::move(authority)};
}

using client_secret = credential_test;

TEST_F(client_secret, posts_a_client_credentials_form_to_the_tenant) {
    http_->will_answer(200, good_answer);
    client_secret_credential credential(with_secret(), context());
    const auto got = credential.get_token(request());
    EXPECT_TOKEN(got);
    EXPECT_EQ(got->expires_on, clock_->wall() + 3600s);
    ASSERT_EQ(http_->seen().size(), 1U);
    const auto seen = http_->seen().front();
    EXPECT_EQ(seen.method, "POST");
    EXPECT_EQ(seen.url, "https://login.microsoftonline.com/contoso.example/oauth2/v2.0/token");
    EXPECT_EQ(seen.body, "grant_type=client_credentials&client_id=client%201&scope=https%3A%2F%2Fredis.azure.com%2F.default"
                         "&client_secret=s3cr%26t%2F%2B%20value");
    EXPECT_THAT(
        seen.headers,
        ElementsAre("Accept: application/json", "Content-Type: application/x-www-form-urlencoded",
                    MatchesRegex("client-request-id: [0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}"),
                    "return-client-request-id: true"));
    EXPECT_TRUE(seen.use_proxy);
    EXPECT_EQ(seen.time, 15s);
}

TEST_F(client_secret, takes_the_authority_from_the_option_then_from_the_environment) {
    const environment variables{{"AZURE_AUTHORITY_HOST", "https://login.microsoftonline.us/"}};
    http_->will_answer(200, good_answer).will_answer(200, good_answer).will_answer(200, good_answer);
    (void)client_secret_credential(with_secret(), context(variables)).get_token(request());
    (void)client_secret_credential(with_secret("login.chinacloudapi.cn"), context(variables)).get_token(request());
    auto federated = with_secret("https://adfs.example:8443");
    federated.tenant_id = "adfs";
    (void)client_secret_credential(federated, context()).get_token(request());
    const auto seen = http_->seen();
    EXPECT_EQ(seen.at(0).url, "https://login.microsoftonline.us/contoso.example/oauth2/v2.0/token");
    EXPECT_EQ(seen.at(1).url, "https://login.chinacloudapi.cn/contoso.example/oauth2/v2.0/token");
    EXPECT_EQ(seen.at(2).url, "https://adfs.example:8443/adfs/oauth2/token");
}

TEST_F(client_secret, goes_to_a_local_authority_without_a_proxy) {
    for (const char* host : {"https://localhost:8443", "https://127.0.0.1:1", "https://[::1]:8443/"}) {
        http_->will_answer(200, good_answer);
        EXPECT_TOKEN(client_secret_credential(with_secret(host), context()).get_token(request()));
        EXPECT_FALSE(http_->seen().back().use_proxy) << host;
    }
}

TEST_F(client_secret, sends_nothing_to_an_authority_that_is_not_https) {
    for (const char* host : {"http://login.microsoftonline.com", "https://user@host", "https://host/path", "https://host?x",
                             "ftp://x", "https://", "ho st", "https://host#f", "https://a\tb"}) {
        const auto got = client_secret_credential(with_secret(host), context()).get_token(request());
        EXPECT_CODE(got, errc::credential_failed);
        EXPECT_THAT(got.error().detail(), HasSubstr("https://host"));
    }
    EXPECT_TRUE(http_->seen().empty());
}

TEST_F(client_secret, sends_nothing_for_a_tenant_that_is_none) {
    for (const char* tenant : {"", "a/b", "a b", "..%2f", "common", "Organizations", "consumers"}) {
        auto options = with_secret();
        options.tenant_id = tenant;
        EXPECT_CODE(client_secret_credential(options, context()).get_token(request()), errc::credential_failed);
    }
    EXPECT_TRUE(http_->seen().empty());
}

TEST_F(client_secret, sends_nothing_without_an_id_or_a_secret) {
    auto options = with_secret();
    options.client_secret = {};
    EXPECT_CODE(client_secret_credential(options, context()).get_token(request()), errc::credential_failed);
    EXPECT_TRUE(http_->seen().empty());
}

TEST_F(client_secret, tells_a_refusal_with_all_that_is_known) {
    http_->will([&](const net::http_request&) -> result<net::http_response> {
        clock_->advance(37ms);
        return net::http_response{401, {}, secret_string(wrong_secret)};
    });
    const auto got = client_secret_credential(with_secret(), context()).get_token(request());
    EXPECT_CODE(got, errc::credential_failed);
    const auto attempt = attempt_of(got);
    EXPECT_EQ(attempt.credential, "ClientSecretCredential");
    EXPECT_EQ(attempt.what, outcome::failed);
    EXPECT_EQ(attempt.http_status, 401);
    EXPECT_EQ(attempt.aadsts, "AADSTS7000215");
    EXPECT_EQ(attempt.correlation_id, "corr-1");
    EXPECT_EQ(attempt.elapsed, 37ms);
    EXPECT_THAT(attempt.hint, HasSubstr("AZURE_CLIENT_SECRET"));
    EXPECT_EQ(got.error().detail(),
              "ClientSecretCredential failed: Microsoft Entra refused: invalid_client: AADSTS7000215: Invalid "
              "client secret provided. (HTTP 401, correlation id corr-1, after 37 ms). Hint: "
                  + attempt.hint);
}

TEST_F(client_secret, never_repeats_the_secret_even_if_the_service_does) {
    http_->will_answer(400, R"({"error":"x","error_description":"you sent s3cr&t/+ value or s3cr%26t%2F%2B%20value"})");
    const auto got = client_secret_credential(with_secret(), context()).get_token(request());
    EXPECT_CODE(got, errc::credential_failed);
    EXPECT_THAT(got.error().to_string(), Not(HasSubstr("s3cr")));
    EXPECT_THAT(got.error().to_string(), HasSubstr("you sent [secret] or [secret]"));
}

TEST_F(client_secret, asks_once_more_a_second_after_a_transient_error) {
    for (const int status : {408, 429, 500, 502, 503, 504}) {
        http_->will_answer(status, "").will_answer(200, good_answer);
        EXPECT_TOKEN(client_secret_credential(with_secret(), context()).get_token(request()));
        http_->will_answer(status, "").will_answer(status, "");
        EXPECT_CODE(client_secret_credential(with_secret(), context()).get_token(request()), errc::credential_failed);
    }
    EXPECT_THAT(clock_->waits(), testing::AllOf(testing::SizeIs(12), testing::Each(1000ms)));
    EXPECT_TRUE(http_->script_done());
}

TEST_F(client_secret, asks_once_more_if_entra_calls_its_error_temporary) {
    constexpr const char* busy =
        R"({"error":"temporarily_unavailable","error_description":"AADSTS90033: A transient error has occurred."})";
    http_->will_answer(400, busy).will_answer(200, good_answer);
    EXPECT_TOKEN(client_secret_credential(with_secret(), context()).get_token(request()));
    http_->will_answer(400, busy).will_answer(400, busy);
    const auto got = client_secret_credential(with_secret(), context()).get_token(request());
    EXPECT_CODE(got, errc::credential_failed);
    EXPECT_EQ(attempt_of(got).aadsts, "AADSTS90033");
    EXPECT_THAT(clock_->waits(), ElementsAre(1s, 1s));
    EXPECT_TRUE(http_->script_done());
}

TEST_F(client_secret, asks_the_cloud_that_is_named) {
    const std::pair<std::string_view, const char*> clouds[] = {
        {authority_hosts::azure_public, "https://login.microsoftonline.com/"},
        {authority_hosts::azure_government, "https://login.microsoftonline.us/"},
        {authority_hosts::azure_china, "https://login.chinacloudapi.cn/"},
        {"https://login.private.example/", "https://login.private.example/"}};
    for (const auto& [host, expected] : clouds) {
        http_->will_answer(200, good_answer).will_answer(200, good_answer);
        EXPECT_TOKEN(client_secret_credential(with_secret(std::string(host)), context()).get_token(request()));
        EXPECT_EQ(http_->seen().back().url, std::string(expected) + "contoso.example/oauth2/v2.0/token");
        auto by_variable = context({{"AZURE_AUTHORITY_HOST", std::string(host)}});
        EXPECT_TOKEN(client_secret_credential(with_secret(), by_variable).get_token(request()));
        EXPECT_EQ(http_->seen().back().url, std::string(expected) + "contoso.example/oauth2/v2.0/token");
    }
}

TEST_F(client_secret, does_not_ask_again_when_told_to_wait) {
    http_->will_answer(429, R"({"error":"throttled"})", {{"Retry-After", "17"}});
    const auto got = client_secret_credential(with_secret(), context()).get_token(request());
    EXPECT_CODE(got, errc::credential_failed);
    EXPECT_EQ(attempt_of(got).retry_after, 17s);
    http_->will_answer(503, R"({"error":"busy"})", {{"Retry-After", "Tue, 14 Nov 2023 22:13:29 GMT"}});
    EXPECT_EQ(attempt_of(client_secret_credential(with_secret(), context()).get_token(request())).retry_after, 9s);
    EXPECT_TRUE(clock_->waits().empty());
}

TEST_F(client_secret, a_redirect_is_a_refusal) {
    http_->will_answer(302, "", {{"Location", "https://elsewhere.example/"}});
    const auto got = client_secret_credential(with_secret(), context()).get_token(request());
    EXPECT_CODE(got, errc::credential_failed);
    EXPECT_EQ(attempt_of(got).http_status, 302);
    EXPECT_EQ(http_->seen().size(), 1U);
}

TEST_F(client_secret, an_answer_without_a_usable_token_is_a_failure) {
    for (const char* body :
         {"", "<html>", "{}", R"({"access_token":"opaque"})", R"({"access_token":"x","expires_on":1000000000})"}) {
        http_->will_answer(200, body);
        const auto got = client_secret_credential(with_secret(), context()).get_token(request());
        EXPECT_CODE(got, errc::credential_failed);
        EXPECT_EQ(attempt_of(got).http_status, 200);
    }
}

TEST_F(client_secret, tells_timeout_and_cancellation_by_their_codes) {
    http_->will_hang();
    EXPECT_CODE(client_secret_credential(with_secret(), context()).get_token(request(2s)), errc::timeout);
    std::stop_source source;
    http_->will([&](const net::http_request&) -> result<net::http_response> {
        source.request_stop();
        return failure(errc::cancelled, "stopped");
    });
    EXPECT_CODE(client_secret_credential(with_secret(), context()).get_token(request(2s, source.get_token())), errc::cancelled);
}

TEST_F(client_secret, a_stop_request_during_a_pause_is_a_cancellation) {
    std::stop_source source;
    http_->will([&](const net::http_request&) -> result<net::http_response> {
        source.request_stop();
        return net::http_response{503, {}, {}};
    });
    EXPECT_CODE(client_secret_credential(with_secret(), context()).get_token(request(10s, source.get_token())), errc::cancelled);
}

TEST_F(client_secret, a_network_fault_is_a_failure_that_names_it) {
    http_->will_fail(errc::resolve_failed, "POST https://login...");
    const auto got = client_secret_credential(with_secret(), context()).get_token(request());
    EXPECT_CODE(got, errc::credential_failed);
    EXPECT_THAT(got.error().detail(), HasSubstr("host name not resolved: POST https://login..."));
    EXPECT_EQ(attempt_of(got).http_status, 0);
}

using tenants = credential_test;

TEST_F(tenants, other_than_the_configured_one_must_be_allowed) {
    const std::tuple<std::vector<std::string>, const char*, const char*> cases[] = {
        {{}, "", "home.example"},
        {{}, "HOME.example", "home.example"},
        {{"Guest.example"}, "guest.EXAMPLE", "guest.EXAMPLE"},
        {{"*"}, "any.example", "any.example"},
        {{"x", "*"}, "any.example", "any.example"},
        {{}, "guest.example", nullptr},
        {{"other.example"}, "guest.example", nullptr}};
    for (const auto& [allowed, requested, expected] : cases) {
        client_secret_options options{
            .tenant_id = "home.example", .client_id = "c", .client_secret = secret_string("s"), .authority_host = {}};
        options.additionally_allowed_tenants = allowed;
        auto asked = request();
        asked.tenant_id = requested;
        const auto before = http_->seen().size();
        if (expected != nullptr) http_->will_answer(200, good_answer);
        const auto got = client_secret_credential(options, context()).get_token(asked);
        if (expected == nullptr) {
            EXPECT_CODE(got, errc::credential_failed);
            EXPECT_THAT(got.error().detail(), HasSubstr("additionally_allowed_tenants"));
            EXPECT_EQ(http_->seen().size(), before);
            continue;
        }
        EXPECT_TOKEN(got);
        EXPECT_EQ(http_->seen().back().url, "https://login.microsoftonline.com/" + std::string(expected) + "/oauth2/v2.0/token");
    }
}

TEST_F(tenants, of_requests_are_not_looked_at_where_the_environment_says_so) {
    client_secret_options options{
        .tenant_id = "home.example", .client_id = "c", .client_secret = secret_string("s"), .authority_host = {}};
    auto asked = request();
    asked.tenant_id = "guest.example";
    for (const char* value : {"true", "TRUE", "1"}) {
        http_->will_answer(200, good_answer);
        EXPECT_TOKEN(
            client_secret_credential(options, context({{"AZURE_IDENTITY_DISABLE_MULTITENANTAUTH", value}})).get_token(asked));
        EXPECT_THAT(http_->seen().back().url, HasSubstr("/home.example/"));
    }
}

TEST_F(tenants, that_the_environment_allows_are_a_list_with_semicolons) {
    environment variables{{"AZURE_TENANT_ID", "home.example"},
                          {"AZURE_CLIENT_ID", "c"},
                          {"AZURE_CLIENT_SECRET", "s"},
                          {"AZURE_ADDITIONALLY_ALLOWED_TENANTS", "a.example; b.example"}};
    auto asked = request();
    asked.tenant_id = "b.example";
    http_->will_answer(200, good_answer);
    EXPECT_TOKEN(environment_credential({}, context(variables)).get_token(asked));
    asked.tenant_id = "c.example";
    EXPECT_CODE(environment_credential({}, context(variables)).get_token(asked), errc::credential_failed);
    asked.tenant_id = "b.example/../x";
    variables["AZURE_ADDITIONALLY_ALLOWED_TENANTS"] = "*";
    EXPECT_CODE(environment_credential({}, context(variables)).get_token(asked), errc::credential_failed);
    EXPECT_EQ(http_->seen().size(), 1U);
}

class client_assertion : public credential_test {
protected:
    result<access_token> ask(client_assertion_credential::function make, std::chrono::milliseconds time = 15s) {
        return client_assertion_credential({.tenant_id = "t", .client_id = "c"}, std::move(make), context())
            .get_token(request(time));
    }
};

TEST_F(client_assertion, of_the_caller_is_sent_as_it_is_and_made_anew_for_each_try) {
    http_->will_answer(500, "").will_answer(200, good_answer);
    int made = 0;
    EXPECT_TOKEN(ask([&](const token_request& asked) -> result<secret_string> {
        EXPECT_EQ(asked.scope, redis_scope);
        return secret_string("head.pay.sig" + std::to_string(++made));
    }));
    const std::string body = "grant_type=client_credentials&client_id=c&scope=https%3A%2F%2Fredis.azure.com%2F.default"
                             "&client_assertion_type=urn%3Aietf%3Aparams%3Aoauth%3Aclient-assertion-type%3Ajwt-bearer"
                             "&client_assertion=head.pay.sig";
    EXPECT_EQ(http_->seen().at(0).body, body + "1");
    EXPECT_EQ(http_->seen().at(1).body, body + "2");
    EXPECT_EQ(http_->seen().at(0).url, "https://login.microsoftonline.com/t/oauth2/v2.0/token");
}

TEST_F(client_assertion, a_function_that_gives_none_is_a_failure_and_nothing_is_sent) {
    const std::pair<client_assertion_credential::function, const char*> cases[] = {
        {nullptr, "no function"},
        {[](const token_request&) -> result<secret_string> { return secret_string(""); }, "empty assertion"},
        {[](const token_request&) -> result<secret_string> { return secret_string(std::string(70'000, 'x')); }, "64 KiB"},
        {[](const token_request&) -> result<secret_string> { return failure(errc::connect_failed, "the module is gone"); },
         "the module is gone"},
        {[](const token_request&) -> result<secret_string> { throw std::runtime_error("boom"); }, "threw: boom"}};
    for (const auto& [make, text] : cases) {
        const auto got = ask(make);
        EXPECT_CODE(got, errc::credential_failed);
        EXPECT_EQ(attempt_of(got).credential, "ClientAssertionCredential");
        EXPECT_THAT(got.error().detail(), HasSubstr(text));
    }
    for (const auto code : {errc::cancelled, errc::timeout})
        EXPECT_CODE(ask([&](const token_request&) -> result<secret_string> { return failure(code, "x"); }), code);
    EXPECT_TRUE(http_->seen().empty());
}

TEST_F(client_assertion, is_never_repeated_even_if_the_service_does) {
    http_->will_answer(400, R"({"error":"x","error_description":"got head.pay.sig"})");
    const auto got = ask([](const token_request&) -> result<secret_string> { return secret_string("head.pay.sig"); });
    EXPECT_CODE(got, errc::credential_failed);
    EXPECT_THAT(got.error().to_string(), testing::AllOf(HasSubstr("got [secret]"), Not(HasSubstr("head.pay"))));
}

using environment_variables = credential_test;

TEST_F(environment_variables, of_a_service_principal_sign_it_in) {
    http_->will_answer(200, good_answer);
    environment_credential credential({}, context({{"AZURE_TENANT_ID", "t"},
                                                   {"AZURE_CLIENT_ID", "c"},
                                                   {"AZURE_CLIENT_SECRET", "s"},
                                                   {"AZURE_CLIENT_CERTIFICATE_PATH", "/x"}}));
    EXPECT_TOKEN(credential.get_token(request()));
    EXPECT_EQ(http_->seen().front().url, "https://login.microsoftonline.com/t/oauth2/v2.0/token");
    EXPECT_THAT(http_->seen().front().body, HasSubstr("client_id=c&"));
}

TEST_F(environment_variables, that_are_missing_are_named_and_the_credential_unavailable) {
    const auto got =
        environment_credential({}, context({{"AZURE_CLIENT_ID", "c"}, {"AZURE_CLIENT_SECRET", ""}})).get_token(request());
    EXPECT_CODE(got, errc::credential_unavailable);
    EXPECT_EQ(attempt_of(got).reason, "AZURE_TENANT_ID and AZURE_CLIENT_SECRET or AZURE_CLIENT_CERTIFICATE_PATH are not set");
    const auto none = environment_credential({}, context()).get_token(request());
    EXPECT_EQ(attempt_of(none).reason,
              "AZURE_TENANT_ID, AZURE_CLIENT_ID and AZURE_CLIENT_SECRET or AZURE_CLIENT_CERTIFICATE_PATH are not set");
    const auto one =
        environment_credential({}, context({{"AZURE_CLIENT_ID", "c"}, {"AZURE_CLIENT_SECRET", "s"}})).get_token(request());
    EXPECT_EQ(attempt_of(one).reason, "AZURE_TENANT_ID is not set");
    EXPECT_TRUE(http_->seen().empty());
}

TEST_F(environment_variables, of_a_users_password_are_refused_in_words) {
    environment variables{{"AZURE_USERNAME", "ada"}, {"AZURE_PASSWORD", "pw123"}};
    const auto alone = environment_credential({}, context(variables)).get_token(request());
    EXPECT_CODE(alone, errc::credential_unavailable);
    variables["AZURE_CLIENT_ID"] = "c"; // now it is a complete choice of an identity
    const auto chosen = environment_credential({}, context(variables)).get_token(request());
    EXPECT_CODE(chosen, errc::credential_failed);
    for (const auto* got : {&alone, &chosen})
        EXPECT_THAT(got->error().detail(),
                    testing::AllOf(HasSubstr("AZURE_PASSWORD are not supported"), Not(HasSubstr("pw123"))));
    EXPECT_TRUE(http_->seen().empty());
}

TEST_F(environment_variables, that_entra_refuses_are_a_failure_and_stop_a_chain) {
    http_->will_answer(401, wrong_secret);
    const auto got = environment_credential(
                         {}, context({{"AZURE_TENANT_ID", "t"}, {"AZURE_CLIENT_ID", "c"}, {"AZURE_CLIENT_SECRET", "wrong-one"}}))
                         .get_token(request());
    EXPECT_CODE(got, errc::credential_failed);
    EXPECT_EQ(attempt_of(got).credential, "EnvironmentCredential");
}

class workload_identity : public credential_test {
protected:
    void SetUp() override { ASSERT_NE(mkdtemp(directory_.data()), nullptr); }
    void TearDown() override { std::filesystem::remove_all(directory_); }

    void write(const std::string& name, std::string_view content) const {
        std::ofstream(path(name), std::ios::binary) << content;
    }
    std::string path(const std::string& name) const { return directory_ + "/" + name; }
    environment variables(const std::string& file = "token") const {
        return {{"AZURE_TENANT_ID", "t"}, {"AZURE_CLIENT_ID", "c"}, {"AZURE_FEDERATED_TOKEN_FILE", path(file)}};
    }
    static std::string body_with(const std::string& assertion) {
        return "grant_type=client_credentials&client_id=c&scope=https%3A%2F%2Fredis.azure.com%2F.default"
               "&client_assertion_type=urn%3Aietf%3Aparams%3Aoauth%3Aclient-assertion-type%3Ajwt-bearer&client_assertion="
               + assertion;
    }

    std::string directory_ = "/tmp/entrada-identity-XXXXXX";
};

constexpr const char* stale = R"({"error":"invalid_client","error_description":"AADSTS700024: outside its valid time range."})";

TEST_F(workload_identity, exchanges_the_content_of_the_file_trimmed) {
    write("token", "\n header.payload.signature \r\n");
    http_->will_answer(200, good_answer);
    workload_identity_credential credential({}, context(variables()));
    EXPECT_TOKEN(credential.get_token(request()));
    const auto seen = http_->seen().front();
    EXPECT_EQ(seen.method, "POST");
    EXPECT_EQ(seen.url, "https://login.microsoftonline.com/t/oauth2/v2.0/token");
    EXPECT_EQ(seen.body, body_with("header.payload.signature"));
}

TEST_F(workload_identity, reads_the_file_again_for_each_request_through_links) {
    write("one", "first");
    write("two", "second");
    std::filesystem::create_symlink(path("one"), path("token"));
    http_->will_answer(200, good_answer).will_answer(200, good_answer);
    workload_identity_credential credential({}, context(variables()));
    EXPECT_TOKEN(credential.get_token(request()));
    std::filesystem::remove(path("token"));
    std::filesystem::create_symlink(path("two"), path("token"));
    EXPECT_TOKEN(credential.get_token(request()));
    EXPECT_EQ(http_->seen().at(0).body, body_with("first"));
    EXPECT_EQ(http_->seen().at(1).body, body_with("second"));
}

TEST_F(workload_identity, asks_once_more_if_a_stale_file_has_changed_meanwhile) {
    write("token", "old");
    http_->will([&](const net::http_request&) -> result<net::http_response> {
        write("token", "new");
        return net::http_response{401, {}, secret_string(stale)};
    });
    http_->will_answer(200, good_answer);
    EXPECT_TOKEN(workload_identity_credential({}, context(variables())).get_token(request()));
    EXPECT_EQ(http_->seen().at(1).body, body_with("new"));
}

TEST_F(workload_identity, does_not_repeat_a_stale_token_nor_ask_a_third_time) {
    write("token", "old");
    http_->will_answer(401, stale);
    workload_identity_credential credential({}, context(variables()));
    const auto same = credential.get_token(request());
    EXPECT_CODE(same, errc::credential_failed);
    EXPECT_EQ(attempt_of(same).aadsts, "AADSTS700024");
    EXPECT_EQ(http_->seen().size(), 1U);
    for (const char* next : {"second", "third"})
        http_->will([this, next](const net::http_request&) -> result<net::http_response> {
            write("token", next);
            return net::http_response{401, {}, secret_string(stale)};
        });
    EXPECT_CODE(credential.get_token(request()), errc::credential_failed);
    EXPECT_EQ(http_->seen().size(), 3U);
}

TEST_F(workload_identity, without_its_variables_is_unavailable) {
    const auto got = workload_identity_credential({}, context({{"AZURE_TENANT_ID", "t"}})).get_token(request());
    EXPECT_CODE(got, errc::credential_unavailable);
    EXPECT_EQ(attempt_of(got).reason, "AZURE_CLIENT_ID and AZURE_FEDERATED_TOKEN_FILE are not set");
}

TEST_F(workload_identity, options_win_over_variables) {
    write("other", "from-option");
    http_->will_answer(200, good_answer);
    workload_identity_credential credential(
        {.tenant_id = "t2", .client_id = "c2", .token_file = path("other"), .authority_host = "h2"}, context(variables()));
    EXPECT_TOKEN(credential.get_token(request()));
    EXPECT_EQ(http_->seen().front().url, "https://h2/t2/oauth2/v2.0/token");
    EXPECT_THAT(http_->seen().front().body, testing::AllOf(HasSubstr("client_id=c2&"), HasSubstr("=from-option")));
}

TEST_F(workload_identity, a_named_file_that_cannot_be_used_is_a_failure_with_its_path) {
    write("empty", " \n");
    write("large", std::string(64 * 1024 + 1, 'x'));
    std::filesystem::create_directory(path("directory"));
    ASSERT_EQ(mkfifo(path("pipe").c_str(), 0600), 0);
    for (const char* name : {"absent", "empty", "large", "directory", "pipe"}) {
        const auto got = workload_identity_credential({}, context(variables(name))).get_token(request());
        EXPECT_CODE(got, errc::credential_failed);
        EXPECT_THAT(got.error().detail(), HasSubstr(path(name)));
    }
    EXPECT_TRUE(http_->seen().empty());
}

TEST_F(workload_identity, takes_a_file_of_64_KiB) {
    write("token", std::string(64 * 1024, 'x'));
    http_->will_answer(200, good_answer);
    EXPECT_TOKEN(workload_identity_credential({}, context(variables())).get_token(request()));
}

class pipelines : public credential_test {
protected:
    environment variables_{{"SYSTEM_OIDCREQUESTURI", "https://dev.azure.example/org/_apis/oidctoken"},
                           {"SYSTEM_ACCESSTOKEN", "system-s3cret"},
                           {"AZURESUBSCRIPTION_TENANT_ID", "t"},
                           {"AZURESUBSCRIPTION_CLIENT_ID", "c"},
                           {"AZURESUBSCRIPTION_SERVICE_CONNECTION_ID", "connection 1"}};
    result<access_token> ask(azure_pipelines_options options = {}) {
        return azure_pipelines_credential(std::move(options), context(variables_)).get_token(request());
    }
};

TEST_F(pipelines, exchange_a_token_of_the_service_connection) {
    http_->will_answer(200, R"({"oidcToken":"oidc.of.pipeline"})").will_answer(200, good_answer);
    EXPECT_TOKEN(ask());
    const auto seen = http_->seen();
    ASSERT_EQ(seen.size(), 2U);
    EXPECT_EQ(seen[0].method, "POST");
    EXPECT_EQ(seen[0].url, "https://dev.azure.example/org/_apis/oidctoken?api-version=7.1&serviceConnectionId=connection%201");
    EXPECT_THAT(seen[0].headers, ElementsAre("Accept: application/json", "Authorization: Bearer system-s3cret",
                                             "Content-Type: application/json", "X-TFS-FedAuthRedirect: Suppress"));
    EXPECT_EQ(seen[0].body, "");
    EXPECT_TRUE(seen[0].use_proxy);
    EXPECT_EQ(seen[1].url, "https://login.microsoftonline.com/t/oauth2/v2.0/token");
    EXPECT_EQ(seen[1].body, "grant_type=client_credentials&client_id=c&scope=https%3A%2F%2Fredis.azure.com%2F.default"
                            "&client_assertion_type=urn%3Aietf%3Aparams%3Aoauth%3Aclient-assertion-type%3Ajwt-bearer"
                            "&client_assertion=oidc.of.pipeline");
}

TEST_F(pipelines, options_go_before_variables) {
    http_->will_answer(200, R"({"oidcToken":"o"})").will_answer(200, good_answer);
    EXPECT_TOKEN(
        ask({.tenant_id = "t2", .client_id = "c2", .service_connection_id = "s2", .system_access_token = secret_string("x")}));
    EXPECT_THAT(http_->seen().at(0).url, testing::EndsWith("serviceConnectionId=s2"));
    EXPECT_THAT(http_->seen().at(0).headers, testing::Contains("Authorization: Bearer x"));
    EXPECT_THAT(http_->seen().at(1).url, HasSubstr("/t2/"));
    EXPECT_THAT(http_->seen().at(1).body, HasSubstr("client_id=c2&"));
    variables_["SYSTEM_OIDCREQUESTURI"] = "https://localhost:1/oidc";
    (void)ask();
    EXPECT_FALSE(http_->seen().back().use_proxy);
}

TEST_F(pipelines, are_unavailable_elsewhere) {
    for (const auto& [name, value] : environment(variables_)) {
        variables_.erase(name);
        const auto got = ask();
        EXPECT_CODE(got, errc::credential_unavailable);
        EXPECT_EQ(attempt_of(got).reason, name + " is not set");
        variables_[name] = value;
    }
    variables_["SYSTEM_OIDCREQUESTURI"] = "http://dev.azure.example/";
    EXPECT_CODE(ask(), errc::credential_failed);
    EXPECT_TRUE(http_->seen().empty());
}

TEST_F(pipelines, that_refuse_are_told_with_the_number_for_their_support) {
    http_->will_answer(404, R"({"message":"no connection for system-s3cret"})", {{"x-vss-e2eid", "e2e-1"}});
    const auto refused = ask();
    EXPECT_CODE(refused, errc::credential_failed);
    EXPECT_THAT(refused.error().to_string(), testing::AllOf(HasSubstr("no connection for [secret] (x-vss-e2eid e2e-1)"),
                                                            Not(HasSubstr("s3cret")), HasSubstr("may use the connection")));
    for (const auto& [status, body] : {std::pair{302, ""}, std::pair{200, "<html>"}, std::pair{200, "{}"}}) {
        http_->will_answer(status, body);
        const auto got = ask();
        EXPECT_CODE(got, errc::credential_failed);
        EXPECT_EQ(attempt_of(got).http_status, status);
    }
    http_->will_fail(errc::resolve_failed);
    EXPECT_CODE(ask(), errc::credential_failed);
    EXPECT_TRUE(http_->script_done());
}

} // namespace
} // namespace entrada
