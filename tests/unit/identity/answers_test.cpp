// Room: identity.
#include "identity/answers.hpp"
#include "identity/expiry.hpp"
#include "identity/retry_after.hpp"
#include "support/tokens.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace entrada::identity {
namespace {

using namespace std::chrono_literals;
using std::chrono::seconds;
using std::chrono::system_clock;
using testing::HasSubstr;

constexpr system_clock::time_point now{seconds(1'700'000'000)};

constexpr system_clock::time_point at(long long epoch) { return system_clock::time_point(seconds(epoch)); }

struct expiry_case {
    const char* text;
    long long epoch; // 0: refused
};

class expires_on : public testing::TestWithParam<expiry_case> {};

TEST_P(expires_on, is_read_in_every_form_that_services_use) {
    const auto [text, epoch] = GetParam();
    const auto read = parse_expires_on(text, now);
    if (epoch == 0)
        EXPECT_FALSE(read) << text;
    else
        EXPECT_EQ(read, at(epoch)) << text;
}

INSTANTIATE_TEST_SUITE_P(
    forms, expires_on,
    testing::Values(
        expiry_case{"1700003600", 1'700'003'600}, expiry_case{" 1700003600 ", 1'700'003'600},
        expiry_case{"1700003600.75", 1'700'003'600}, expiry_case{"1.7000036e9", 1'700'003'600},
        expiry_case{"3599", 1'700'003'599}, // relative, as one SDK reads it
        expiry_case{"2023-11-14T23:13:20Z", 1'700'003'600}, expiry_case{"2023-11-14T23:13:20.1234567Z", 1'700'003'600},
        expiry_case{"2023-11-14T23:13:20.99999999999999999999Z", 1'700'003'600},
        expiry_case{"2023-11-14T23:13:20", 1'700'003'600}, expiry_case{"2023-11-15T00:13:20+01:00", 1'700'003'600},
        expiry_case{"2023-11-14T17:43:20-0530", 1'700'003'600}, expiry_case{"2023-11-14 23:13:20", 1'700'003'600},
        expiry_case{"2023-11-14 23:13:20.000000", 1'700'003'600}, expiry_case{"11/14/2023 23:13:20 +00:00", 1'700'003'600},
        expiry_case{"11/14/2023 11:13:20 PM +00:00", 1'700'003'600}, expiry_case{"1/2/2024 1:02:03 AM +00:00", 1'704'157'323},
        expiry_case{"1/2/2024 12:02:03 AM +00:00", 1'704'153'723}, expiry_case{"1/2/2024 12:02:03 PM +00:00", 1'704'196'923},
        expiry_case{"09/14/2017 00:00:00 PM +00:00", 1'505'347'200}));

INSTANTIATE_TEST_SUITE_P(nonsense, expires_on,
                         testing::Values(expiry_case{"", 0}, expiry_case{"never", 0}, expiry_case{"0", 0}, expiry_case{"-5", 0},
                                         expiry_case{"nan", 0}, expiry_case{"inf", 0}, expiry_case{"1e300", 0},
                                         expiry_case{"253402300799", 0}, expiry_case{"9999-12-31T23:59:59Z", 0},
                                         expiry_case{"2023-13-14T00:00:00Z", 0}, expiry_case{"2023-02-30T00:00:00Z", 0},
                                         expiry_case{"2023-11-14", 0}, expiry_case{"2023-11-14T25:00:00Z", 0},
                                         expiry_case{"2023-11-14T23:13:20Z tail", 0},
                                         expiry_case{"14/11/2023 23:13:20 +00:00", 0}, expiry_case{"11/14/2023", 0},
                                         expiry_case{"2023-11-14T23:13:20+0", 0}, expiry_case{"1970-01-01T00:00:00+01:00", 0}));

TEST(life, is_read_as_number_or_text_and_an_empty_text_is_absent) {
    EXPECT_EQ(parse_life("3599"), 3599s);
    EXPECT_EQ(parse_life(" 86399 "), 86399s);
    EXPECT_EQ(parse_life("59.9"), 59s);
    for (const char* text : {"", " ", "0", "-1", "0.5", "soon", "1e12", "inf"}) EXPECT_FALSE(parse_life(text)) << text;
}

access_token token_of(std::string_view body) {
    auto read = read_token_answer(body, now);
    if (const auto* problem = std::get_if<std::string>(&read)) ADD_FAILURE() << *problem;
    return std::holds_alternative<access_token>(read) ? std::get<access_token>(read) : access_token{};
}

std::string problem_of(std::string_view body) {
    const auto read = read_token_answer(body, now);
    const auto* problem = std::get_if<std::string>(&read);
    return problem == nullptr ? "a token" : *problem;
}

TEST(token_answer, of_entra_has_numbers) {
    const auto token =
        token_of(R"({"token_type":"Bearer","expires_in":3599,"ext_expires_in":3599,"refresh_in":1800,"access_token":"t"})");
    EXPECT_EQ(token.token.reveal(), "t");
    EXPECT_EQ(token.expires_on, now + 3599s);
    EXPECT_EQ(token.refresh_on, now + 1800s);
}

TEST(token_answer, of_a_virtual_machine_has_texts) {
    const auto token = token_of(R"({"access_token":"t","refresh_token":"","expires_in":"86399","expires_on":"1","not_before":"1",
        "resource":"https://redis.azure.com","token_type":"Bearer"})");
    EXPECT_EQ(token.expires_on, now + 86399s);
    EXPECT_FALSE(token.refresh_on);
}

TEST(token_answer, without_expires_in_has_expires_on_as_text_or_number) {
    EXPECT_EQ(token_of(R"({"access_token":"t","expires_on":"1700003600"})").expires_on, at(1'700'003'600));
    EXPECT_EQ(token_of(R"({"access_token":"t","expires_on":1700003600})").expires_on, at(1'700'003'600));
    EXPECT_EQ(token_of(R"({"access_token":"t","expires_in":"","expires_on":"11/14/2023 23:13:20 +00:00"})").expires_on,
              at(1'700'003'600));
}

TEST(token_answer, that_says_no_end_falls_back_to_the_token) {
    const auto token = test::make_token(R"({"exp":1700003600})");
    EXPECT_EQ(token_of(R"({"access_token":")" + token + R"("})").expires_on, at(1'700'003'600));
}

TEST(token_answer, is_never_valid_for_ever) {
    EXPECT_THAT(problem_of(R"({"access_token":"opaque"})"), HasSubstr("when the token ends"));
    EXPECT_THAT(problem_of(R"({"access_token":"opaque","expires_in":"soon","expires_on":true})"),
                HasSubstr("when the token ends"));
    EXPECT_THAT(problem_of(R"({"access_token":"opaque","expires_on":"1699999999"})"), HasSubstr("clock"));
}

TEST(token_answer, without_a_token_is_a_problem) {
    EXPECT_THAT(problem_of(""), HasSubstr("not JSON"));
    EXPECT_THAT(problem_of("<html>Sign in</html>"), HasSubstr("not JSON"));
    EXPECT_THAT(problem_of("[]"), HasSubstr("not JSON"));
    EXPECT_THAT(problem_of("{}"), HasSubstr("no access_token"));
    EXPECT_THAT(problem_of(R"({"access_token":"","expires_in":5})"), HasSubstr("no access_token"));
    EXPECT_THAT(problem_of(R"({"access_token":7,"expires_in":5})"), HasSubstr("no access_token"));
    EXPECT_THAT(problem_of(R"({"expires_in":5,"access_token":")" + std::string(65537, 'x') + "\"}"), HasSubstr("64 KiB"));
}

TEST(token_answer, refresh_after_the_end_is_not_believed) {
    EXPECT_FALSE(token_of(R"({"access_token":"t","expires_in":100,"refresh_in":100})").refresh_on);
    EXPECT_FALSE(token_of(R"({"access_token":"t","expires_in":100,"refresh_in":""})").refresh_on);
}

TEST(error_answer, of_entra_gives_code_sentence_and_correlation_id) {
    const auto read = read_error_answer(
        R"({"error":"invalid_client","error_description":"AADSTS7000215: Invalid client secret provided.\r\nTrace ID: 1\r\nCorrelation ID: c-1","error_codes":[7000215],"correlation_id":"c-1","trace_id":"1"})");
    EXPECT_TRUE(read.is_json);
    EXPECT_EQ(read.aadsts, "AADSTS7000215");
    EXPECT_EQ(read.correlation_id, "c-1");
    EXPECT_EQ(read.to_string(), "invalid_client: AADSTS7000215: Invalid client secret provided.");
    EXPECT_FALSE(hint_for_aadsts(read.aadsts).empty());
}

TEST(error_answer, takes_the_code_from_error_codes_if_the_text_has_none) {
    EXPECT_EQ(read_error_answer(R"({"error":"x","error_description":"no","error_codes":[700024]})").aadsts, "AADSTS700024");
}

TEST(error_answer, of_app_service_and_of_the_nested_kind) {
    const auto app = read_error_answer(R"({"statusCode":400,"message":"No Managed Identity found","correlationId":"c-2"})");
    EXPECT_EQ(app.to_string(), "No Managed Identity found");
    EXPECT_EQ(app.correlation_id, "c-2");
    const auto nested =
        read_error_answer(R"({"error":{"correlationId":"c-3","code":"ManagedIdentityNotFound","message":"not found"}})");
    EXPECT_EQ(nested.to_string(), "ManagedIdentityNotFound: not found");
    EXPECT_EQ(nested.correlation_id, "c-3");
}

TEST(error_answer, is_escaped_and_cut) {
    const auto read = read_error_answer(R"({"error":"e\u001b[31m","error_description":")" + std::string(1000, 'x') + "\"}");
    EXPECT_EQ(read.to_string().find('\x1b'), std::string::npos);
    EXPECT_LT(read.to_string().size(), 400U);
}

TEST(error_answer, of_a_web_page_is_not_json) {
    EXPECT_FALSE(read_error_answer("<html></html>").is_json);
    EXPECT_EQ(read_error_answer("").to_string(), "");
}

net::http_response with(std::string name, std::string value) {
    net::http_response response;
    response.headers.push_back({std::move(name), std::move(value)});
    return response;
}

TEST(retry_after, is_read_in_seconds_milliseconds_and_as_a_date) {
    EXPECT_EQ(retry_after_of(with("Retry-After", "7"), now), 7000ms);
    EXPECT_EQ(retry_after_of(with("retry-after-ms", "250"), now), 250ms);
    EXPECT_EQ(retry_after_of(with("x-ms-retry-after-ms", "1"), now), 1ms);
    EXPECT_EQ(retry_after_of(with("Retry-After", "Tue, 14 Nov 2023 22:13:50 GMT"), now), 30s);
}

TEST(retry_after, is_never_negative_and_at_most_a_day) {
    EXPECT_EQ(retry_after_of(with("Retry-After", "Tue, 14 Nov 2023 22:13:00 GMT"), now), 0ms);
    EXPECT_EQ(retry_after_of(with("Retry-After", "999999999999"), now), 24h);
    EXPECT_EQ(retry_after_of(with("Retry-After", "Tue, 31 Dec 2199 23:59:59 GMT"), now), 24h);
}

TEST(retry_after, that_cannot_be_read_is_absent) {
    for (const char* text : {"", "-1", "soon", "7 seconds", "99999999999999999999", "Tue, 45 Nov 2023 22:13:50 GMT",
                             "14 Nov 2023", "Tue, 14 Nov 2023 25:13:50 GMT", "Tue, 270 Nov 2023 22:13:50 GMT",
                             "Fri, 31 Dec 9999 23:59:59 GMT", "Tue, 13 Nov 1192 22:13:50 GMT"})
        EXPECT_FALSE(retry_after_of(with("Retry-After", text), now)) << text;
    EXPECT_FALSE(retry_after_of({}, now));
}

TEST(http_date, has_three_forms) {
    const auto moment = at(784'111'777);
    EXPECT_EQ(parse_http_date("Sun, 06 Nov 1994 08:49:37 GMT"), moment);
    EXPECT_EQ(parse_http_date("Sunday, 06-Nov-94 08:49:37 GMT"), moment);
    EXPECT_EQ(parse_http_date("Sun Nov  6 08:49:37 1994"), moment);
}

} // namespace
} // namespace entrada::identity
