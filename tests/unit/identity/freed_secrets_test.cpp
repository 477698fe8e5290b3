// Room: identity. What get_token gives back to the allocator holds neither the secret that was sent nor the token that came.
#include "entrada/azure_cli_credential.hpp"
#include "entrada/azure_pipelines_credential.hpp"
#include "entrada/client_secret_credential.hpp"
#include "entrada/managed_identity_credential.hpp"
#include "entrada/workload_identity_credential.hpp"
#include "identity/assertion.hpp"
#include "identity/managed_identity_source.hpp"
#include "support/temp_directory.hpp"
#include "unit/base/freed_memory.hpp"
#include "unit/identity/credential_fixture.hpp"
#include "unit/identity/test_certificates.hpp"

namespace entrada {
namespace {

using namespace test;

// Longer than a short string, and unlike anything else in this program.
constexpr std::string_view secret = "secret-that-goes-out-0123456789-abcdefghijklmnopqrstuvwxyz";
constexpr std::string_view token = "token-that-comes-in-0123456789-ABCDEFGHIJKLMNOPQRSTUVWXYZ-0123456789";

/// Keeps nothing of what it is sent.
class forgetful_http final : public net::http_client {
public:
    result<net::http_response> send(const net::http_request& request) override {
        if (request.url.find("oidctoken") != std::string::npos)
            return net::http_response{200, {}, secret_string(R"({"oidcToken":"a.b.c"})")};
        const bool with_key = std::ranges::count(request.headers, "Authorization", &net::http_header::name) != 0;
        if (!challenge.empty() && !with_key) return net::http_response{401, {{"WWW-Authenticate", challenge}}, {}};
        return net::http_response{200, {}, good_};
    }
    std::string challenge;

private:
    secret_string good_{R"({"token_type":"Bearer","expires_in":3600,"client_id":"c","access_token":")" + std::string(token)
                        + "\"}"};
};

struct traces {
    unsigned of_secret;
    unsigned of_token;
    friend bool operator==(const traces&, const traces&) = default;
};
void PrintTo(const traces& found, std::ostream* out) {
    *out << found.of_secret << " blocks with the secret, " << found.of_token << " with the token";
}

class freed_secrets : public credential_test {
protected:
    temp_directory directory_;
    std::shared_ptr<forgetful_http> forgetful_ = std::make_shared<forgetful_http>();

    credential_context world(environment variables) {
        auto made = context(std::move(variables));
        made.http = forgetful_;
        return made;
    }

    static traces traces_of(const std::function<result<access_token>()>& ask) {
        const auto count = [&](std::string_view bytes) {
            const freed_memory_watch watch(bytes);
            const auto got = ask();
            EXPECT_TRUE(got.has_value()) << got.error().to_string();
            EXPECT_GE(watch.blocks_seen(), 1U);
            return watch.blocks_with_the_bytes();
        };
        return {count(secret), count(token)};
    }
    traces traces_of(token_credential& credential) {
        return traces_of([&, asked = request()] { return credential.get_token(asked); });
    }
};

constexpr traces none{0, 0};

TEST_F(freed_secrets, of_headers_are_wiped) {
    for (const char* kind : {"", "IDENTITY_SERVER_THUMBPRINT"}) {
        environment variables{{"IDENTITY_ENDPOINT", "https://localhost:1/token"}, {"IDENTITY_HEADER", std::string(secret)}};
        if (*kind != '\0') variables[kind] = "00112233445566778899AABBCCDDEEFF00112233";
        managed_identity_credential credential({}, world(variables));
        EXPECT_EQ(traces_of(credential), none) << kind;
    }
    managed_identity_credential machine_learning(
        {}, world({{"MSI_ENDPOINT", "http://localhost:1/token"}, {"MSI_SECRET", std::string(secret)}}));
    EXPECT_EQ(traces_of(machine_learning), none);
    azure_pipelines_credential pipelines(
        {.tenant_id = "t", .client_id = "c", .service_connection_id = "s"},
        world({{"SYSTEM_OIDCREQUESTURI", "https://localhost/oidctoken"}, {"SYSTEM_ACCESSTOKEN", std::string(secret)}}));
    EXPECT_EQ(traces_of(pipelines), none);
}

TEST_F(freed_secrets, of_forms_are_wiped) {
    client_secret_credential with_secret({.tenant_id = "t", .client_id = "c", .client_secret = secret_string(secret)}, world({}));
    EXPECT_EQ(traces_of(with_secret), none);
    directory_.write("token", std::string(secret));
    workload_identity_credential workload({.tenant_id = "t", .client_id = "c", .token_file = directory_.path("token")},
                                          world({}));
    EXPECT_EQ(traces_of(workload), none);
}

TEST_F(freed_secrets, of_the_agent_of_azure_arc_are_wiped) {
    directory_.write("one.key", std::string(secret));
    forgetful_->challenge = "Basic realm=" + directory_.path("one.key");
    const auto filled = identity::with_defaults(world({}));
    const auto source = identity::make_arc_source({}, filled.variables, {.agent = "", .keys = directory_.root()});
    EXPECT_EQ(traces_of([&, asked = request()] { return source->ask(identity::inquiry("Arc", asked, filled)); }), none);
}

TEST_F(freed_secrets, of_a_tool_are_wiped) {
    directory_.write_script("az", R"(echo '{"expires_on":1700003600,"accessToken":")" + std::string(token) + R"("}')");
    azure_cli_credential credential({}, world({{"PATH", directory_.root() + ":/usr/bin:/bin"}}));
    EXPECT_EQ(traces_of(credential), none);
}

/// Signatures of the old kind are the same each time.
TEST_F(freed_secrets, of_certificates_leave_no_assertion) {
    const auto& made = some_certificates::get();
    const auto read = identity::certificate::read(secret_string(pem_of(made.leaf) + pkcs8_of(made.key)), secret_string());
    const auto& certificate = std::get<identity::certificate>(read);
    const auto sign = [&] {
        return identity::make_assertion(certificate, {.audience = "a", .client_id = "c", .id = "i", .now = clock_->wall()},
                                        identity::certificate::padding::pkcs1, false);
    };
    const auto assertion = sign();
    const freed_memory_watch watch(assertion.reveal());
    EXPECT_TRUE(same_secret(sign(), assertion));
    EXPECT_EQ(watch.blocks_with_the_bytes(), 0U);
}

} // namespace
} // namespace entrada
