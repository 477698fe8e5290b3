// Room: identity. Managed identities: the metadata service and App Service.
#include "entrada/managed_identity_credential.hpp"
#include "identity/inquiry.hpp"
#include "unit/identity/credential_fixture.hpp"

#include <algorithm>
#include <future>

namespace entrada {
namespace {

using namespace test;
using outcome = credential_attempt::outcome;
using std::chrono::milliseconds;

constexpr const char* token_url =
    "http://169.254.169.254/metadata/identity/oauth2/token?api-version=2018-02-01&resource=https%3A%2F%2Fredis.azure.com";
constexpr const char* probe_url = "http://169.254.169.254/metadata/identity/oauth2/token";
constexpr const char* refused_probe =
    R"({"error":"invalid_request","error_description":"Required metadata header not specified"})";
constexpr const char* no_identity = R"({"error":"invalid_request","error_description":"Identity not found"})";
constexpr const char* imds_answer =
    R"({"access_token":"the-token","refresh_token":"","expires_in":"86399","expires_on":"1700086399","not_before":"1","resource":"https://redis.azure.com","token_type":"Bearer"})";
constexpr const char* busy = R"({"error":"busy","error_description":"try later"})";

using imds = credential_test;

TEST_F(imds, is_asked_with_the_metadata_header_and_no_proxy) {
    http_->will_answer(200, imds_answer);
    managed_identity_credential credential({}, context());
    const auto got = credential.get_token(request());
    EXPECT_TOKEN(got);
    EXPECT_EQ(got->expires_on, clock_->wall() + 86399s);
    const auto seen = http_->seen().front();
    EXPECT_EQ(seen.method, "GET");
    EXPECT_EQ(seen.url, token_url);
    EXPECT_THAT(seen.headers, ElementsAre("Accept: application/json", "Metadata: true"));
    EXPECT_EQ(seen.body, "");
    EXPECT_FALSE(seen.use_proxy);
    EXPECT_EQ(seen.time, 15s);
}

TEST_F(imds, is_told_which_identity_is_meant) {
    const std::pair<managed_identity_options, std::string> cases[] = {
        {{.client_id = "c 1", .object_id = {}, .resource_id = {}}, "&client_id=c%201"},
        {{.client_id = {}, .object_id = "o-1", .resource_id = {}}, "&object_id=o-1"},
        {{.client_id = {}, .object_id = {}, .resource_id = "/sub/x"}, "&msi_res_id=%2Fsub%2Fx"}};
    for (const auto& [options, parameter] : cases) {
        http_->will_answer(200, imds_answer);
        EXPECT_TOKEN(managed_identity_credential(options, context()).get_token(request()));
        EXPECT_EQ(http_->seen().back().url, token_url + parameter);
    }
}

TEST_F(imds, may_live_elsewhere) {
    for (const char* host : {"http://127.0.0.1:4444", "http://127.0.0.1:4444/", "127.0.0.1:4444"}) {
        http_->will_answer(200, imds_answer);
        EXPECT_TOKEN(
            managed_identity_credential({}, context({{"AZURE_POD_IDENTITY_AUTHORITY_HOST", host}})).get_token(request()));
        EXPECT_THAT(http_->seen().back().url, testing::StartsWith("http://127.0.0.1:4444/metadata/identity/oauth2/token?"));
    }
}

TEST_F(imds, an_identity_named_twice_is_a_failure_and_nothing_is_sent) {
    const auto got =
        managed_identity_credential({.client_id = "c", .object_id = "o", .resource_id = {}}, context()).get_token(request());
    EXPECT_CODE(got, errc::credential_failed);
    EXPECT_TRUE(http_->seen().empty());
}

TEST_F(imds, a_probe_is_bare_and_short_and_happens_once) {
    http_->will_answer(400, refused_probe).will_answer(200, imds_answer).will_answer(200, imds_answer);
    managed_identity_credential credential({.client_id = {}, .object_id = {}, .resource_id = {}, .probe = true}, context());
    EXPECT_TOKEN(credential.get_token(request()));
    EXPECT_TOKEN(credential.get_token(request()));
    const auto seen = http_->seen();
    ASSERT_EQ(seen.size(), 3U);
    EXPECT_EQ(seen[0].method, "GET");
    EXPECT_EQ(seen[0].url, probe_url);
    EXPECT_TRUE(seen[0].headers.empty());
    EXPECT_FALSE(seen[0].use_proxy);
    EXPECT_EQ(seen[0].time, 1000ms);
    EXPECT_EQ(seen[1].url, token_url);
    EXPECT_EQ(seen[2].url, token_url);
}

class imds_absent : public credential_test, public testing::WithParamInterface<int> {};

TEST_F(credential_test, imds_that_does_not_answer_a_probe_is_believed_absent_for_ten_seconds) {
    managed_identity_credential credential({.client_id = {}, .object_id = {}, .resource_id = {}, .probe = true}, context());
    http_->will_hang();
    const auto got = credential.get_token(request());
    EXPECT_CODE(got, errc::credential_unavailable);
    EXPECT_EQ(attempt_of(got).elapsed, 1000ms);
    EXPECT_CODE(credential.get_token(request()), errc::credential_unavailable);
    EXPECT_EQ(http_->seen().size(), 1U);
    clock_->advance(10s);
    http_->will_answer(400, refused_probe).will_answer(200, imds_answer);
    EXPECT_TOKEN(credential.get_token(request()));
}

TEST_F(credential_test, imds_that_refuses_the_connection_is_told_with_one_time) {
    http_->will_fail(errc::connect_failed, "GET http://169.254.169.254/x: no route (after 3 ms)");
    const auto got = managed_identity_credential({.probe = true}, context()).get_token(request());
    EXPECT_EQ(attempt_of(got).reason,
              "no metadata service here: connection refused or unreachable: GET http://169.254.169.254/x: no route");
}

TEST_F(credential_test, imds_probe_goes_on_when_its_caller_leaves_and_serves_the_next) {
    std::promise<void> asked;
    std::promise<void> answer;
    http_->will([&](const net::http_request&) -> result<net::http_response> {
        asked.set_value();
        answer.get_future().wait();
        return net::http_response{400, {}, secret_string(refused_probe)};
    });
    http_->will_answer(200, imds_answer);
    managed_identity_credential credential({.client_id = {}, .object_id = {}, .resource_id = {}, .probe = true}, context());
    std::stop_source source;
    auto stopped = std::async(std::launch::async, [&] { return credential.get_token(request(15s, source.get_token())); });
    asked.get_future().wait();
    source.request_stop();
    EXPECT_CODE(stopped.get(), errc::cancelled); // although nothing has answered
    answer.set_value();
    EXPECT_TOKEN(credential.get_token(request()));
    EXPECT_EQ(http_->seen().size(), 2U);
}

TEST_F(credential_test, imds_probe_does_not_keep_its_caller_beyond_the_deadline) {
    http_->will_hang();
    managed_identity_credential credential({.client_id = {}, .object_id = {}, .resource_id = {}, .probe = true}, context());
    EXPECT_CODE(credential.get_token(request(300ms)), errc::timeout);
    EXPECT_CODE(credential.get_token(request()), errc::credential_unavailable); // known by now
    EXPECT_EQ(http_->seen().size(), 1U);
}

TEST_F(credential_test, imds_presence_is_found_once_for_all_credentials_that_share_a_world) {
    http_->will_answer(400, refused_probe).will_answer(200, imds_answer).will_answer(200, imds_answer);
    const auto world = identity::with_defaults(context());
    for (const char* client_id : {"one", "two"})
        EXPECT_TOKEN(
            managed_identity_credential({.client_id = client_id, .object_id = {}, .resource_id = {}, .probe = true}, world)
                .get_token(request()));
    EXPECT_EQ(http_->seen().size(), 3U);
}

TEST_F(credential_test, imds_is_probed_once_for_many_first_callers) {
    for (int i = 0; i < 33; ++i) http_->will_answer(i == 0 ? 400 : 200, i == 0 ? refused_probe : imds_answer);
    managed_identity_credential credential({.client_id = {}, .object_id = {}, .resource_id = {}, .probe = true}, context());
    std::vector<std::future<result<access_token>>> callers;
    for (int i = 0; i < 32; ++i)
        callers.push_back(std::async(std::launch::async, [&] { return credential.get_token(request()); }));
    for (auto& one : callers) EXPECT_TOKEN(one.get());
    const auto seen = http_->seen();
    EXPECT_EQ(std::ranges::count(seen, std::string(probe_url), &seen_request::url), 1);
}

TEST_P(imds_absent, if_something_else_answers_the_probe) {
    http_->will_answer(GetParam(), "connecting to 169.254.169.254:80: network is unreachable");
    managed_identity_credential credential({.client_id = {}, .object_id = {}, .resource_id = {}, .probe = true}, context());
    EXPECT_CODE(credential.get_token(request()), errc::credential_unavailable);
    EXPECT_EQ(http_->seen().size(), 1U);
}

INSTANTIATE_TEST_SUITE_P(status, imds_absent, testing::Values(403, 502, 504));

TEST_F(imds, any_other_answer_to_the_probe_means_it_is_there) {
    for (const int status : {200, 400, 403, 404, 405, 429, 500}) {
        http_->will_answer(status, "whatever").will_answer(200, imds_answer);
        managed_identity_credential credential({.client_id = {}, .object_id = {}, .resource_id = {}, .probe = true}, context());
        EXPECT_TOKEN(credential.get_token(request()));
    }
}

struct refusal_case {
    int status;
    const char* body;
    bool identity_named;
    errc code;
};

class imds_refusal : public credential_test, public testing::WithParamInterface<refusal_case> {};

TEST_P(imds_refusal, has_the_class_that_decides_whether_a_chain_goes_on) {
    const auto [status, body, identity_named, code] = GetParam();
    for (int i = 0; i < 6; ++i) http_->will_answer(status, body);
    const auto got =
        managed_identity_credential({.client_id = identity_named ? "c" : "", .object_id = {}, .resource_id = {}}, context())
            .get_token(request(200s));
    EXPECT_CODE(got, code);
    EXPECT_EQ(attempt_of(got).http_status, status);
    EXPECT_EQ(attempt_of(got).what, code == errc::credential_unavailable ? outcome::unavailable : outcome::failed);
}

INSTANTIATE_TEST_SUITE_P(
    table, imds_refusal,
    testing::Values(
        refusal_case{400, no_identity, false, errc::credential_unavailable},
        refusal_case{400, no_identity, true, errc::credential_failed},
        refusal_case{400, R"({"error":"invalid_resource","error_description":"AADSTS500011: x"})", false,
                     errc::credential_failed},
        refusal_case{403, R"({"error":"x","error_description":"network is UNREACHABLE"})", false, errc::credential_unavailable},
        refusal_case{403, R"({"error":"forbidden"})", false, errc::credential_failed},
        refusal_case{502, busy, false, errc::credential_unavailable},
        refusal_case{504, busy, false, errc::credential_unavailable}, refusal_case{500, busy, false, errc::credential_failed},
        refusal_case{410, busy, false, errc::credential_failed}, refusal_case{429, busy, false, errc::credential_failed},
        refusal_case{404, busy, false, errc::credential_failed}, refusal_case{405, busy, false, errc::credential_failed},
        refusal_case{200, "<html>Sign in to the Wi-Fi</html>", false, errc::credential_unavailable},
        refusal_case{403, "nginx", false, errc::credential_unavailable},
        refusal_case{200, R"({"token_type":"Bearer"})", false, errc::credential_failed}));

TEST_F(imds, several_identities_are_told_with_the_variable_that_chooses) {
    http_->will_answer(
        400, R"({"error":"invalid_request","error_description":"Multiple user assigned identities exist, please specify"})");
    const auto got = managed_identity_credential({}, context()).get_token(request());
    EXPECT_CODE(got, errc::credential_failed);
    EXPECT_THAT(attempt_of(got).hint, HasSubstr("AZURE_CLIENT_ID"));
}

TEST_F(imds, that_cannot_be_reached_is_unavailable) {
    for (const auto code : {errc::connect_failed, errc::connection_lost, errc::resolve_failed}) {
        http_->will_fail(code);
        EXPECT_CODE(managed_identity_credential({}, context()).get_token(request()), errc::credential_unavailable);
    }
    http_->will_hang();
    EXPECT_CODE(managed_identity_credential({}, context()).get_token(request(2s)), errc::timeout);
}

class imds_retry : public credential_test {
protected:
    void will_be(int status, int times) {
        for (int i = 0; i < times; ++i) http_->will_answer(status, busy);
    }
    result<access_token> ask(milliseconds time) { return managed_identity_credential({}, context()).get_token(request(time)); }
};

TEST_F(imds_retry, pauses_double_from_800_ms_for_errors_that_pass) {
    for (const int status : {404, 429, 500, 503}) {
        const auto before = clock_->waits().size();
        will_be(status, 5);
        http_->will_answer(200, imds_answer);
        EXPECT_TOKEN(ask(60s));
        auto waits = clock_->waits();
        waits.erase(waits.begin(), waits.begin() + static_cast<std::ptrdiff_t>(before));
        EXPECT_THAT(waits, ElementsAre(800ms, 1600ms, 3200ms, 6400ms, 12800ms)) << status;
    }
}

TEST_F(imds_retry, outlasts_the_update_of_the_service_that_410_announces) {
    will_be(410, 5);
    http_->will_answer(200, imds_answer);
    EXPECT_TOKEN(ask(120s));
    EXPECT_THAT(clock_->waits(), ElementsAre(3s, 6s, 12s, 24s, 35s)); // 80 s together, where 70 are announced
}

TEST_F(imds_retry, ends_after_five) {
    will_be(500, 7);
    EXPECT_CODE(ask(200s), errc::credential_failed);
    EXPECT_EQ(http_->seen().size(), 6U);
}

TEST_F(imds_retry, tells_the_last_answer_instead_of_waiting_into_the_deadline) {
    will_be(500, 7);
    const auto begin = clock_->steady();
    const auto got = ask(5s);
    EXPECT_CODE(got, errc::credential_failed);
    EXPECT_EQ(attempt_of(got).http_status, 500);
    EXPECT_THAT(clock_->waits(), ElementsAre(800ms, 1600ms));
    EXPECT_LT(clock_->steady() - begin, 5s);
}

TEST_F(imds_retry, waits_for_a_retry_after_in_seconds_or_as_a_date) {
    http_->will_answer(429, busy, {{"Retry-After", "4"}});
    http_->will_answer(429, busy, {{"Retry-After", "Tue, 14 Nov 2023 22:13:31 GMT"}}); // 7 s after the first wait
    http_->will_answer(200, imds_answer);
    EXPECT_TOKEN(ask(60s));
    EXPECT_THAT(clock_->waits(), ElementsAre(4s, 7s));
}

TEST_F(imds_retry, leaves_a_long_retry_after_to_the_caller) {
    http_->will_answer(429, busy, {{"Retry-After", "90"}});
    const auto got = ask(300s);
    EXPECT_CODE(got, errc::credential_failed);
    EXPECT_EQ(attempt_of(got).retry_after, 90s);
    http_->will_answer(429, busy, {{"Retry-After", "20"}});
    EXPECT_EQ(attempt_of(ask(15s)).retry_after, 20s);
    EXPECT_TRUE(clock_->waits().empty());
}

TEST_F(imds_retry, pauses_no_longer_than_the_caller_allows) {
    will_be(500, 5);
    http_->will_answer(200, imds_answer);
    auto asked = request(60s);
    asked.pause_max = 1s;
    EXPECT_TOKEN(managed_identity_credential({}, context()).get_token(asked));
    EXPECT_THAT(clock_->waits(), ElementsAre(800ms, 1s, 1s, 1s, 1s));
}

TEST_F(imds_retry, asks_once_if_the_caller_repeats_by_itself) {
    for (int i = 0; i < 2; ++i) http_->will_answer(429, busy, {{"Retry-After", "4"}});
    auto asked = request(60s);
    asked.pause_max = 0s;
    const auto got = managed_identity_credential({}, context()).get_token(asked);
    EXPECT_EQ(attempt_of(got).retry_after, 4s);
    EXPECT_EQ(http_->seen().size(), 1U);
}

TEST_F(imds_retry, never_repeats_what_is_final) {
    for (const int status : {400, 401, 403, 405}) {
        will_be(status, 1);
        EXPECT_CODE(ask(60s), errc::credential_failed);
    }
    EXPECT_EQ(http_->seen().size(), 4U);
}

class app_service : public credential_test {
protected:
    environment variables_{{"IDENTITY_ENDPOINT", "http://localhost:4141/MSI/token"}, {"IDENTITY_HEADER", "header-secret"}};
    const std::string url_ = "http://localhost:4141/MSI/token?api-version=2019-08-01&resource=https%3A%2F%2Fredis.azure.com";
};

TEST_F(app_service, is_asked_with_the_header_of_the_environment_and_no_proxy) {
    http_->will_answer(
        200, R"({"access_token":"the-token","expires_on":"1700003600","resource":"r","token_type":"Bearer","client_id":"c"})");
    const auto got = managed_identity_credential({}, context(variables_)).get_token(request());
    EXPECT_TOKEN(got);
    EXPECT_EQ(got->expires_on, clock_->wall() + 3600s);
    const auto seen = http_->seen().front();
    EXPECT_EQ(seen.method, "GET");
    EXPECT_EQ(seen.url, url_);
    EXPECT_THAT(seen.headers, ElementsAre("Accept: application/json", "X-IDENTITY-HEADER: header-secret"));
    EXPECT_FALSE(seen.use_proxy);
    EXPECT_TRUE(log_lines_.empty());
}

TEST_F(app_service, is_told_which_identity_is_meant) {
    const std::pair<managed_identity_options, std::string> cases[] = {
        {{.client_id = "c", .object_id = {}, .resource_id = {}}, "&client_id=c"},
        {{.client_id = {}, .object_id = "o", .resource_id = {}}, "&object_id=o"},
        {{.client_id = {}, .object_id = {}, .resource_id = "/x"}, "&mi_res_id=%2Fx"}};
    for (const auto& [options, parameter] : cases) {
        http_->will_answer(200, good_answer);
        EXPECT_TOKEN(managed_identity_credential(options, context(variables_)).get_token(request()));
        EXPECT_EQ(http_->seen().back().url, url_ + parameter);
    }
}

TEST_F(app_service, needs_no_probe) {
    http_->will_answer(200, good_answer);
    managed_identity_credential credential({.client_id = {}, .object_id = {}, .resource_id = {}, .probe = true},
                                           context(variables_));
    EXPECT_TOKEN(credential.get_token(request()));
    EXPECT_EQ(http_->seen().size(), 1U);
}

TEST_F(app_service, keeps_a_query_of_its_endpoint) {
    variables_["IDENTITY_ENDPOINT"] = "http://localhost:1/x?a=b";
    http_->will_answer(200, good_answer);
    EXPECT_TOKEN(managed_identity_credential({}, context(variables_)).get_token(request()));
    EXPECT_THAT(http_->seen().front().url, testing::StartsWith("http://localhost:1/x?a=b&api-version="));
}

TEST_F(app_service, configured_but_refusing_or_unreachable_is_a_failure) {
    http_->will_answer(400, R"({"statusCode":400,"message":"No Managed Identity found: header-secret","correlationId":"c-9"})");
    const auto refused = managed_identity_credential({}, context(variables_)).get_token(request());
    EXPECT_CODE(refused, errc::credential_failed);
    EXPECT_EQ(attempt_of(refused).correlation_id, "c-9");
    EXPECT_THAT(attempt_of(refused).hint, HasSubstr("system-assigned"));
    EXPECT_THAT(refused.error().to_string(), Not(HasSubstr("header-secret")));
    http_->will_fail(errc::connect_failed);
    EXPECT_CODE(managed_identity_credential({}, context(variables_)).get_token(request()), errc::credential_failed);
    http_->will_answer(200, "<html>");
    EXPECT_CODE(managed_identity_credential({}, context(variables_)).get_token(request()), errc::credential_failed);
}

TEST_F(app_service, is_asked_again_each_second_three_times) {
    for (int i = 0; i < 4; ++i) http_->will_answer(503, busy);
    EXPECT_CODE(managed_identity_credential({}, context(variables_)).get_token(request()), errc::credential_failed);
    EXPECT_THAT(clock_->waits(), ElementsAre(1s, 1s, 1s));
}

TEST_F(app_service, on_another_machine_is_worth_one_warning) {
    variables_["IDENTITY_ENDPOINT"] = "http://10.1.2.3/token";
    http_->will_answer(200, good_answer).will_answer(200, good_answer);
    managed_identity_credential credential({}, context(variables_));
    EXPECT_TOKEN(credential.get_token(request()));
    EXPECT_TOKEN(credential.get_token(request()));
    EXPECT_THAT(log_lines_, ElementsAre(testing::AllOf(HasSubstr("10.1.2.3"), Not(HasSubstr("header-secret")))));
}

TEST_F(app_service, an_endpoint_that_is_no_url_is_a_failure) {
    for (const char* endpoint : {"localhost:4141", "ftp://x", "http://"}) {
        variables_["IDENTITY_ENDPOINT"] = endpoint;
        EXPECT_CODE(managed_identity_credential({}, context(variables_)).get_token(request()), errc::credential_failed);
    }
    EXPECT_TRUE(http_->seen().empty());
}

} // namespace
} // namespace entrada
