// Room: identity. What the default chain makes of each situation: go on, so that the last tool gives the token, or stop, and at
// whom.
#include "entrada/default_azure_credential.hpp"
#include "support/temp_directory.hpp"
#include "unit/identity/credential_fixture.hpp"

namespace entrada {
namespace {

using namespace test;

constexpr const char* goes_on = "AzureDeveloperCliCredential";

struct answer {
    int status; ///< 0: the connection is refused; -1: nothing comes until the deadline
    const char* body = "";
};

struct situation {
    const char* name;
    environment variables;
    std::vector<answer> answers; ///< in the order of the requests
    const char* end;             ///< who gives the token, or at whom the chain stops
    const char* az = nullptr;    ///< what `az` does, if it is there
};

std::ostream& operator<<(std::ostream& out, const situation& one) { return out << one.name; }

const answer probed{400, R"({"error":"invalid_request","error_description":"Required metadata header not specified"})"};
const answer no_identity{400, R"({"error":"invalid_request","error_description":"Identity not found"})"};
const answer no_route{0};
const answer busy{500, R"({"error":"server_error"})"};
const environment principal{{"AZURE_TENANT_ID", "t"}, {"AZURE_CLIENT_ID", "c"}, {"AZURE_CLIENT_SECRET", "s"}};
const environment app{{"IDENTITY_ENDPOINT", "http://localhost:1/token"}, {"IDENTITY_HEADER", "h"}};

environment pod(const char* file) {
    return {{"AZURE_TENANT_ID", "t"}, {"AZURE_CLIENT_ID", "c"}, {"AZURE_FEDERATED_TOKEN_FILE", file}};
}

class default_chain_ends : public credential_test {
protected:
    temp_directory directory_;

    void script(const std::vector<answer>& answers) {
        for (const auto& [status, body] : answers) {
            if (status > 0)
                http_->will_answer(status, body);
            else if (status == 0)
                http_->will_fail(errc::connect_failed);
            else
                http_->will_hang();
        }
    }

    result<access_token> ask(environment variables, std::stop_token stop = {}) {
        directory_.write("token", "head.pay.sig");
        auto& file = variables["AZURE_FEDERATED_TOKEN_FILE"];
        if (file == "token") file = directory_.path("token");
        variables["PATH"] = directory_.root() + ":/usr/bin:/bin";
        default_azure_credential_options options;
        options.process_timeout = 1s;
        options.exclude_azure_powershell = true; // one of this machine would take its time
        default_azure_credential credential(options, context(variables));
        auto got = credential.get_token(request(15s, std::move(stop)));
        if (got) winner_ = credential.source();
        return got;
    }
    std::string winner_;
};

class default_chain_meets : public default_chain_ends, public testing::WithParamInterface<situation> {};

TEST_P(default_chain_meets, each_situation_as_what_it_is) {
    directory_.write_script("azd", R"(echo '{"token":"the-token","expiresOn":"2023-11-14T23:13:20Z"}')");
    if (GetParam().az != nullptr) directory_.write_script("az", GetParam().az);
    script(GetParam().answers);
    const auto got = ask(GetParam().variables);
    EXPECT_TRUE(http_->script_done());
    if (GetParam().end == std::string_view(goes_on)) {
        EXPECT_TOKEN(got);
        EXPECT_EQ(winner_, goes_on);
        return;
    }
    ASSERT_FALSE(got.has_value());
    const auto& attempts = credential_report_of(got.error())->attempts();
    const auto failed = std::ranges::find(attempts, credential_attempt::outcome::failed, &credential_attempt::what);
    ASSERT_NE(failed, attempts.end());
    EXPECT_EQ(failed->credential, GetParam().end);
    for (auto later = failed + 1; later != attempts.end(); ++later) EXPECT_EQ(later->what, credential_attempt::outcome::skipped);
    const bool advised = got.error().detail().find("Hint: ") != std::string::npos;
    EXPECT_TRUE(advised || got.error().code() == errc::timeout);
}

constexpr const char* of_environment = "EnvironmentCredential";
constexpr const char* of_workload = "WorkloadIdentityCredential";
constexpr const char* of_machine = "ManagedIdentityCredential";
constexpr const char* audience = R"({"error":{"code":"AudienceNotSupported","message":"no"}})";

INSTANTIATE_TEST_SUITE_P(
    table, default_chain_meets,
    testing::Values(
        situation{"nothing_is_set", {}, {no_route}, goes_on},
        situation{"secret_refused", principal, {{401, R"({"error":"invalid_client"})"}}, of_environment},
        situation{"authority_unreachable", principal, {no_route}, of_environment},
        situation{"certificate_file_missing",
                  {{"AZURE_TENANT_ID", "t"}, {"AZURE_CLIENT_ID", "c"}, {"AZURE_CLIENT_CERTIFICATE_PATH", "/nowhere"}},
                  {},
                  of_environment},
        situation{"federated_token_missing", pod("/nowhere"), {}, of_workload},
        situation{"federated_token_empty", pod("/dev/null"), {}, of_workload},
        situation{"federated_token_refused",
                  pod("token"),
                  {{400, R"({"error":"invalid_client","error_description":"AADSTS70021: no"})"}},
                  of_workload},
        situation{"probe_refused", {}, {no_route}, goes_on}, situation{"probe_without_answer", {}, {{-1}}, goes_on},
        situation{"probe_meets_docker", {}, {{403, "network is unreachable"}}, goes_on},
        situation{"probe_meets_proxy_502", {}, {{502, "<html>"}}, goes_on},
        situation{"probe_meets_proxy_504", {}, {{504, "<html>"}}, goes_on},
        situation{"no_identity_at_all", {}, {probed, no_identity}, goes_on},
        situation{"named_identity_is_not_here", {{"AZURE_CLIENT_ID", "c"}}, {probed, no_identity}, of_machine},
        situation{"several_identities",
                  {},
                  {probed, {400, R"({"error":"invalid_request","error_description":"Multiple user assigned identities exist"})"}},
                  of_machine},
        situation{"resource_unknown",
                  {},
                  {probed, {400, R"({"error":"invalid_resource","error_description":"AADSTS500011: no"})"}},
                  of_machine},
        situation{"docker_says_unreachable", {}, {probed, {403, "network is unreachable"}}, goes_on},
        situation{"docker_says_unreachable_in_json", {}, {probed, {403, R"({"error":"unreachable"})"}}, goes_on},
        situation{"forbidden", {}, {probed, {403, R"({"error":"forbidden"})"}}, of_machine},
        situation{"captive_portal", {}, {{200, "<html>"}, {200, "<html>"}}, goes_on},
        situation{"connection_lost_after_the_probe", {}, {probed, no_route}, goes_on},
        situation{"service_in_trouble", {}, {probed, busy, busy, busy, busy, busy}, of_machine},
        situation{"token_without_end", {}, {probed, {200, R"({"access_token":"opaque"})"}}, of_machine},
        situation{"hangs_until_the_deadline", {}, {probed, {-1}}, of_machine},
        situation{"app_unreachable", app, {no_route}, of_machine},
        situation{"app_without_identity", app, {{400, R"({"message":"none"})"}}, of_machine},
        situation{"cloud_shell_has_no_such_audience", {{"MSI_ENDPOINT", "http://localhost:1/token"}}, {{400, audience}}, goes_on},
        situation{"az_not_signed_in", {}, {no_route}, goes_on, "echo \"Please run 'az login'\" >&2; exit 1"},
        situation{"az_broken", {}, {no_route}, goes_on, "exit 3"},
        situation{"az_expired", {}, {no_route}, goes_on, "echo 'AADSTS700082: expired' >&2; exit 1"},
        situation{"az_hangs", {}, {no_route}, goes_on, "sleep 1000"},
        situation{"az_says_nonsense", {}, {no_route}, goes_on, "echo hello"}),
    [](const auto& one) { return std::string(one.param.name); });

TEST_F(default_chain_ends, at_once_when_its_caller_wants) {
    std::stop_source stop;
    http_->will_answer(probed.status, probed.body).will([&](const net::http_request&) -> result<net::http_response> {
        stop.request_stop();
        return failure(errc::cancelled, "stopped");
    });
    EXPECT_CODE(ask({}, stop.get_token()), errc::cancelled);
    EXPECT_EQ(http_->seen().size(), 2U);
}

} // namespace
} // namespace entrada
