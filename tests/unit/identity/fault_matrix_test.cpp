// Room: identity. Every credential that asks over HTTP, at each of its steps, against every fault: what exactly is sent, how
// often, and the class of the outcome.
#include "entrada/azure_pipelines_credential.hpp"
#include "entrada/client_assertion_credential.hpp"
#include "entrada/client_certificate_credential.hpp"
#include "entrada/client_secret_credential.hpp"
#include "entrada/environment_credential.hpp"
#include "entrada/managed_identity_credential.hpp"
#include "entrada/workload_identity_credential.hpp"
#include "identity/managed_identity_source.hpp"
#include "support/temp_directory.hpp"
#include "unit/identity/credential_fixture.hpp"
#include "unit/identity/test_certificates.hpp"

#include <cstring>

namespace entrada {
namespace {

using namespace test;

/// The good answer to requests of other steps than the one that is tried; nothing for those of this step.
using other_steps = std::function<std::optional<net::http_response>(const net::http_request&)>;

/// A credential at its place, and the request of the step that is tried: the first one, if `others` is empty.
struct place {
    std::string name;
    std::function<result<access_token>(const credential_context&, const token_request&)> ask;
    environment variables;
    seen_request wanted;
    other_steps others{};
};

std::ostream& operator<<(std::ostream& out, const place& one) { return out << one.name; }

const std::string entra_url = "https://login.microsoftonline.com/t/oauth2/v2.0/token";
const std::vector<std::string> entra_headers{"Accept: application/json", "Content-Type: application/x-www-form-urlencoded",
                                             "client-request-id: GUID", "return-client-request-id: true"};
const std::string entra_form = "grant_type=client_credentials&client_id=c&scope=https%3A%2F%2Fredis.azure.com%2F.default";
const std::string assertion_form =
    entra_form + "&client_assertion_type=urn%3Aietf%3Aparams%3Aoauth%3Aclient-assertion-type%3Ajwt-bearer&client_assertion=";
const std::string resource = "&resource=https%3A%2F%2Fredis.azure.com";

seen_request get(const std::string& url, std::vector<std::string> headers) {
    headers.insert(headers.begin(), "Accept: application/json");
    return {"GET", url, std::move(headers), "", false, {}};
}
seen_request post_to_entra(const std::string& body) { return {"POST", entra_url, entra_headers, body, true, {}}; }

result<access_token> ask_managed_identity(const credential_context& world, const token_request& asked) {
    return managed_identity_credential({}, world).get_token(asked);
}

std::vector<place> managed_identities() {
    const std::string imds = "http://169.254.169.254/metadata/identity/oauth2/token";
    const std::string local = "http://127.0.0.1:41741/token";
    const std::string arc = "http://localhost:40342/metadata/identity/oauth2/token";
    return {
        {"imds", ask_managed_identity, {}, get(imds + "?api-version=2018-02-01" + resource, {"Metadata: true"})},
        {"app_service",
         ask_managed_identity,
         {{"IDENTITY_ENDPOINT", local}, {"IDENTITY_HEADER", "h"}},
         get(local + "?api-version=2019-08-01" + resource, {"X-IDENTITY-HEADER: h"})},
        {"app_service_2017",
         ask_managed_identity,
         {{"MSI_ENDPOINT", local}, {"MSI_SECRET", "s"}, {"WEBSITE_SITE_NAME", "site"}},
         get(local + "?api-version=2017-09-01" + resource, {"secret: s"})},
        {"machine_learning",
         ask_managed_identity,
         {{"MSI_ENDPOINT", local}, {"MSI_SECRET", "s"}},
         get(local + "?api-version=2017-09-01" + resource, {"secret: s"})},
        {"cloud_shell",
         ask_managed_identity,
         {{"MSI_ENDPOINT", local}},
         {"POST",
          local,
          {"Accept: application/json", "Content-Type: application/x-www-form-urlencoded", "Metadata: true"},
          resource.substr(1),
          false,
          {}}},
        {"service_fabric",
         ask_managed_identity,
         {{"IDENTITY_ENDPOINT", "https://localhost:2377/token"},
          {"IDENTITY_HEADER", "h"},
          {"IDENTITY_SERVER_THUMBPRINT", "00112233445566778899AABBCCDDEEFF00112233"}},
         get("https://localhost:2377/token?api-version=2019-07-01-preview" + resource, {"Secret: h"})},
        {"arc",
         ask_managed_identity,
         {{"IDENTITY_ENDPOINT", arc}, {"IMDS_ENDPOINT", "http://localhost:40342"}},
         get(arc + "?api-version=2020-06-01" + resource, {"Metadata: true"})},
    };
}

std::vector<place> entra_credentials() {
    static const temp_directory files;
    files.write("token", "head.pay.sig");
    return {
        {"secret",
         [](const auto& world, const auto& asked) {
             return client_secret_credential({.tenant_id = "t", .client_id = "c", .client_secret = secret_string("s")}, world)
                 .get_token(asked);
         },
         {},
         post_to_entra(entra_form + "&client_secret=s")},
        {"environment",
         [](const auto& world, const auto& asked) { return environment_credential({}, world).get_token(asked); },
         {{"AZURE_TENANT_ID", "t"}, {"AZURE_CLIENT_ID", "c"}, {"AZURE_CLIENT_SECRET", "s"}},
         post_to_entra(entra_form + "&client_secret=s")},
        {"certificate",
         [](const auto& world, const auto& asked) {
             client_certificate_options options{.tenant_id = "t", .client_id = "c"};
             const auto& made = some_certificates::get();
             options.certificate = secret_string(pem_of(made.leaf) + pkcs8_of(made.key));
             return client_certificate_credential(std::move(options), world).get_token(asked);
         },
         {},
         post_to_entra(assertion_form + "JWT")},
        {"assertion",
         [](const auto& world, const auto& asked) {
             const auto made = [](const token_request&) -> result<secret_string> { return secret_string("head.pay.sig"); };
             return client_assertion_credential({.tenant_id = "t", .client_id = "c"}, made, world).get_token(asked);
         },
         {},
         post_to_entra(assertion_form + "JWT")},
        {"workload_identity",
         [](const auto& world, const auto& asked) { return workload_identity_credential({}, world).get_token(asked); },
         {{"AZURE_TENANT_ID", "t"}, {"AZURE_CLIENT_ID", "c"}, {"AZURE_FEDERATED_TOKEN_FILE", files.path("token")}},
         post_to_entra(assertion_form + "JWT")},
        {"pipelines",
         [](const auto& world, const auto& asked) { return azure_pipelines_credential({}, world).get_token(asked); },
         {{"SYSTEM_OIDCREQUESTURI", "https://dev.azure.example/oidctoken"},
          {"SYSTEM_ACCESSTOKEN", "s"},
          {"AZURESUBSCRIPTION_TENANT_ID", "t"},
          {"AZURESUBSCRIPTION_CLIENT_ID", "c"},
          {"AZURESUBSCRIPTION_SERVICE_CONNECTION_ID", "id"}},
         {"POST",
          "https://dev.azure.example/oidctoken?api-version=7.1&serviceConnectionId=id",
          {"Accept: application/json", "Authorization: Bearer s", "Content-Type: application/json",
           "X-TFS-FedAuthRedirect: Suppress"},
          "",
          true,
          {}}},
    };
}

bool has_header(const net::http_request& request, std::string_view name) {
    return std::ranges::count(request.headers, name, &net::http_header::name) != 0;
}

/// What is sent before or after the first request.
std::vector<place> other_requests() {
    static const temp_directory keys;
    keys.write("one.key", "k");
    const std::string arc = "http://localhost:40342/metadata/identity/oauth2/token";
    const auto ask_arc = [](const credential_context& world, const token_request& asked) {
        const auto filled = identity::with_defaults(world);
        const auto source = identity::make_arc_source({}, filled.variables, {.agent = "/nowhere/himds", .keys = keys.root()});
        return source->ask(identity::inquiry("ManagedIdentityCredential", asked, filled));
    };
    const auto challenge = [](const net::http_request& request) -> std::optional<net::http_response> {
        if (has_header(request, "Authorization")) return std::nullopt;
        return net::http_response{401, {{"WWW-Authenticate", "Basic realm=" + keys.path("one.key")}}, {}};
    };
    const auto token_of_pipeline = [](const net::http_request& request) -> std::optional<net::http_response> {
        if (request.url == entra_url) return std::nullopt;
        return net::http_response{200, {}, secret_string(R"({"oidcToken":"head.pay.sig"})")};
    };
    const auto token_of_imds = [](const net::http_request& request) -> std::optional<net::http_response> {
        if (!has_header(request, "Metadata")) return std::nullopt;
        return net::http_response{200, {}, secret_string(good_answer)};
    };
    auto pipelines = entra_credentials().back();
    return {
        {"arc_with_key",
         ask_arc,
         {{"IDENTITY_ENDPOINT", arc}, {"IMDS_ENDPOINT", "http://localhost:40342"}},
         get(arc + "?api-version=2020-06-01" + resource, {"Metadata: true", "Authorization: Basic k"}),
         challenge},
        {"pipelines_at_entra", pipelines.ask, pipelines.variables, post_to_entra(assertion_form + "JWT"), token_of_pipeline},
        {"imds_probe",
         [](const credential_context& world, const token_request& asked) {
             return managed_identity_credential({.probe = true}, world).get_token(asked);
         },
         {},
         {"GET", "http://169.254.169.254/metadata/identity/oauth2/token", {}, "", false, {}},
         token_of_imds},
    };
}

std::vector<place> all_places() {
    auto all = managed_identities();
    for (auto&& more : {entra_credentials(), other_requests()}) all.insert(all.end(), more.begin(), more.end());
    return all;
}

/// What the service does each time it is asked.
struct fault {
    const char* name;
    int status;
    const char* body;
    errc transport = errc::connect_failed; ///< with status 0
};

constexpr const char* json_error = R"({"error":"some_error","error_description":"as scripted"})";

constexpr std::array faults{
    fault{"refused", 0, ""},
    fault{"timeout", 0, "", errc::timeout},
    fault{"cancelled", 0, "", errc::cancelled},
    fault{"302", 302, ""},
    fault{"400", 400, json_error},
    fault{"401", 401, json_error},
    fault{"403", 403, json_error},
    fault{"403_docker", 403, "connecting to 169.254.169.254:80: network is unreachable"},
    fault{"404", 404, json_error},
    fault{"408", 408, json_error},
    fault{"410", 410, json_error},
    fault{"429", 429, json_error},
    fault{"500", 500, json_error},
    fault{"502", 502, "<html>"},
    fault{"503", 503, json_error},
    fault{"504", 504, "<html>"},
    fault{"html", 200, "<html>"},
    fault{"cut_json", 200, R"({"access_token":"the-tok)"},
    fault{"no_token", 200, R"({"expires_in":3600})"},
    fault{"no_end", 200, R"({"access_token":"opaque"})"},
    fault{"ended", 200, R"({"access_token":"opaque","expires_on":"1600000000"})"},
};

/// Other ways to bring no answer, which come to the same as a connection that is refused.
constexpr std::array without_answer{fault{"unresolved", 0, "", errc::resolve_failed}, fault{"tls", 0, "", errc::tls_failed},
                                    fault{"cut", 0, "", errc::connection_lost}, fault{"huge", 0, "", errc::limit_exceeded}};

/// "failed 4": the class, and how often the service was asked. One word per fault, in their order.
using outcomes = std::array<const char*, faults.size()>;
const std::map<std::string, outcomes>& expected();

class fault_matrix : public credential_test, public testing::WithParamInterface<place> {
protected:
    /// Without what is new each time, at the end of a header or a body.
    static std::string masked(const std::string& text) {
        for (const auto& [start, mask] : {std::pair{"client_assertion=", "JWT"}, std::pair{"client-request-id: ", "GUID"}}) {
            const auto at = text.find(start);
            if (at != std::string::npos && text.find("return-") != 0) return text.substr(0, at + std::strlen(start)) + mask;
        }
        return text;
    }

    static std::string class_of(const result<access_token>& got) {
        if (got) return "token";
        if (got.error().code() == errc::credential_failed) return "failed";
        if (got.error().code() == errc::credential_unavailable) return "unavailable";
        return got.error().code().message();
    }

    std::string meet(const place& asked, const fault& now) {
        http_ = std::make_shared<scripted_http>(clock_);
        std::stop_source stop;
        std::vector<seen_request> tried;
        for (int i = 0; i < 40; ++i) {
            http_->will([&](const net::http_request& request) -> result<net::http_response> {
                if (const auto other = asked.others ? asked.others(request) : std::nullopt) return *other;
                tried.push_back(http_->seen().back());
                if (now.transport == errc::cancelled) stop.request_stop();
                if (now.status == 0) return failure(now.transport, "as scripted");
                return net::http_response{now.status, {}, secret_string(now.body)};
            });
        }
        const auto got = asked.ask(context(asked.variables), request(200s, stop.get_token()));
        for (const seen_request& sent : tried) {
            EXPECT_EQ(sent.method, asked.wanted.method);
            EXPECT_EQ(sent.url, asked.wanted.url);
            std::vector<std::string> headers;
            for (const auto& one : sent.headers) headers.push_back(masked(one));
            EXPECT_EQ(headers, asked.wanted.headers);
            EXPECT_EQ(masked(sent.body), asked.wanted.body);
            EXPECT_EQ(sent.use_proxy, asked.wanted.use_proxy);
        }
        EXPECT_EQ(asked.name == "arc_with_key" ? http_->seen().size() / 2 : tried.size(), tried.size()) << "a key is good once";
        return class_of(got) + " " + std::to_string(tried.size());
    }
};

TEST_P(fault_matrix, has_the_expected_requests_and_outcomes) {
    const auto row = expected().find(GetParam().name);
    ASSERT_NE(row, expected().end());
    for (std::size_t i = 0; i < faults.size(); ++i) {
        SCOPED_TRACE(faults[i].name);
        EXPECT_EQ(meet(GetParam(), faults[i]), row->second[i]);
    }
    for (const auto& silent : without_answer) {
        SCOPED_TRACE(silent.name);
        EXPECT_EQ(meet(GetParam(), silent), row->second.front());
    }
}

TEST_P(fault_matrix, sends_nothing_for_what_is_no_scope) {
    if (GetParam().name == "arc_with_key") return; // asked below the credential, which looks at scopes
    for (const char* scope :
         {"", "https://redis.azure.com/.default https://other.example/.default", "a&resource=b", "a\r\nb", "-x"}) {
        http_ = std::make_shared<scripted_http>(clock_);
        auto asked = request();
        asked.scope = scope;
        const auto got = GetParam().ask(context(GetParam().variables), asked);
        EXPECT_CODE(got, errc::credential_failed);
        EXPECT_THAT(attempt_of(got).reason, HasSubstr("holds characters that no scope has")) << scope;
        EXPECT_TRUE(http_->seen().empty()) << scope;
    }
}

INSTANTIATE_TEST_SUITE_P(credential, fault_matrix, testing::ValuesIn(all_places()),
                         [](const auto& one) { return one.param.name; });

// From the services' documents: IMDS asks for patience at 404, 410, 429 and 5xx, the others at their own; Entra is asked once
// more after a second where that may help. What is final is asked once.
const std::map<std::string, outcomes>& expected() {
    static constexpr outcomes of_imds{"unavailable 1", "unavailable 1", "cancelled by the caller 1",
                                      "unavailable 1", "failed 1",      "failed 1",
                                      "failed 1",      "unavailable 1", "failed 6",
                                      "failed 1",      "failed 6",      "failed 6",
                                      "failed 6",      "unavailable 6", "failed 6",
                                      "unavailable 6", "unavailable 1", "unavailable 1",
                                      "failed 1",      "failed 1",      "failed 1"};
    static constexpr outcomes of_local_endpoints{"failed 1", "failed 1", "cancelled by the caller 1",
                                                 "failed 1", "failed 1", "failed 1",
                                                 "failed 1", "failed 1", "failed 4",
                                                 "failed 4", "failed 1", "failed 4",
                                                 "failed 4", "failed 1", "failed 4",
                                                 "failed 4", "failed 1", "failed 1",
                                                 "failed 1", "failed 1", "failed 1"};
    static constexpr outcomes of_service_fabric{"failed 1", "failed 1", "cancelled by the caller 1",
                                                "failed 1", "failed 1", "failed 1",
                                                "failed 1", "failed 1", "failed 1",
                                                "failed 6", "failed 1", "failed 6",
                                                "failed 6", "failed 1", "failed 6",
                                                "failed 6", "failed 1", "failed 1",
                                                "failed 1", "failed 1", "failed 1"};
    static constexpr outcomes of_arc{"unavailable 1", "unavailable 1", "cancelled by the caller 1",
                                     "failed 1",      "failed 1",      "failed 1",
                                     "failed 1",      "failed 1",      "failed 4",
                                     "failed 4",      "failed 1",      "failed 4",
                                     "failed 4",      "failed 1",      "failed 4",
                                     "failed 4",      "failed 1",      "failed 1",
                                     "failed 1",      "failed 1",      "failed 1"};
    static constexpr outcomes of_entra{"failed 1", "failed 1", "cancelled by the caller 1",
                                       "failed 1", "failed 1", "failed 1",
                                       "failed 1", "failed 1", "failed 1",
                                       "failed 2", "failed 1", "failed 2",
                                       "failed 2", "failed 2", "failed 2",
                                       "failed 2", "failed 1", "failed 1",
                                       "failed 1", "failed 1", "failed 1"};
    // Whoever answers is there, but for proxies; what it thinks of a request without its header is of no matter.
    static constexpr outcomes of_probe{"unavailable 1", "unavailable 1", "cancelled by the caller 1",
                                       "token 1",       "token 1",       "token 1",
                                       "token 1",       "unavailable 1", "token 1",
                                       "token 1",       "token 1",       "token 1",
                                       "token 1",       "unavailable 1", "token 1",
                                       "unavailable 1", "token 1",       "token 1",
                                       "token 1",       "token 1",       "token 1"};
    static const std::map<std::string, outcomes> table{{"imds", of_imds},
                                                       {"app_service", of_local_endpoints},
                                                       {"app_service_2017", of_local_endpoints},
                                                       {"machine_learning", of_local_endpoints},
                                                       {"cloud_shell", of_local_endpoints},
                                                       {"service_fabric", of_service_fabric},
                                                       {"arc", of_arc},
                                                       {"secret", of_entra},
                                                       {"environment", of_entra},
                                                       {"certificate", of_entra},
                                                       {"assertion", of_entra},
                                                       {"workload_identity", of_entra},
                                                       {"pipelines", of_entra},
                                                       {"arc_with_key", of_arc},
                                                       {"pipelines_at_entra", of_entra},
                                                       {"imds_probe", of_probe}};
    return table;
}

} // namespace
} // namespace entrada
