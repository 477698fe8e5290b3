// Our own credentials against every source of the emulator: healthy, with each of its faults, and healthy again after it.
#include "entrada/azure_cli_credential.hpp"
#include "entrada/azure_developer_cli_credential.hpp"
#include "entrada/azure_pipelines_credential.hpp"
#include "entrada/azure_powershell_credential.hpp"
#include "entrada/client_certificate_credential.hpp"
#include "entrada/client_secret_credential.hpp"
#include "entrada/default_azure_credential.hpp"
#include "entrada/managed_identity_credential.hpp"
#include "entrada/token_claims.hpp"
#include "entrada/workload_identity_credential.hpp"
#include "identity/managed_identity_source.hpp"
#include "support/emulator_server.hpp"
#include "support/programs.hpp"
#include "support/redis_server.hpp"

#include <gmock/gmock.h>

#include <map>

#include <unistd.h>

namespace entrada::test {
namespace {

using namespace std::chrono_literals;

enum class end { token, failed, unavailable, timeout };

void PrintTo(end what, std::ostream* out) {
    constexpr const char* names[] = {"token", "failed", "unavailable", "timeout"};
    *out << names[static_cast<int>(what)];
}

end end_of(const result<access_token>& got) {
    if (got.has_value()) return end::token;
    if (got.error().code() == errc::credential_unavailable) return end::unavailable;
    return got.error().code() == errc::timeout ? end::timeout : end::failed;
}

credential_context context_of(const emulator_server& server) {
    credential_context context;
    context.variables = server.variables();
    return context;
}

/// The agent's directory is fixed, for good reasons, and not ours to write to; so its source is asked directly.
class arc_credential final : public token_credential {
public:
    explicit arc_credential(const emulator_server& server, managed_identity_options options = {})
        : context_(identity::with_defaults(context_of(server))),
          source_(identity::make_arc_source(options, context_.variables, {.agent = {}, .keys = server.text("arc_keys")})) {}

    result<access_token> get_token(const token_request& request) override {
        return source_->ask(identity::inquiry(name(), request, context_));
    }
    std::string_view name() const noexcept override { return "ManagedIdentityCredential"; }

private:
    credential_context context_;
    std::unique_ptr<identity::managed_identity_source> source_;
};

std::shared_ptr<token_credential> managed(const emulator_server& server) {
    return std::make_shared<managed_identity_credential>(managed_identity_options{}, context_of(server));
}
std::shared_ptr<token_credential> arc(const emulator_server& server) { return std::make_shared<arc_credential>(server); }
std::shared_ptr<token_credential> secret(const emulator_server& server) {
    const credential_context context = context_of(server);
    const auto text = [&](std::string_view name) { return std::string(variable(context.variables, name)); };
    client_secret_options options{text("AZURE_TENANT_ID"), text("AZURE_CLIENT_ID"), {}, {}, {}};
    options.client_secret = secret_string(text("AZURE_CLIENT_SECRET"));
    return std::make_shared<client_secret_credential>(options, context);
}
std::shared_ptr<token_credential> certificate(const emulator_server& server) {
    const credential_context context = context_of(server);
    const auto text = [&](std::string_view name) { return std::string(variable(context.variables, name)); };
    client_certificate_options options;
    options.tenant_id = text("AZURE_TENANT_ID");
    options.client_id = text("AZURE_CLIENT_ID");
    options.certificate_path = text("AZURE_CLIENT_CERTIFICATE_PATH");
    options.send_certificate_chain = true;
    return std::make_shared<client_certificate_credential>(options, context);
}
std::shared_ptr<token_credential> workload(const emulator_server& server) {
    return std::make_shared<workload_identity_credential>(workload_identity_options{}, context_of(server));
}

template <class Credential, class Options>
std::shared_ptr<token_credential> of_environment(const emulator_server& server) {
    return std::make_shared<Credential>(Options{}, context_of(server));
}

struct place {
    const char* test_name;
    const char* identities; ///< for the emulator
    const char* source;     ///< whose faults are tried
    char who;               ///< the digit that tells identities apart
    std::shared_ptr<token_credential> (*make)(const emulator_server&);
};

void PrintTo(const place& where, std::ostream* out) { *out << where.test_name; }

const place places[] = {
    {"imds", "imds", "imds", '1', managed},
    {"app_service", "app-service", "app-service", '1', managed},
    {"app_service_2017", "app-service-2017", "app-service-2017", '1', managed},
    {"container_apps", "container-apps", "container-apps", '1', managed},
    {"azure_ml", "azure-ml", "azure-ml", '1', managed},
    {"cloud_shell", "cloud-shell", "cloud-shell", '4', managed},
    {"service_fabric", "service-fabric", "service-fabric", '1', managed},
    {"azure_arc", "azure-arc", "azure-arc", '1', arc},
    {"client_secret", "none,service-principal", "entra", '3', secret},
    {"client_certificate", "none,certificate", "entra", '3', certificate},
    {"workload_identity", "none,workload", "entra", '3', workload},
    {"federated_token_file", "none,workload", "federated-token", '3', workload},
    {"azure_pipelines", "none,pipelines", "pipelines", '3', of_environment<azure_pipelines_credential, azure_pipelines_options>},
    {"azure_cli", "none,az", "az", '4', of_environment<azure_cli_credential, azure_cli_options>},
    {"azure_developer_cli", "none,azd", "azd", '4', of_environment<azure_developer_cli_credential, azure_developer_cli_options>},
    {"azure_powershell", "none,pwsh", "pwsh", '4', of_environment<azure_powershell_credential, azure_powershell_options>},
};

/// What each fault comes to. The metadata service has an address that anybody may sit at, so what does not look like it is not
/// there; every other source was configured, so it has failed.
end expected(const std::string& source, const std::string& fault) {
    static const std::map<std::string, end> everywhere{
        {"throttled", end::failed},
        {"throttled-date", end::failed},
        {"updating", end::failed},
        {"not-found", end::failed},
        {"server-error", end::failed},
        {"unavailable", end::failed},
        {"bad-gateway", end::failed},
        {"gateway-timeout", end::failed},
        {"docker", end::failed},
        {"captive-portal", end::failed},
        {"redirect", end::failed},
        {"wrong-json", end::failed},
        {"no-token", end::failed},
        {"huge", end::failed},
        {"cut", end::failed},
        {"drop", end::failed},
        {"hang", end::timeout},
        {"refused", end::failed},
        {"no-identity", end::failed},
        {"several-identities", end::failed},
        {"system-off", end::failed},
        {"aadsts", end::failed},
        {"unknown-audience", end::unavailable},
        {"no-realm", end::failed},
        {"no-challenge", end::failed},
        {"slow", end::token},
        {"gzip", end::token},
        {"same-token", end::token},
        {"opaque", end::token},
        {"clock", end::token},
        {"expires-on", end::token},
        {"expires-in", end::token},
        {"refresh-in", end::token},
        {"old-agent", end::token},
        {"wrong-certificate", end::failed},
        {"once-only", end::token},
        {"key-elsewhere", end::failed},
        {"key-extension", end::failed},
        {"key-huge", end::failed},
        {"key-link", end::failed},
        {"empty", end::failed},
        {"expired", end::failed},
        {"missing", end::failed},
        {"not-installed", end::unavailable},
        {"not-logged-in", end::unavailable},
        {"login-expired", end::failed},
        {"broken", end::failed},
        {"no-module", end::failed},
        {"old-output", end::token},
        {"prompt", end::token},
        {"keeps-pipe", end::token},
        {"not-utf8", end::token},
        {"key-unreadable", ::geteuid() == 0 ? end::token : end::failed},
    };
    static const std::map<std::string, end> nobody_there{
        {"refused", end::unavailable}, {"cut", end::unavailable}, {"drop", end::unavailable}, {"huge", end::unavailable}};
    static const std::map<std::string, end> not_the_metadata_service{
        {"bad-gateway", end::unavailable},    {"gateway-timeout", end::unavailable}, {"docker", end::unavailable},
        {"captive-portal", end::unavailable}, {"redirect", end::unavailable},        {"wrong-json", end::unavailable},
        {"no-identity", end::unavailable},    {"system-off", end::unavailable}};
    if (const auto found = nobody_there.find(fault); found != nobody_there.end() && (source == "imds" || source == "azure-arc"))
        return found->second;
    if (const auto found = not_the_metadata_service.find(fault); found != not_the_metadata_service.end() && source == "imds")
        return found->second;
    if (source == "pwsh" && fault == "no-module") return end::unavailable;
    if (source == "pipelines" && fault == "opaque") return end::failed; // no token for Entra to read
    return everywhere.at(fault);                                        // throws for a fault that nobody has thought about here
}

class emulator_credentials : public testing::TestWithParam<place> {
protected:
    void SetUp() override {
        ENTRADA_NEEDS_REDIS();
        server_.emplace(std::vector<std::string>{"--identities", GetParam().identities});
        credential_ = GetParam().make(*server_);
    }

    static token_request once(std::chrono::milliseconds limit = 10s) {
        token_request request;
        request.deadline = within(limit);
        request.pause_max = 0ms;
        return request;
    }
    result<access_token> ask(std::chrono::milliseconds limit = 10s) { return credential_->get_token(once(limit)); }
    void expect_healthy(const std::string& when) {
        const auto got = ask();
        ASSERT_TRUE(got.has_value()) << when << ": " << got.error().to_string();
        EXPECT_EQ(read_token_claims(got->token.reveal())->oid,
                  std::string("e117ada0-0000-4000-8000-0000000000") + GetParam().who + "1");
    }
    std::optional<emulator_server> server_;
    std::shared_ptr<token_credential> credential_;
};

TEST_P(emulator_credentials, meet_each_fault_as_what_it_is_and_recover_from_it) {
    const std::string source = GetParam().source;
    expect_healthy("at the start");
    for (const std::string& fault : server_->faults_of(source)) {
        server_->set_fault(source, fault, fault == "slow" ? "200ms" : "");
        const auto got = ask(fault == "hang" ? 300ms : 10s);
        EXPECT_EQ(end_of(got), expected(source, fault)) << fault << ": " << (got ? "" : got.error().to_string());
        const bool told = got.has_value() || credential_report_of(got.error()) != nullptr;
        EXPECT_TRUE(told) << fault;
        server_->clear_faults();
        expect_healthy("after " + fault);
    }
}

/// Of an opaque token, so that the answer alone can tell; what it cannot tell is in the claims of a readable one.
TEST_P(emulator_credentials, read_the_end_of_a_token_in_every_form) {
    const auto faults = server_->faults_of(GetParam().source);
    const auto has = [&](std::string_view name) { return std::ranges::count(faults, name) != 0; };
    const std::string source = GetParam().source;
    const auto ask_with = [&](const std::string& field, const char* form, bool opaque) {
        server_->set_fault(source, "none");
        for (const char* other : {"expires-on", "expires-in"})
            if (has(other)) server_->set_fault(source, other, other == field ? form : "none");
        if (opaque) server_->set_fault(source, "opaque");
        return ask();
    };
    const auto expect_hour = [&](const char* field, const char* form) {
        if (!has(field)) return;
        const bool says_nothing = std::ranges::count(std::vector<std::string>{"empty", "nonsense", "none"}, form) != 0;
        EXPECT_EQ(end_of(ask_with(field, form, true)), says_nothing ? end::failed : end::token) << field << " " << form;
        const auto got = ask_with(field, form, !says_nothing);
        ASSERT_TRUE(got.has_value()) << field << " " << form << ": " << got.error().to_string();
        EXPECT_LT(std::chrono::abs(got->expires_on - std::chrono::system_clock::now() - 1h), 5s) << field << " " << form;
    };
    for (const char* form : {"text", "number", "float", "relative", "iso", "iso-local", "linux-date", "windows-date",
                             "mixed-date", "plain-date", "empty", "nonsense", "none"})
        expect_hour("expires-on", form);
    for (const char* form : {"text", "number", "empty", "none"}) expect_hour("expires-in", form);
}

TEST_P(emulator_credentials, know_when_to_renew_if_the_source_says_so) {
    const std::string source = GetParam().source;
    if (std::ranges::count(server_->faults_of(source), "refresh-in") == 0) return expect_healthy("a file says nothing");
    EXPECT_FALSE(ask()->refresh_on.has_value());
    server_->set_fault(source, "refresh-in", "600");
    const auto got = ask();
    ASSERT_TRUE(got.has_value() && got->refresh_on.has_value());
    EXPECT_LT(std::chrono::abs(*got->refresh_on - std::chrono::system_clock::now() - 10min), 5s);
}

INSTANTIATE_TEST_SUITE_P(all, emulator_credentials, testing::ValuesIn(places),
                         [](const auto& one) { return std::string(one.param.test_name); });

class emulator_machines : public testing::Test {
protected:
    void SetUp() override { ENTRADA_NEEDS_REDIS(); }

    static std::string oid_of(const result<access_token>& got) {
        return got ? read_token_claims(got->token.reveal())->oid : got.error().to_string();
    }
};

TEST_F(emulator_machines, choose_an_identity_by_each_of_its_ids) {
    const std::string user = "e117ada0-0000-4000-8000-000000000021";
    const std::string resource = "/subscriptions/e117ada0-0000-4000-8000-000000000002/resourcegroups/emulator/providers/"
                                 "Microsoft.ManagedIdentity/userAssignedIdentities/emulator";
    const managed_identity_options choices[] = {
        {.client_id = "e117ada0-0000-4000-8000-000000000022", .object_id = {}, .resource_id = {}},
        {.client_id = {}, .object_id = user, .resource_id = {}},
        {.client_id = {}, .object_id = {}, .resource_id = resource}};
    const managed_identity_options nobody{
        .client_id = "e117ada0-0000-4000-8000-0000000000ff", .object_id = {}, .resource_id = {}};
    for (const char* place : {"imds,user-assigned", "app-service,user-assigned"}) {
        const emulator_server server({"--identities", place});
        for (const auto& options : choices)
            EXPECT_EQ(oid_of(managed_identity_credential(options, context_of(server)).get_token({})), user) << place;
        EXPECT_EQ(end_of(managed_identity_credential(nobody, context_of(server)).get_token({})), end::failed) << place;
    }
}

TEST_F(emulator_machines, whose_system_assigned_identity_is_off_differ) {
    for (const std::string place : {"imds", "app-service"}) {
        const emulator_server server({"--identities", place + ",user-assigned"});
        server.set_fault(place, "system-off");
        const auto got = managed(server)->get_token({});
        if (place == "imds") {
            EXPECT_EQ(oid_of(got), "e117ada0-0000-4000-8000-000000000021");
        } else {
            EXPECT_EQ(end_of(got), end::failed);
            EXPECT_THAT(oid_of(got), testing::HasSubstr("set AZURE_CLIENT_ID"));
        }
    }
}

TEST_F(emulator_machines, of_azure_arc_are_not_believed_when_they_ignore_the_choice) {
    const emulator_server server({"--identities", "azure-arc,user-assigned"});
    arc_credential chosen(server, {.client_id = "e117ada0-0000-4000-8000-000000000022", .object_id = {}, .resource_id = {}});
    EXPECT_EQ(oid_of(chosen.get_token({})), "e117ada0-0000-4000-8000-000000000021");
    server.set_fault("azure-arc", "old-agent");
    const auto got = chosen.get_token({});
    EXPECT_EQ(end_of(got), end::failed);
    EXPECT_THAT(oid_of(got), testing::HasSubstr("another identity"));
}

TEST_F(emulator_machines, are_asked_again_until_a_passing_trouble_has_passed) {
    const emulator_server server({"--identities", "imds"});
    for (const char* fault : {"not-found", "updating", "throttled", "server-error"})
        server.set_fault("imds", fault, fault == std::string_view("throttled") ? "0" : "", 1);
    token_request request;
    request.pause_max = 10ms;
    const auto got = managed(server)->get_token(request);
    EXPECT_EQ(end_of(got), end::token) << oid_of(got);
    EXPECT_EQ(server.health().at("token_requests").to_number<int>(), 5);
}

TEST_F(emulator_machines, cost_one_probe_and_one_request_for_the_first_token) {
    const emulator_server server({"--identities", "imds"});
    default_azure_credential credential({}, context_of(server));
    EXPECT_EQ(oid_of(credential.get_token({})), server.user());
    EXPECT_EQ(server.health().at("token_requests").to_number<int>(), 2);
    EXPECT_EQ(oid_of(credential.get_token({})), server.user());
    EXPECT_EQ(server.health().at("token_requests").to_number<int>(), 3) << "the winner is remembered, and what was probed";
}

TEST_F(emulator_machines, without_any_identity_are_told_from_azure_in_less_than_three_seconds) {
    const emulator_server server({"--identities", "imds"});
    server.set_fault("imds", "hang");
    const auto begin = std::chrono::steady_clock::now();
    const auto got = default_azure_credential({}, context_of(server)).get_token({});
    EXPECT_LT(std::chrono::steady_clock::now() - begin, 3s);
    EXPECT_EQ(end_of(got), end::unavailable);
    ASSERT_NE(credential_report_of(got.error()), nullptr);
    EXPECT_GE(credential_report_of(got.error())->attempts().size(), 3U);
}

TEST_F(emulator_machines, name_each_error_of_entra_and_when_to_come_back) {
    const emulator_server server({"--identities", "none,service-principal"});
    const auto credential = secret(server);
    token_request request;
    request.pause_max = 0ms;
    const auto attempt = [&] {
        const auto got = credential->get_token(request);
        EXPECT_EQ(end_of(got), end::failed);
        return got ? credential_attempt{} : credential_report_of(got.error())->attempts().front();
    };
    const std::pair<int, int> rows[] = {
        {7000215, 401}, {7000222, 401}, {7000218, 401}, {700016, 400}, {700011, 400}, {7000112, 401}, {70001, 400},
        {700027, 401},  {50012, 401},   {700024, 401},  {70021, 400},  {700211, 401}, {700212, 401},  {7002121, 401},
        {700213, 401},  {700030, 401},  {90002, 400},   {900382, 400}, {90038, 400},  {500011, 400},  {50001, 400},
        {70011, 400},   {28002, 400},   {700022, 400},  {900144, 400}, {90014, 400},  {9002313, 400}, {53003, 400},
        {53000, 400},   {50196, 400},   {90055, 429},   {90006, 503},  {90012, 504},  {90024, 503},   {90033, 503},
        {90090, 503},   {90094, 400},   {65001, 400},   {700082, 400}, {70008, 400},  {70043, 400}};
    for (const auto& [number, status] : rows) {
        server.set_fault("entra", "aadsts", std::to_string(number));
        const auto said = attempt();
        EXPECT_EQ(said.aadsts, "AADSTS" + std::to_string(number));
        EXPECT_EQ(said.http_status, status) << number;
        EXPECT_EQ(said.correlation_id.size(), 36U) << number;
    }
    server.set_fault("entra", "throttled", "7");
    EXPECT_EQ(attempt().retry_after, 7s);
    server.set_fault("entra", "throttled-date", "60");
    const auto pause = attempt().retry_after;
    ASSERT_TRUE(pause.has_value());
    EXPECT_LE(std::chrono::abs(*pause - 60s), 2s);
}

TEST_F(emulator_machines, with_a_rotated_federated_token_go_on) {
    const emulator_server server({"--identities", "none,workload"});
    const auto credential = workload(server);
    EXPECT_EQ(end_of(credential->get_token({})), end::token);
    server.set_fault("federated-token", "expired");
    const auto stale = credential->get_token({});
    ASSERT_EQ(end_of(stale), end::failed);
    EXPECT_EQ(credential_report_of(stale.error())->attempts().front().aadsts, "AADSTS700024");
    server.clear_faults();
    server.rotate_federated_token();
    EXPECT_EQ(end_of(credential->get_token({})), end::token);
}

} // namespace
} // namespace entrada::test
