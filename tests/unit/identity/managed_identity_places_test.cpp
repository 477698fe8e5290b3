// Room: identity. Managed identities of Azure ML, App Service of 2017, Cloud Shell, Service Fabric and Azure Arc.
#include "entrada/managed_identity_credential.hpp"
#include "identity/managed_identity_source.hpp"
#include "support/temp_directory.hpp"
#include "unit/identity/credential_fixture.hpp"

#include <unistd.h>

namespace entrada {
namespace {

using namespace test;
using outcome = credential_attempt::outcome;

managed_identity_options client(std::string id) { return {.client_id = std::move(id), .object_id = {}, .resource_id = {}}; }
managed_identity_options object(std::string id) { return {.client_id = {}, .object_id = std::move(id), .resource_id = {}}; }
managed_identity_options resource(std::string id) { return {.client_id = {}, .object_id = {}, .resource_id = std::move(id)}; }

const environment machine_learning{{"MSI_ENDPOINT", "http://127.0.0.1:46808/MSI/auth"}, {"MSI_SECRET", "msi-s3cret"}};
const environment machine_learning_with_default{{"MSI_ENDPOINT", "http://127.0.0.1:46808/MSI/auth"},
                                                {"MSI_SECRET", "msi-s3cret"},
                                                {"DEFAULT_IDENTITY_CLIENT_ID", "the-default"}};
const environment app_service_2017{{"MSI_ENDPOINT", "http://127.0.0.1:41741/MSI/token"},
                                   {"MSI_SECRET", "msi-s3cret"},
                                   {"WEBSITE_SITE_NAME", "site"},
                                   {"DEFAULT_IDENTITY_CLIENT_ID", "not looked at"}};
const environment cloud_shell{{"MSI_ENDPOINT", "http://localhost:50342/oauth2/token"}};
const environment service_fabric{{"IDENTITY_ENDPOINT", "https://localhost:2377/metadata/identity/oauth2/token"},
                                 {"IDENTITY_HEADER", "header-s3cret"},
                                 {"IDENTITY_SERVER_THUMBPRINT", "00112233445566778899AABBCCDDEEFF00112233"}};

struct request_case {
    const char* name;
    environment variables;
    managed_identity_options options;
    std::string method;
    std::string url;
    std::vector<std::string> headers;
    std::string body;
    std::string pinned;
};

std::ostream& operator<<(std::ostream& out, const request_case& one) { return out << one.name; }

class place : public credential_test, public testing::WithParamInterface<request_case> {};

constexpr const char* ml_url = "http://127.0.0.1:46808/MSI/auth?api-version=2017-09-01&resource=https%3A%2F%2Fredis.azure.com";
constexpr const char* app_url = "http://127.0.0.1:41741/MSI/token?api-version=2017-09-01&resource=https%3A%2F%2Fredis.azure.com";
constexpr const char* fabric_url = "https://localhost:2377/metadata/identity/oauth2/token?api-version=2019-07-01-preview"
                                   "&resource=https%3A%2F%2Fredis.azure.com";
const std::vector<std::string> msi_headers{"Accept: application/json", "secret: msi-s3cret"};

TEST_P(place, is_asked_as_it_wants_to_be) {
    const auto& wanted = GetParam();
    std::string pinned;
    http_->will([&](const net::http_request& request) -> result<net::http_response> {
        pinned = request.pinned_sha1;
        return net::http_response{200, {}, secret_string(good_answer)};
    });
    EXPECT_TOKEN(managed_identity_credential(wanted.options, context(wanted.variables)).get_token(request()));
    const auto seen = http_->seen();
    ASSERT_EQ(seen.size(), 1U);
    EXPECT_EQ(seen[0].method, wanted.method);
    EXPECT_EQ(seen[0].url, wanted.url);
    EXPECT_EQ(seen[0].headers, wanted.headers);
    EXPECT_EQ(seen[0].body, wanted.body);
    EXPECT_EQ(pinned, wanted.pinned);
    EXPECT_FALSE(seen[0].use_proxy);
    EXPECT_TRUE(log_lines_.empty());
}

INSTANTIATE_TEST_SUITE_P(table, place,
                         testing::Values(request_case{"ml", machine_learning, {}, "GET", ml_url, msi_headers, "", ""},
                                         request_case{"ml_default",
                                                      machine_learning_with_default,
                                                      {},
                                                      "GET",
                                                      std::string(ml_url) + "&clientid=the-default",
                                                      msi_headers,
                                                      "",
                                                      ""},
                                         request_case{"ml_client", machine_learning_with_default, client("mine"), "GET",
                                                      std::string(ml_url) + "&clientid=mine", msi_headers, "", ""},
                                         request_case{"app_2017", app_service_2017, {}, "GET", app_url, msi_headers, "", ""},
                                         request_case{"app_2017_client", app_service_2017, client("mine"), "GET",
                                                      std::string(app_url) + "&clientid=mine", msi_headers, "", ""},
                                         request_case{"cloud_shell",
                                                      cloud_shell,
                                                      {},
                                                      "POST",
                                                      "http://localhost:50342/oauth2/token",
                                                      {"Accept: application/json",
                                                       "Content-Type: application/x-www-form-urlencoded", "Metadata: true"},
                                                      "resource=https%3A%2F%2Fredis.azure.com",
                                                      ""},
                                         request_case{"service_fabric",
                                                      service_fabric,
                                                      {},
                                                      "GET",
                                                      fabric_url,
                                                      {"Accept: application/json", "Secret: header-s3cret"},
                                                      "",
                                                      "00112233445566778899AABBCCDDEEFF00112233"}),
                         [](const auto& one) { return std::string(one.param.name); });

struct unknown_selector_case {
    const char* name;
    environment variables;
    managed_identity_options options;
    const char* text;
};

std::ostream& operator<<(std::ostream& out, const unknown_selector_case& one) { return out << one.name; }

class unknown_selector : public credential_test, public testing::WithParamInterface<unknown_selector_case> {};

TEST_P(unknown_selector, is_refused_before_anything_is_sent) {
    const auto got = managed_identity_credential(GetParam().options, context(GetParam().variables)).get_token(request());
    EXPECT_CODE(got, errc::credential_failed);
    EXPECT_THAT(attempt_of(got).reason, HasSubstr(GetParam().text));
    EXPECT_TRUE(http_->seen().empty());
}

INSTANTIATE_TEST_SUITE_P(
    table, unknown_selector,
    testing::Values(unknown_selector_case{"ml_object", machine_learning, object("o"), "client id only"},
                    unknown_selector_case{"ml_resource", machine_learning, resource("/r"), "client id only"},
                    unknown_selector_case{"app_object", app_service_2017, object("o"), "client id only"},
                    unknown_selector_case{"app_resource", app_service_2017, resource("/r"), "client id only"},
                    unknown_selector_case{"shell_client", cloud_shell, client("c"), "identity of its user only"},
                    unknown_selector_case{"shell_object", cloud_shell, object("o"), "identity of its user only"},
                    unknown_selector_case{"shell_resource", cloud_shell, resource("/r"), "identity of its user only"},
                    unknown_selector_case{"fabric_client", service_fabric, client("c"), "manifest chooses"},
                    unknown_selector_case{"fabric_object", service_fabric, object("o"), "manifest chooses"},
                    unknown_selector_case{"fabric_resource", service_fabric, resource("/r"), "manifest chooses"}),
    [](const auto& one) { return std::string(one.param.name); });

struct failure_case {
    const char* name;
    environment variables;
    int status; ///< 0: nobody answers
    const char* body;
    errc code;
    int tries;
    const char* text;
};

std::ostream& operator<<(std::ostream& out, const failure_case& one) { return out << one.name; }

class place_fault : public credential_test, public testing::WithParamInterface<failure_case> {};

TEST_P(place_fault, has_its_class_and_its_words_without_the_secret) {
    const auto& fault = GetParam();
    for (int i = 0; i < 10; ++i) {
        if (fault.status == 0)
            http_->will_fail(errc::connect_failed);
        else
            http_->will_answer(fault.status, fault.body);
    }
    const auto got = managed_identity_credential({}, context(fault.variables)).get_token(request(100s));
    EXPECT_CODE(got, fault.code);
    EXPECT_EQ(attempt_of(got).what, fault.code == errc::credential_unavailable ? outcome::unavailable : outcome::failed);
    EXPECT_EQ(attempt_of(got).http_status, fault.status);
    EXPECT_EQ(http_->seen().size(), static_cast<std::size_t>(fault.tries));
    EXPECT_THAT(got.error().to_string(), testing::AllOf(HasSubstr(fault.text), Not(HasSubstr("s3cret"))));
}

constexpr const char* fabric_none =
    R"({"error":{"correlationId":"c-1","code":"ManagedIdentityNotFound","message":"none for header-s3cret"}})";
constexpr const char* shell_audience =
    R"({"error":{"code":"AudienceNotSupported","message":"Audience https://redis.azure.com is not a supported MSI token audience."}})";

INSTANTIATE_TEST_SUITE_P(
    table, place_fault,
    testing::Values(failure_case{"ml_refuses", machine_learning, 400,
                                 R"({"error":{"code":"BadArgument","message":"no msi-s3cret"}})", errc::credential_failed, 1,
                                 "BadArgument: no [secret]"},
                    failure_case{"ml_absent", machine_learning, 0, "", errc::credential_failed, 1, "connection refused"},
                    failure_case{"ml_busy", machine_learning, 503, "{}", errc::credential_failed, 4, "gave no reason"},
                    failure_case{"ml_other", machine_learning, 200, "<html>", errc::credential_failed, 1, "not JSON"},
                    failure_case{"app_2017_html", app_service_2017, 403, "<html>", errc::credential_failed, 1, "other than JSON"},
                    failure_case{"app_2017_no_token", app_service_2017, 200, "{}", errc::credential_failed, 1, "no access_token"},
                    failure_case{"shell_audience", cloud_shell, 400, shell_audience, errc::credential_unavailable, 1,
                                 "Hint: Cloud Shell has no tokens"},
                    failure_case{"shell_refuses", cloud_shell, 400, R"({"error":{"code":"BadRequest","message":"no"}})",
                                 errc::credential_failed, 1, "Cloud Shell refused: BadRequest"},
                    failure_case{"shell_absent", cloud_shell, 0, "", errc::credential_failed, 1, "connection refused"},
                    failure_case{"fabric_none", service_fabric, 404, fabric_none, errc::credential_failed, 1, "in its manifest"},
                    failure_case{"fabric_busy", service_fabric, 429, "{}", errc::credential_failed, 6, "HTTP 429"},
                    failure_case{"fabric_redirects", service_fabric, 302, "", errc::credential_failed, 1, "HTTP 302"},
                    failure_case{"fabric_absent", service_fabric, 0, "", errc::credential_failed, 1, "connection refused"}),
    [](const auto& one) { return std::string(one.param.name); });

using places = credential_test;

TEST_F(places, that_write_dates_are_understood) {
    const char* const dates[] = {"11/14/2023 23:13:20 +00:00", "11/14/2023 11:13:20 PM +00:00"};
    for (const char* date : dates) {
        http_->will_answer(200, std::string(R"({"access_token":"the-token","expires_on":")") + date
                                    + R"(","resource":"r","token_type":"Bearer"})");
        const auto got = managed_identity_credential({}, context(app_service_2017)).get_token(request());
        EXPECT_TOKEN(got);
        EXPECT_EQ(got->expires_on, clock_->wall() + 3600s) << date;
    }
}

TEST_F(places, service_fabric_is_waited_for_as_its_documentation_says) {
    for (int i = 0; i < 5; ++i) http_->will_answer(429, "{}");
    http_->will_answer(200, R"({"token_type":"Bearer","access_token":"the-token","expires_on":1700086400,"resource":"r"})");
    EXPECT_TOKEN(managed_identity_credential({}, context(service_fabric)).get_token(request(100s)));
    EXPECT_THAT(clock_->waits(), ElementsAre(1s, 2s, 4s, 8s, 16s));
}

TEST_F(places, service_fabric_without_https_or_a_thumbprint_gets_no_secret) {
    for (const auto& [name, value] :
         {std::pair{"IDENTITY_ENDPOINT", "http://localhost:2377/x"}, std::pair{"IDENTITY_SERVER_THUMBPRINT", "0011"},
          std::pair{"IDENTITY_SERVER_THUMBPRINT", "zz112233445566778899AABBCCDDEEFF00112233"}}) {
        auto variables = service_fabric;
        variables[name] = value;
        const auto got = managed_identity_credential({}, context(variables)).get_token(request());
        EXPECT_CODE(got, errc::credential_failed);
        EXPECT_THAT(got.error().detail(), HasSubstr(name));
    }
    EXPECT_TRUE(http_->seen().empty());
}

TEST_F(places, a_thumbprint_may_be_written_with_colons) {
    auto variables = service_fabric;
    variables["IDENTITY_SERVER_THUMBPRINT"] = "00:11:22:33:44:55:66:77:88:99:aa:bb:cc:dd:ee:ff:00:11:22:33";
    http_->will([&](const net::http_request& request) -> result<net::http_response> {
        EXPECT_EQ(request.pinned_sha1, "00112233445566778899aabbccddeeff00112233");
        return net::http_response{200, {}, secret_string(good_answer)};
    });
    EXPECT_TOKEN(managed_identity_credential({}, context(variables)).get_token(request()));
}

class arc : public credential_test {
protected:
    static constexpr const char* url_ = "http://localhost:40342/metadata/identity/oauth2/token?api-version=2020-06-01"
                                        "&resource=https%3A%2F%2Fredis.azure.com";
    temp_directory directory_;
    identity::arc_places places_{.agent = "/nowhere/himds", .keys = directory_.root()};
    environment variables_{{"IDENTITY_ENDPOINT", "http://localhost:40342/metadata/identity/oauth2/token"},
                           {"IMDS_ENDPOINT", "http://localhost:40342"}};

    void will_challenge(const std::string& header) { http_->will_answer(401, "", {{"WWW-Authenticate", header}}); }
    result<access_token> ask(const managed_identity_options& options = {}) {
        const auto world = identity::with_defaults(context(variables_));
        const auto asked = request();
        const auto source = identity::find_managed_identity_source(options, world.variables, places_);
        return source->ask(identity::inquiry("ManagedIdentityCredential", asked, world));
    }
};

TEST_F(arc, gives_a_token_to_who_can_read_the_key_of_the_agent) {
    directory_.write("one.key", "key-s3cret\n");
    for (const char* quote : {"", "\""}) {
        will_challenge("Basic realm=" + (quote + directory_.path("one.key") + quote));
        http_->will_answer(200, good_answer);
        EXPECT_TOKEN(ask());
        const auto seen = http_->seen();
        ASSERT_GE(seen.size(), 2U);
        const auto& first = seen[seen.size() - 2];
        EXPECT_EQ(first.method, "GET");
        EXPECT_EQ(first.url, url_);
        EXPECT_THAT(first.headers, ElementsAre("Accept: application/json", "Metadata: true"));
        EXPECT_EQ(seen.back().url, url_);
        EXPECT_THAT(seen.back().headers,
                    ElementsAre("Accept: application/json", "Metadata: true", "Authorization: Basic key-s3cret"));
        EXPECT_FALSE(seen.back().use_proxy);
    }
}

TEST_F(arc, reads_no_file_but_a_key_of_the_agent) {
    directory_.write("good.key", "key-s3cret");
    directory_.write("other.txt", "key-s3cret");
    directory_.write("large.key", std::string(4097, 'x'));
    directory_.write("empty.key", "");
    std::filesystem::create_directory(directory_.path("folder.key"));
    std::filesystem::create_directory(directory_.path("below"));
    directory_.write("below/good.key", "key-s3cret");
    std::filesystem::create_symlink(directory_.path("good.key"), directory_.path("link.key"));
    const std::pair<std::string, const char*> cases[] = {
        {"", "none of the agent's keys"},
        {"Bearer realm=" + directory_.path("good.key"), "none of the agent's keys"},
        {"Basic realm=/etc/shadow", "none of the agent's keys"},
        {"Basic realm=/etc/x.key", "none of the agent's keys"},
        {"Basic realm=" + directory_.path("other.txt"), "none of the agent's keys"},
        {"Basic realm=" + directory_.path("below/good.key"), "none of the agent's keys"},
        {"Basic realm=" + directory_.path("../x/good.key"), "none of the agent's keys"},
        {"Basic realm=" + directory_.path("below/../good.key"), "none of the agent's keys"},
        {"Basic realm=" + directory_.path(".key"), "none of the agent's keys"},
        {"Basic realm=" + directory_.root() + "x/good.key", "none of the agent's keys"},
        {"Basic realm=" + directory_.path("gone.key"), "No such file"},
        {"Basic realm=" + directory_.path("large.key"), "larger than 4096 bytes"},
        {"Basic realm=" + directory_.path("empty.key"), "empty"},
        {"Basic realm=" + directory_.path("folder.key"), "not a regular file"},
        {"Basic realm=" + directory_.path("link.key"), "symbolic link"}};
    for (const auto& [header, reason] : cases) {
        const auto before = http_->seen().size();
        will_challenge(header);
        const auto got = ask();
        EXPECT_CODE(got, errc::credential_failed);
        EXPECT_THAT(got.error().detail(), testing::AllOf(HasSubstr(reason), Not(HasSubstr("s3cret")))) << header;
        EXPECT_EQ(http_->seen().size(), before + 1) << header;
    }
}

TEST_F(arc, names_the_group_that_may_read_the_key) {
    directory_.write("one.key", "k");
    std::filesystem::permissions(directory_.path("one.key"), std::filesystem::perms::none);
    will_challenge("Basic realm=" + directory_.path("one.key"));
    const bool root = ::geteuid() == 0; // who may read every file
    ASSERT_EQ(root ? ::seteuid(65534) : 0, 0);
    const auto got = ask();
    ASSERT_EQ(root ? ::seteuid(0) : 0, 0);
    EXPECT_CODE(got, errc::credential_failed);
    EXPECT_THAT(attempt_of(got).hint, HasSubstr("group himds"));
}

TEST_F(arc, answers_other_than_a_challenge_and_a_token_are_failures) {
    directory_.write("one.key", "key-s3cret");
    const auto challenge = "Basic realm=" + directory_.path("one.key");
    http_->will_answer(200, good_answer);
    EXPECT_THAT(attempt_of(ask()).reason, HasSubstr("was to ask for the content of a key file"));
    http_->will_answer(400, R"({"error":"invalid_request","error_description":"no"})");
    EXPECT_THAT(attempt_of(ask()).reason, HasSubstr("invalid_request: no"));
    will_challenge(challenge);
    http_->will_answer(401, R"({"error":"unauthorized_client","error_description":"bad key key-s3cret"})");
    const auto refused = ask();
    EXPECT_CODE(refused, errc::credential_failed);
    EXPECT_THAT(refused.error().to_string(), testing::AllOf(HasSubstr("bad key [secret]"), Not(HasSubstr("s3cret"))));
    http_->will_fail(errc::connect_failed);
    EXPECT_CODE(ask(), errc::credential_unavailable);
    EXPECT_TRUE(http_->script_done());
}

TEST_F(arc, believes_a_named_identity_only_if_the_answer_repeats_it) {
    directory_.write("one.key", "k");
    const auto answer = [](const std::string& echo) { return R"({"expires_in":"3600","access_token":"the-token")" + echo + "}"; };
    struct one {
        managed_identity_options options;
        const char* parameter;
        const char* echo;
        bool good;
    };
    const one cases[] = {{client("AB-c"), "&client_id=AB-c", R"(,"client_id":"ab-C")", true},
                         {client("abc"), "&client_id=abc", "", false},
                         {client("abc"), "&client_id=abc", R"(,"client_id":"other")", false},
                         {object("o"), "&object_id=o", R"(,"object_id":"o")", true},
                         {object("o"), "&object_id=o", R"(,"client_id":"o")", false},
                         {resource("/r"), "&msi_res_id=%2Fr", R"(,"msi_res_id":"/r")", true},
                         {resource("/r"), "&msi_res_id=%2Fr", R"(,"mi_res_id":"/R")", true},
                         {resource("/r"), "&msi_res_id=%2Fr", "", false}};
    for (const auto& [options, parameter, echo, good] : cases) {
        will_challenge("Basic realm=" + directory_.path("one.key"));
        http_->will_answer(200, answer(echo));
        const auto got = ask(options);
        EXPECT_EQ(http_->seen().back().url, std::string(url_) + parameter);
        if (good) {
            EXPECT_TOKEN(got);
        } else {
            EXPECT_CODE(got, errc::credential_failed);
            EXPECT_THAT(got.error().detail(), HasSubstr("another identity than the one named"));
        }
    }
}

TEST_F(arc, on_another_machine_is_worth_one_warning_and_no_url_is_a_failure) {
    variables_["IDENTITY_ENDPOINT"] = "http://10.1.2.3:40342/token";
    http_->will_fail(errc::connect_failed);
    EXPECT_CODE(ask(), errc::credential_unavailable);
    EXPECT_THAT(log_lines_, ElementsAre(HasSubstr("IDENTITY_ENDPOINT is on another machine: 10.1.2.3")));
    variables_["IDENTITY_ENDPOINT"] = "localhost:40342";
    EXPECT_CODE(ask(), errc::credential_failed);
    EXPECT_EQ(http_->seen().size(), 1U);
}

TEST_F(arc, gets_a_new_key_for_each_try) {
    for (const char* name : {"one.key", "two.key"}) {
        directory_.write(name, name);
        will_challenge("Basic realm=" + directory_.path(name));
        if (name == std::string_view("one.key"))
            http_->will_answer(503, "{}");
        else
            http_->will_answer(200, good_answer);
    }
    EXPECT_TOKEN(ask());
    EXPECT_THAT(http_->seen().at(1).headers, testing::Contains("Authorization: Basic one.key"));
    EXPECT_THAT(http_->seen().at(3).headers, testing::Contains("Authorization: Basic two.key"));
    EXPECT_THAT(clock_->waits(), ElementsAre(1s));
}

TEST_F(arc, is_found_by_its_agent_where_no_variable_names_it) {
    directory_.write("himds", "");
    places_.agent = directory_.path("himds");
    variables_.clear();
    http_->will_fail(errc::connect_failed);
    EXPECT_CODE(ask(), errc::credential_unavailable);
    EXPECT_THAT(http_->seen().back().url, testing::StartsWith("http://127.0.0.1:40342/metadata/identity/oauth2/token?"));
    variables_["AZURE_POD_IDENTITY_AUTHORITY_HOST"] = "http://127.0.0.1:1";
    http_->will_answer(200, good_answer);
    EXPECT_TOKEN(ask());
    EXPECT_THAT(http_->seen().back().url, testing::StartsWith("http://127.0.0.1:1/metadata/"));
}

} // namespace
} // namespace entrada
