#include "emulator/authority_endpoint.hpp"
#include "emulator/token_sources.hpp"

#include <boost/json/array.hpp>
#include <boost/json/parse.hpp>
#include <gtest/gtest.h>

namespace entrada::emulator {
namespace {

using namespace std::chrono_literals;
namespace json = boost::json;

const std::string app_service = "/msi/token?api-version=2019-08-01&resource=https://redis.azure.com";
const std::string imds = "/metadata/identity/oauth2/token/?api-version=2018-02-01&resource=https%3A%2F%2Fredis.azure.com";
const std::string tenant(tenant_id);

json::object body_of(const http_response& answer) { return json::parse(answer.body).as_object(); }
std::string text_of(const json::object& body, std::string_view name) {
    return std::string(std::string_view(body.at(name).as_string()));
}

const signing_key& key() {
    static const signing_key made = signing_key::create().value();
    return made;
}

class endpoints : public testing::Test {
protected:
    wall_time now = wall_time(1'800'000'000s);
    const identity system = make_identity(identity_kind::system_assigned);
    const identity application = make_identity(identity_kind::service_principal);
    const std::vector<identity_kind> kinds{identity_kind::service_principal, identity_kind::workload};
    token_authority authority{key(), {.lifetime = 5s, .identities = make_identities(kinds), .now = [this] { return now; }}};
    fault_board faults;
    token_sources sources{authority, faults, {secret_string("the-header"), {}, {}}};
    authority_endpoint entra{authority, faults, {"https://localhost:4433", secret_string("the-secret"), kinds, {}}};

    static http_request make(std::string_view method, std::string_view target, http_fields headers = {}, std::string body = {}) {
        http_request request = http_request::from_target(method, target).value();
        request.headers = std::move(headers);
        request.body = std::move(body);
        return request;
    }
    http_response ask(source_kind kind, const http_request& request) { return sources.answer(token_source_of(kind), request); }
    http_response ask_app_service(std::string_view target, std::string header = "the-header") {
        return ask(source_kind::app_service, make("GET", target, {{"X-IDENTITY-HEADER", std::move(header)}}));
    }
    http_response ask_imds(std::string_view target, std::string_view method = "GET") {
        return ask(source_kind::imds, make(method, target, {{"metadata", "True"}}));
    }
    http_response post_token(std::string body) {
        return entra.answer(make("POST", "/" + tenant + "/oauth2/v2.0/token", {}, std::move(body)));
    }
    std::string form(std::string_view credential) {
        return "client_id=" + application.client_id
               + "&scope=https%3A%2F%2Fredis.azure.com%2F.default&grant_type=client_credentials&" + std::string(credential);
    }
    std::string assertion_form(std::string_view assertion) {
        return form("client_assertion_type=urn%3Aietf%3Aparams%3Aoauth%3Aclient-assertion-type%3Ajwt-bearer&client_assertion="
                    + std::string(assertion));
    }
    int entra_code(const http_response& answer) { return body_of(answer).at("error_codes").at(0).to_number<int>(); }
    void expect_opens(const json::object& body, const identity& who) {
        EXPECT_EQ(authority.check(who.object_id, text_of(body, "access_token")).fault, token_fault::none);
    }
};

TEST_F(endpoints, app_service_hands_out_a_token_in_its_own_form) {
    const auto answer = ask_app_service(app_service);
    ASSERT_EQ(answer.status, 200U) << answer.body;
    const auto body = body_of(answer);
    expect_opens(body, system);
    EXPECT_EQ(text_of(body, "expires_on"), "1800000005");
    EXPECT_EQ(text_of(body, "token_type"), "Bearer");
    EXPECT_EQ(text_of(body, "resource"), "https://redis.azure.com");
    EXPECT_EQ(text_of(body, "client_id"), system.client_id);
    EXPECT_FALSE(body.contains("expires_in"));
}

TEST_F(endpoints, app_service_refuses_with_its_own_errors) {
    EXPECT_EQ(ask_app_service(app_service, "wrong").status, 401U);
    EXPECT_EQ(ask_app_service(app_service, "").status, 401U);
    EXPECT_EQ(ask_app_service("/msi/token?resource=https://redis.azure.com").status, 400U);
    EXPECT_EQ(ask_app_service("/msi/token?api-version=2017-09-01&resource=https://redis.azure.com").status, 400U);
    EXPECT_EQ(ask_app_service("/msi/token?api-version=2019-08-01").status, 400U);
    EXPECT_EQ(ask_app_service(app_service + "&client_id=somebody").status, 400U);
    EXPECT_EQ(ask(source_kind::app_service, make("POST", app_service, {{"X-IDENTITY-HEADER", "the-header"}})).status, 405U);
    const auto body = body_of(ask_app_service("/msi/token?api-version=2019-08-01&resource=https://vault.azure.net"));
    EXPECT_EQ(body.at("statusCode").to_number<int>(), 400);
    EXPECT_NE(text_of(body, "message").find("AADSTS500011"), std::string::npos);
    EXPECT_TRUE(body.contains("correlationId"));
}

TEST_F(endpoints, imds_hands_out_a_token_with_text_for_numbers) {
    const auto answer = ask_imds(imds);
    ASSERT_EQ(answer.status, 200U) << answer.body;
    const auto body = body_of(answer);
    expect_opens(body, system);
    EXPECT_EQ(text_of(body, "expires_in"), "5");
    EXPECT_EQ(text_of(body, "expires_on"), "1800000005");
    EXPECT_EQ(text_of(body, "not_before"), "1800000000");
    for (const auto& [name, value] : body) EXPECT_TRUE(value.is_string()) << std::string_view(name);
}

TEST_F(endpoints, imds_insists_on_its_rules) {
    EXPECT_EQ(ask(source_kind::imds, make("GET", imds)).status, 400U) << "no Metadata header";
    EXPECT_EQ(ask_imds(imds, "POST").status, 405U);
    EXPECT_EQ(ask(source_kind::imds, make("GET", imds, {{"Metadata", "true"}, {"X-Forwarded-For", "10.0.0.1"}})).status, 400U);
    EXPECT_EQ(ask_imds(imds + "&resource=https://redis.azure.com").status, 400U) << "a key given twice";
    EXPECT_EQ(ask_imds("/metadata/identity/oauth2/token?resource=https://redis.azure.com").status, 400U);
    EXPECT_EQ(ask_imds("/metadata/identity/oauth2/token?api-version=2018-02-01").status, 400U);
    const auto unknown =
        body_of(ask_imds("/metadata/identity/oauth2/token?api-version=2018-02-01&resource=https://vault.azure.net"));
    EXPECT_EQ(text_of(unknown, "error"), "invalid_resource");
    const auto nobody = body_of(ask_imds(imds + "&client_id=" + application.client_id));
    EXPECT_EQ(text_of(nobody, "error"), "invalid_request");
    EXPECT_EQ(text_of(nobody, "error_description"), "Identity not found");
}

TEST_F(endpoints, selectors_find_managed_identities_only) {
    for (const std::string& selector :
         {"client_id=" + system.client_id, "object_id=" + system.object_id, "principal_id=" + system.object_id,
          "msi_res_id=" + system.resource_id, "mi_res_id=" + system.resource_id})
        EXPECT_EQ(ask_imds(imds + "&" + selector).status, 200U) << selector;
    EXPECT_EQ(ask_imds(imds + "&object_id=" + application.object_id).status, 400U);
}

TEST_F(endpoints, a_client_secret_buys_a_token) {
    const auto answer = post_token(form("client_secret=the-secret"));
    ASSERT_EQ(answer.status, 200U) << answer.body;
    const auto body = body_of(answer);
    expect_opens(body, application);
    EXPECT_EQ(body.at("expires_in").as_int64(), 5);
    EXPECT_FALSE(body.contains("expires_on"));
}

TEST_F(endpoints, a_federated_token_buys_a_token_even_with_the_line_end_that_dotnet_sends) {
    const std::string assertion(authority.issue_federated(1h).token.reveal());
    expect_opens(body_of(post_token(assertion_form(assertion))), application);
    expect_opens(body_of(post_token(assertion_form(assertion + "%0A"))), application);
}

TEST_F(endpoints, entra_names_what_is_wrong_by_its_codes) {
    const std::string id = "client_id=" + application.client_id;
    const std::string scope = "&scope=https%3A%2F%2Fredis.azure.com%2F.default";
    const std::string grant = "&grant_type=client_credentials";
    const std::string secret = "&client_secret=the-secret";
    const struct {
        std::string body;
        unsigned status;
        int code;
        const char* error;
    } rows[] = {
        {form("client_secret=wrong"), 401, 7000215, "invalid_client"},
        {form("x=y"), 401, 7000218, "invalid_client"},
        {"client_id=nobody" + scope + grant + secret, 400, 700016, "unauthorized_client"},
        {id + grant + secret, 400, 900144, "invalid_request"},
        {id + scope + "&grant_type=password" + secret, 400, 70003, "unsupported_grant_type"},
        {id + "&scope=https://redis.azure.com" + grant + secret, 400, 70011, "invalid_scope"},
        {id + "&scope=https://redis.azure.com/.default+openid" + grant + secret, 400, 70011, "invalid_scope"},
        {id + "&scope=https://vault.azure.net/.default" + grant + secret, 400, 500011, "invalid_resource"},
        {"%", 400, 9002313, "invalid_request"},
        {assertion_form("nonsense"), 400, 50027, "invalid_request"},
        {assertion_form(authority.issue(application, "api://AzureADTokenExchange").token.reveal()), 401, 700211,
         "invalid_client"},
    };
    for (const auto& row : rows) {
        const auto answer = post_token(row.body);
        EXPECT_EQ(answer.status, row.status) << row.body;
        EXPECT_EQ(entra_code(answer), row.code) << row.body;
        EXPECT_EQ(text_of(body_of(answer), "error"), row.error) << row.body;
    }
}

TEST_F(endpoints, a_stale_federated_token_has_its_own_code) {
    const std::string assertion(authority.issue_federated(1h).token.reveal());
    now += 1h;
    EXPECT_EQ(entra_code(post_token(assertion_form(assertion))), 700024);
}

TEST_F(endpoints, a_federated_token_of_another_key_is_refused) {
    const token_authority other(signing_key::create().value(), {.lifetime = 5s, .identities = {}, .now = [this] { return now; }});
    EXPECT_EQ(entra_code(post_token(assertion_form(other.issue_federated(1h).token.reveal()))), 700027);
}

TEST_F(endpoints, an_error_carries_the_callers_correlation_id) {
    const std::string id = "0a1b2c3d-0000-4000-8000-00000000abcd";
    const auto answer = entra.answer(make("POST", "/" + tenant + "/oauth2/v2.0/token?client-request-id=" + id, {}, "x=y"));
    const auto body = body_of(answer);
    EXPECT_EQ(text_of(body, "correlation_id"), id);
    EXPECT_NE(text_of(body, "error_description").find("AADSTS900144: "), std::string::npos);
    EXPECT_NE(text_of(body, "error_description").find(id), std::string::npos);
    EXPECT_EQ(text_of(body, "timestamp"), "2027-01-15 08:00:00Z");
}

TEST_F(endpoints, another_tenant_does_not_exist) {
    const auto answer = entra.answer(make("POST", "/contoso.example/oauth2/v2.0/token", {}, form("client_secret=the-secret")));
    EXPECT_EQ(answer.status, 400U);
    EXPECT_EQ(entra_code(answer), 90002);
}

TEST_F(endpoints, metadata_lead_from_discovery_to_the_keys) {
    const auto instances = body_of(entra.answer(make("GET", "/common/discovery/instance?api-version=1.1")));
    const std::string configuration = text_of(instances, "tenant_discovery_endpoint");
    ASSERT_TRUE(configuration.starts_with("https://localhost:4433/"));
    EXPECT_EQ(instances.at("metadata").at(0).at("preferred_network").as_string(), "localhost:4433");
    const auto metadata = body_of(entra.answer(make("GET", configuration.substr(22))));
    EXPECT_EQ(text_of(metadata, "token_endpoint"), "https://localhost:4433/" + tenant + "/oauth2/v2.0/token");
    EXPECT_EQ(text_of(metadata, "issuer"), "https://localhost:4433/" + tenant + "/v2.0");
    const auto keys = body_of(entra.answer(make("GET", text_of(metadata, "jwks_uri").substr(22))));
    EXPECT_EQ(keys.at("keys").at(0).at("kid").as_string(), authority.key().id());
    EXPECT_EQ(text_of(body_of(entra.answer(make("GET", "/" + tenant + "/.well-known/openid-configuration"))), "issuer"),
              token_issuer);
    EXPECT_EQ(entra.answer(make("GET", "/common/v2.0/.well-known/openid-configuration")).status, 200U);
    EXPECT_EQ(entra.answer(make("GET", "/" + tenant + "/nothing")).status, 404U);
    EXPECT_EQ(entra.answer(make("GET", "/" + tenant + "/oauth2/v2.0/token")).status, 405U);
}

TEST_F(endpoints, credentials_that_were_not_asked_for_do_not_exist) {
    authority_endpoint workload_only(authority, faults,
                                     {"https://localhost:4433", secret_string(), {identity_kind::workload}, {}});
    const auto answer =
        workload_only.answer(make("POST", "/" + tenant + "/oauth2/v2.0/token", {}, form("client_secret=the-secret")));
    EXPECT_EQ(entra_code(answer), 7000215);
    authority_endpoint nobody(authority, faults, {"https://localhost:4433", secret_string(), {}, {}});
    EXPECT_EQ(entra_code(nobody.answer(make("POST", "/" + tenant + "/oauth2/v2.0/token", {}, form("client_secret=the-secret")))),
              700016);
}

} // namespace
} // namespace entrada::emulator
