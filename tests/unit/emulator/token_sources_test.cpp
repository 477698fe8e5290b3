// Every source of tokens, healthy and with the faults that change its answer. IMDS and App Service: see endpoints_test.cpp.
#include "emulator/temporary_directory.hpp"
#include "emulator/token_sources.hpp"

#include <boost/json/parse.hpp>
#include <gtest/gtest.h>

#include <fstream>
#include <sstream>

namespace entrada::emulator {
namespace {

using namespace std::chrono_literals;
namespace json = boost::json;
namespace fs = std::filesystem;

json::object body_of(const http_response& answer) { return json::parse(answer.body).as_object(); }
std::string text_of(const json::object& body, std::string_view name) {
    return std::string(std::string_view(body.at(name).as_string()));
}
std::string read(const fs::path& path) {
    std::ifstream file(path);
    std::stringstream text;
    text << file.rdbuf();
    return text.str();
}

const signing_key& key() {
    static const signing_key made = signing_key::create().value();
    return made;
}

class sources_of_tokens : public testing::Test {
protected:
    wall_time now = wall_time(1'800'000'000s);
    temporary_directory place = temporary_directory::create("entrada-test-").value();
    const identity system = make_identity(identity_kind::system_assigned);
    const identity user = make_identity(identity_kind::user_assigned);
    const identity developer = make_identity(identity_kind::developer);
    token_authority authority{
        key(), {.lifetime = 100s, .identities = make_identities({identity_kind::user_assigned}), .now = [this] { return now; }}};
    fault_board faults;
    token_sources sources{authority, faults, {secret_string("the-secret"), place.path() / "keys", place.path() / "elsewhere"}};

    void SetUp() override { ASSERT_TRUE(faults.set("all=none")); }

    http_response ask(source_kind kind, std::string_view query, http_fields headers, std::string_view method = "GET",
                      std::string body = {}) {
        const token_source& source = token_source_of(kind);
        http_request request = http_request::from_target(method, std::string(source.path) + "?" + std::string(query)).value();
        request.headers = std::move(headers);
        request.body = std::move(body);
        return sources.answer(source, request);
    }
    /// As a good client asks the source.
    http_response ask_well(source_kind kind, const std::string& more = {}) {
        const std::string resource = "&resource=https%3A%2F%2Fredis.azure.com" + more;
        switch (kind) {
        case source_kind::app_service:
        case source_kind::container_apps:
            return ask(kind, "api-version=2019-08-01" + resource, {{"X-IDENTITY-HEADER", "the-secret"}});
        case source_kind::app_service_2017:
        case source_kind::azure_ml:
            return ask(kind, "api-version=2017-09-01" + resource, {{"secret", "the-secret"}});
        case source_kind::service_fabric:
            return ask(kind, "api-version=2019-07-01-preview" + resource, {{"Secret", "the-secret"}});
        case source_kind::cloud_shell:
            return ask(kind, "", {{"Metadata", "true"}}, "POST", "resource=https%3A%2F%2Fredis.azure.com");
        case source_kind::pipelines:
            return ask(kind, "api-version=7.1&serviceConnectionId=" + std::string(pipelines_connection_id),
                       {{"Authorization", "Bearer the-secret"}}, "POST");
        default:
            return ask(kind, "api-version=2018-02-01" + resource, {{"Metadata", "true"}});
        }
    }
    std::string oid_in(const http_response& answer) {
        EXPECT_EQ(answer.status, 200U) << answer.body;
        const auto token = jwt::parse(text_of(body_of(answer), "access_token"));
        return token ? std::string(token->text("oid")) : "no token";
    }
    http_response ask_arc(std::string_view key_text, const std::string& more = {}) {
        http_fields headers{{"Metadata", "true"}};
        if (!key_text.empty()) headers.emplace_back("Authorization", "Basic " + std::string(key_text));
        return ask(source_kind::azure_arc, "api-version=2020-06-01&resource=https%3A%2F%2Fredis.azure.com" + more,
                   std::move(headers));
    }
    /// The path that a 401 names.
    fs::path challenge() {
        const auto answer = ask_arc("");
        EXPECT_EQ(answer.status, 401U) << answer.body;
        const std::string_view header = find_field(answer.headers, "WWW-Authenticate").value_or("");
        EXPECT_TRUE(header.starts_with("Basic realm=")) << header;
        return header.substr(std::min<std::size_t>(header.size(), 12));
    }
};

TEST_F(sources_of_tokens, are_found_by_their_paths_with_and_without_a_slash) {
    EXPECT_EQ(find_token_source("/msi/token")->kind, source_kind::app_service);
    EXPECT_EQ(find_token_source("/metadata/identity/oauth2/token/")->kind, source_kind::imds);
    EXPECT_EQ(find_token_source("/metadata"), nullptr);
}

TEST_F(sources_of_tokens, container_apps_answer_as_app_service) {
    EXPECT_EQ(oid_in(ask_well(source_kind::container_apps)), system.object_id);
}

TEST_F(sources_of_tokens, app_service_of_2017_writes_dates_and_knows_clientid) {
    const auto answer = ask_well(source_kind::app_service_2017);
    EXPECT_EQ(oid_in(answer), system.object_id);
    EXPECT_EQ(text_of(body_of(answer), "expires_on"), "01/15/2027 08:01:40 +00:00");
    EXPECT_FALSE(body_of(answer).contains("expires_in"));
    EXPECT_EQ(oid_in(ask_well(source_kind::app_service_2017, "&clientid=" + user.client_id)), user.object_id);
    EXPECT_EQ(ask_well(source_kind::app_service_2017, "&clientid=nobody").status, 400U);
    EXPECT_EQ(ask(source_kind::app_service_2017, "api-version=2017-09-01&resource=https://redis.azure.com", {}).status, 401U);
    EXPECT_EQ(
        ask(source_kind::app_service_2017, "api-version=2019-08-01&resource=https://redis.azure.com", {{"secret", "the-secret"}})
            .status,
        400U);
}

TEST_F(sources_of_tokens, azure_ml_gives_the_persons_token_unless_the_client_id_is_named) {
    EXPECT_EQ(oid_in(ask_well(source_kind::azure_ml)), developer.object_id);
    const auto named = ask_well(source_kind::azure_ml, "&clientid=" + system.client_id);
    EXPECT_EQ(oid_in(named), system.object_id);
    EXPECT_EQ(text_of(body_of(named), "expires_on"), "1800000100");
}

TEST_F(sources_of_tokens, cloud_shell_takes_a_form_and_gives_the_persons_token) {
    EXPECT_EQ(oid_in(ask_well(source_kind::cloud_shell)), developer.object_id);
    EXPECT_EQ(ask(source_kind::cloud_shell, "", {{"Metadata", "true"}}).status, 405U);
    EXPECT_EQ(ask(source_kind::cloud_shell, "", {}, "POST", "resource=https://redis.azure.com").status, 400U);
    const auto other = ask(source_kind::cloud_shell, "", {{"Metadata", "true"}}, "POST", "resource=https://vault.azure.net");
    EXPECT_EQ(text_of(body_of(other).at("error").as_object(), "code"), "AudienceNotSupported");
    ASSERT_TRUE(faults.set("cloud-shell=unknown-audience"));
    EXPECT_EQ(ask_well(source_kind::cloud_shell).status, 400U);
}

TEST_F(sources_of_tokens, service_fabric_writes_numbers_and_names_its_errors) {
    const auto answer = ask_well(source_kind::service_fabric);
    EXPECT_EQ(oid_in(answer), system.object_id);
    EXPECT_EQ(body_of(answer).at("expires_on").as_int64(), 1'800'000'100);
    const std::string good = "api-version=2019-07-01-preview&resource=https://redis.azure.com";
    const struct {
        const char* query;
        http_fields headers;
        unsigned status;
        const char* code;
    } rows[] = {
        {good.c_str(), {}, 400, "SecretHeaderNotFound"},
        {good.c_str(), {{"Secret", "wrong"}}, 404, "ManagedIdentityNotFound"},
        {"api-version=2018-02-01&resource=https://redis.azure.com", {{"Secret", "the-secret"}}, 400, "InvalidApiVersion"},
        {"api-version=2020-05-01", {{"Secret", "the-secret"}}, 400, "ArgumentNullOrEmpty"},
    };
    for (const auto& row : rows) {
        const auto refused = ask(source_kind::service_fabric, row.query, row.headers);
        EXPECT_EQ(refused.status, row.status) << row.code;
        EXPECT_EQ(text_of(body_of(refused).at("error").as_object(), "code"), row.code);
    }
}

TEST_F(sources_of_tokens, azure_arc_wants_the_content_of_a_file_and_takes_it_once) {
    const fs::path path = challenge();
    EXPECT_EQ(path.parent_path(), place.path() / "keys");
    EXPECT_EQ(path.extension(), ".key");
    const std::string text = read(path);
    EXPECT_EQ(oid_in(ask_arc(text)), system.object_id);
    EXPECT_FALSE(fs::exists(path));
    EXPECT_EQ(ask_arc(text).status, 403U) << "a key is good once";
    EXPECT_EQ(ask_arc("wrong").status, 403U);
}

TEST_F(sources_of_tokens, azure_arc_repeats_the_identity_unless_its_agent_is_old) {
    const auto selected = body_of(ask_arc(read(challenge()), "&msi_res_id=" + user.resource_id));
    EXPECT_EQ(text_of(selected, "msi_res_id"), user.resource_id);
    EXPECT_EQ(text_of(selected, "client_id"), user.client_id);
    ASSERT_TRUE(faults.set("azure-arc=old-agent"));
    const auto ignored = ask_arc(read(challenge()), "&msi_res_id=" + user.resource_id);
    EXPECT_EQ(oid_in(ignored), system.object_id);
    EXPECT_FALSE(body_of(ignored).contains("client_id"));
}

TEST_F(sources_of_tokens, azure_arc_can_break_each_rule_about_its_keys) {
    ASSERT_TRUE(faults.set("azure-arc=key-elsewhere"));
    EXPECT_EQ(challenge().parent_path(), place.path() / "elsewhere");
    ASSERT_TRUE(faults.set("azure-arc=none"));
    ASSERT_TRUE(faults.set("azure-arc=key-extension"));
    EXPECT_EQ(challenge().extension(), ".txt");
    ASSERT_TRUE(faults.set("azure-arc=none"));
    ASSERT_TRUE(faults.set("azure-arc=key-huge"));
    EXPECT_EQ(fs::file_size(challenge()), 4097U);
    ASSERT_TRUE(faults.set("azure-arc=none"));
    ASSERT_TRUE(faults.set("azure-arc=key-link"));
    EXPECT_TRUE(fs::is_symlink(challenge()));
    ASSERT_TRUE(faults.set("azure-arc=none"));
    ASSERT_TRUE(faults.set("azure-arc=key-unreadable"));
    EXPECT_EQ(fs::status(challenge()).permissions(), fs::perms::none);
    ASSERT_TRUE(faults.set("azure-arc=no-realm"));
    EXPECT_EQ(find_field(ask_arc("").headers, "WWW-Authenticate"), std::nullopt);
    ASSERT_TRUE(faults.set("azure-arc=no-challenge"));
    EXPECT_EQ(oid_in(ask_arc("")), system.object_id);
}

TEST_F(sources_of_tokens, a_pipeline_gets_a_token_that_only_buys_another) {
    const auto answer = body_of(ask_well(source_kind::pipelines));
    const auto token = jwt::parse(text_of(answer, "oidcToken"));
    ASSERT_TRUE(token.has_value());
    EXPECT_EQ(token->text("sub"), pipelines_subject);
    EXPECT_EQ(token->text("iss"), federated_issuer);
    const std::string query = "api-version=7.1&serviceConnectionId=" + std::string(pipelines_connection_id);
    EXPECT_EQ(ask(source_kind::pipelines, query, {}, "POST").status, 401U);
    EXPECT_EQ(ask(source_kind::pipelines, query, {{"Authorization", "Bearer the-secret"}}).status, 405U);
    EXPECT_EQ(ask(source_kind::pipelines, "api-version=7.1", {{"Authorization", "Bearer the-secret"}}, "POST").status, 404U);
}

TEST_F(sources_of_tokens, imds_has_no_identity_or_too_many_on_demand) {
    ASSERT_TRUE(faults.set("imds=no-identity"));
    EXPECT_EQ(text_of(body_of(ask_well(source_kind::imds)), "error_description"), "Identity not found");
    ASSERT_TRUE(faults.set("imds=several-identities"));
    EXPECT_NE(text_of(body_of(ask_well(source_kind::imds)), "error_description").find("Multiple user assigned"),
              std::string::npos);
    EXPECT_EQ(oid_in(ask_well(source_kind::imds, "&client_id=" + user.client_id)), user.object_id);
}

TEST_F(sources_of_tokens, without_a_system_assigned_identity_imds_gives_the_only_other_one_and_app_service_none) {
    for (const char* source : {"imds=system-off", "app-service=system-off"}) ASSERT_TRUE(faults.set(source));
    EXPECT_EQ(oid_in(ask_well(source_kind::imds)), user.object_id);
    EXPECT_EQ(text_of(body_of(ask_well(source_kind::imds, "&client_id=" + system.client_id)), "error_description"),
              "Identity not found");
    EXPECT_EQ(ask_well(source_kind::app_service).status, 400U);
    EXPECT_EQ(oid_in(ask_well(source_kind::app_service, "&client_id=" + user.client_id)), user.object_id);
}

TEST_F(sources_of_tokens, the_same_token_comes_until_shortly_before_its_end) {
    ASSERT_TRUE(faults.set("imds=same-token"));
    const auto first = body_of(ask_well(source_kind::imds));
    EXPECT_EQ(text_of(first, "expires_in"), "100");
    now += 60s;
    const auto again = body_of(ask_well(source_kind::imds));
    EXPECT_EQ(again.at("access_token"), first.at("access_token"));
    EXPECT_EQ(text_of(again, "expires_in"), "40");
    EXPECT_EQ(again.at("expires_on"), first.at("expires_on"));
    now += 30s;
    const auto renewed = body_of(ask_well(source_kind::imds));
    EXPECT_NE(renewed.at("access_token"), first.at("access_token")) << "a tenth of the life is left";
    EXPECT_EQ(text_of(renewed, "expires_in"), "100");
}

TEST_F(sources_of_tokens, each_writes_the_end_as_the_fault_says) {
    ASSERT_TRUE(faults.set("service-fabric=expires-on:windows-date"));
    EXPECT_EQ(text_of(body_of(ask_well(source_kind::service_fabric)), "expires_on"), "1/15/2027 8:01:40 AM +00:00");
    ASSERT_TRUE(faults.set("imds=expires-on:none"));
    ASSERT_TRUE(faults.set("imds=expires-in:empty"));
    const auto body = body_of(ask_well(source_kind::imds));
    EXPECT_FALSE(body.contains("expires_on"));
    EXPECT_EQ(text_of(body, "expires_in"), "");
    ASSERT_TRUE(faults.set("imds=expires-in:none"));
    EXPECT_FALSE(body_of(ask_well(source_kind::imds)).contains("expires_in"));
}

TEST_F(sources_of_tokens, refresh_in_is_said_on_demand) {
    EXPECT_FALSE(body_of(ask_well(source_kind::imds)).contains("refresh_in"));
    ASSERT_TRUE(faults.set("imds=refresh-in"));
    EXPECT_EQ(text_of(body_of(ask_well(source_kind::imds)), "refresh_in"), "50");
    ASSERT_TRUE(faults.set("imds=refresh-in:7"));
    EXPECT_EQ(text_of(body_of(ask_well(source_kind::imds)), "refresh_in"), "7");
}

TEST_F(sources_of_tokens, a_wrong_clock_shows_in_claims_and_ends) {
    ASSERT_TRUE(faults.set("imds=clock:-5m"));
    const auto body = body_of(ask_well(source_kind::imds));
    EXPECT_EQ(text_of(body, "expires_on"), "1799999800");
    EXPECT_EQ(text_of(body, "expires_in"), "100");
    EXPECT_EQ(jwt::parse(text_of(body, "access_token"))->seconds("nbf"), 1'799'999'700);
}

TEST_F(sources_of_tokens, an_opaque_token_opens_the_cache_and_tells_nothing) {
    ASSERT_TRUE(faults.set("imds=opaque"));
    const std::string token = text_of(body_of(ask_well(source_kind::imds)), "access_token");
    EXPECT_EQ(token.find('.'), std::string::npos);
    EXPECT_FALSE(jwt::parse(token).has_value());
    EXPECT_EQ(authority.check(system.object_id, token).fault, token_fault::none);
    EXPECT_EQ(authority.check(user.object_id, token).fault, token_fault::wrong_user);
}

TEST_F(sources_of_tokens, delays_cuts_and_silence_are_marked_for_the_server) {
    ASSERT_TRUE(faults.set("imds=slow:250ms"));
    EXPECT_EQ(ask_well(source_kind::imds).delay, 250ms);
    ASSERT_TRUE(faults.set("imds=cut"));
    const auto cut = ask_well(source_kind::imds);
    EXPECT_EQ(cut.how, delivery::cut);
    EXPECT_EQ(cut.status, 200U) << "of a good answer";
    ASSERT_TRUE(faults.set("imds=hang"));
    EXPECT_EQ(ask_well(source_kind::imds).how, delivery::hang);
    ASSERT_TRUE(faults.set("imds=drop"));
    EXPECT_EQ(ask_well(source_kind::imds).how, delivery::drop);
}

TEST_F(sources_of_tokens, compress_on_demand) {
    ASSERT_TRUE(faults.set("imds=gzip"));
    const auto answer = ask_well(source_kind::imds);
    EXPECT_EQ(find_field(answer.headers, "Content-Encoding").value_or(""), "gzip");
    EXPECT_EQ(answer.body.substr(0, 3), "\x1f\x8b\x08");
    EXPECT_NE(answer.body.find("access_token"), std::string::npos) << "packed as it is";
}

TEST_F(sources_of_tokens, each_refuses_in_its_own_words_when_it_is_out_of_order) {
    const source_kind all[] = {source_kind::imds,      source_kind::app_service,    source_kind::app_service_2017,
                               source_kind::azure_ml,  source_kind::container_apps, source_kind::cloud_shell,
                               source_kind::azure_arc, source_kind::service_fabric, source_kind::pipelines};
    for (const source_kind kind : all) {
        ASSERT_TRUE(faults.set(name_of(kind), "server-error"));
        const auto answer = ask_well(kind);
        EXPECT_EQ(answer.status, 500U) << name_of(kind);
        EXPECT_NE(answer.body.find("switched on by /admin/faults or --fault"), std::string::npos) << name_of(kind);
    }
}

} // namespace
} // namespace entrada::emulator
