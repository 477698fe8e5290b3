// Assertions that are signed with a certificate: what the authority accepts, and what it says about each mistake.
#include "emulator/authority_endpoint.hpp"
#include "emulator/base64url.hpp"
#include "emulator/certificates.hpp"

#include <boost/json/array.hpp>
#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>
#include <gtest/gtest.h>
#include <openssl/pem.h>
#include <openssl/rsa.h>
#include <openssl/sha.h>

namespace entrada::emulator {
namespace {

using namespace std::chrono_literals;
namespace json = boost::json;

const certified_key& made() {
    static const certified_key one =
        make_self_signed({.common_name = "client", .dns_names = {}, .ip_addresses = {}}, key_kind::rsa_2048).value();
    return one;
}
const certified_key& stranger() {
    static const certified_key one =
        make_self_signed({.common_name = "other", .dns_names = {}, .ip_addresses = {}}, key_kind::rsa_2048).value();
    return one;
}

std::string hash(const std::string& bytes, bool sha256) {
    unsigned char out[SHA256_DIGEST_LENGTH];
    const auto* in = reinterpret_cast<const unsigned char*>(bytes.data());
    sha256 ? SHA256(in, bytes.size(), out) : SHA1(in, bytes.size(), out);
    return {reinterpret_cast<const char*>(out), sha256 ? std::size_t{32} : std::size_t{20}};
}

std::string standard_base64(const std::string& bytes) {
    std::string text(4 * ((bytes.size() + 2) / 3) + 1, '\0');
    const int size = EVP_EncodeBlock(reinterpret_cast<unsigned char*>(text.data()),
                                     reinterpret_cast<const unsigned char*>(bytes.data()), static_cast<int>(bytes.size()));
    text.resize(static_cast<std::size_t>(size));
    return text;
}

std::string sign(const certified_key& by, const std::string& text, bool pss) {
    const memory_ptr memory(BIO_new_mem_buf(by.key_pem.reveal().data(), static_cast<int>(by.key_pem.size())));
    const key_ptr key(PEM_read_bio_PrivateKey(memory.get(), nullptr, nullptr, nullptr));
    const digest_ptr context(EVP_MD_CTX_new());
    EVP_PKEY_CTX* details = nullptr;
    EVP_DigestSignInit(context.get(), &details, EVP_sha256(), nullptr, key.get());
    if (pss) {
        EVP_PKEY_CTX_set_rsa_padding(details, RSA_PKCS1_PSS_PADDING);
        EVP_PKEY_CTX_set_rsa_pss_saltlen(details, RSA_PSS_SALTLEN_DIGEST);
    }
    std::string signature(512, '\0');
    std::size_t size = signature.size();
    EVP_DigestSign(context.get(), reinterpret_cast<unsigned char*>(signature.data()), &size,
                   reinterpret_cast<const unsigned char*>(text.data()), text.size());
    return signature.substr(0, size);
}

class client_assertions : public testing::Test {
protected:
    wall_time now = wall_time(1'800'000'000s);
    const std::string client = make_identity(identity_kind::certificate).client_id;
    const std::string audience = "https://localhost:4433/" + std::string(tenant_id) + "/oauth2/v2.0/token";
    token_authority authority{
        signing_key::create().value(),
        {.lifetime = 5s, .identities = make_identities({identity_kind::certificate}), .now = [this] { return now; }}};
    fault_board faults;
    authority_endpoint entra{authority,
                             faults,
                             {"https://localhost:4433",
                              secret_string(),
                              {identity_kind::certificate},
                              registered_certificate::from_pem(made().certificate_pem).value()}};
    const std::string der = der_of_certificate(made().certificate_pem);
    json::object header{{"typ", "JWT"}, {"alg", "PS256"}, {"x5t#S256", to_base64url(hash(der, true))}};
    json::object claims{{"iss", client}, {"sub", client},        {"aud", audience},
                        {"jti", "one"},  {"nbf", 1'800'000'000}, {"exp", 1'800'000'600}};

    http_request request(const certified_key& by = made()) const {
        const std::string text = to_base64url(json::serialize(header)) + "." + to_base64url(json::serialize(claims));
        const std::string assertion = text + "." + to_base64url(sign(by, text, header.at("alg") == "PS256"));
        http_request made_one = http_request::from_target("POST", "/" + std::string(tenant_id) + "/oauth2/v2.0/token").value();
        made_one.body = "client_id=" + client + "&scope=https%3A%2F%2Fredis.azure.com%2F.default&grant_type=client_credentials"
                        + "&client_assertion_type=urn%3Aietf%3Aparams%3Aoauth%3Aclient-assertion-type%3Ajwt-bearer"
                        + "&client_assertion=" + assertion;
        return made_one;
    }
    http_response post(const certified_key& by = made()) { return entra.answer(request(by)); }
    int code(const certified_key& by = made()) {
        const auto answer = post(by);
        return answer.status == 200 ? 0 : json::parse(answer.body).at("error_codes").at(0).to_number<int>();
    }
};

TEST_F(client_assertions, buy_a_token_of_the_application) {
    const auto answer = post();
    ASSERT_EQ(answer.status, 200U) << answer.body;
    const json::value body = json::parse(answer.body);
    const std::string token(std::string_view(body.at("access_token").as_string()));
    EXPECT_EQ(authority.check(make_identity(identity_kind::certificate).object_id, token).fault, token_fault::none);
    EXPECT_EQ(jwt::parse(token)->text("appidacr"), "2");
}

TEST_F(client_assertions, are_taken_in_all_the_forms_of_the_sdks) {
    header["x5t#S256"] = standard_base64(hash(der, true));
    EXPECT_EQ(code(), 0) << "Go writes the thumbprint in standard Base64";
    header.erase("x5t#S256");
    header["x5t"] = to_base64url(hash(der, false));
    header["alg"] = "RS256";
    EXPECT_EQ(code(), 0) << "RS256 with x5t";
    header["x5c"] = standard_base64(der);
    EXPECT_EQ(code(), 0) << ".NET sends the certificate as one text";
    header["x5c"] = json::array{standard_base64(der), "the rest of the chain"};
    EXPECT_EQ(code(), 0);
    claims["exp"] = "1800000600";
    claims["nbf"] = "1800000000";
    EXPECT_EQ(code(), 0) << ".NET writes times as texts";
}

TEST_F(client_assertions, that_are_not_signed_by_the_registered_certificate_are_refused) {
    EXPECT_EQ(code(stranger()), 700027) << "another key";
    header["alg"] = "RS256";
    EXPECT_EQ(code(), 0);
    header["x5c"] = json::array{standard_base64(der_of_certificate(stranger().certificate_pem))};
    EXPECT_EQ(code(), 700027) << "another certificate in the chain";
    header.erase("x5c");
    header["x5t#S256"] = to_base64url(hash(der_of_certificate(stranger().certificate_pem), true));
    EXPECT_EQ(code(), 700027) << "another thumbprint";
    header["x5t#S256"] = to_base64url(hash(der, true));
    header["alg"] = "none";
    EXPECT_EQ(code(), 700027);
}

TEST_F(client_assertions, with_wrong_claims_are_refused) {
    const json::object good = claims;
    claims["aud"] = "https://login.microsoftonline.com/common";
    EXPECT_EQ(code(), 50027);
    claims = good;
    claims["sub"] = "somebody";
    EXPECT_EQ(code(), 50027);
    claims = good;
    claims.erase("jti");
    EXPECT_EQ(code(), 50027);
    claims = good;
    claims["exp"] = 1'799'999'999;
    EXPECT_EQ(code(), 700024);
    claims["exp"] = 1'800'000'600'000;
    EXPECT_EQ(code(), 700024) << "milliseconds";
    claims = good;
    claims["nbf"] = 1'800'000'300;
    EXPECT_EQ(code(), 0) << "clocks differ";
    claims["nbf"] = 1'800'000'301;
    EXPECT_EQ(code(), 700024);
}

TEST_F(client_assertions, are_taken_again_unless_the_fault_forbids_it) {
    EXPECT_EQ(code(), 0);
    EXPECT_EQ(code(), 0) << "msal-node sends one until its end";
    ASSERT_TRUE(faults.set("entra=once-only"));
    EXPECT_EQ(code(), 0);
    EXPECT_EQ(code(), 50027);
    claims["jti"] = "two";
    EXPECT_EQ(code(), 0);
}

TEST_F(client_assertions, of_an_application_without_a_certificate_are_refused) {
    authority_endpoint other(authority, faults, {"https://localhost:4433", secret_string(), {identity_kind::workload}, {}});
    EXPECT_NE(other.answer(request()).body.find("AADSTS700027"), std::string::npos);
}

TEST_F(client_assertions, meet_the_faults_of_the_authority) {
    ASSERT_TRUE(faults.set("entra=aadsts:53003*1"));
    ASSERT_TRUE(faults.set("entra=throttled:3*1"));
    EXPECT_EQ(code(), 53003);
    const auto throttled = post();
    EXPECT_EQ(throttled.status, 429U);
    EXPECT_EQ(find_field(throttled.headers, "Retry-After"), "3");
    EXPECT_EQ(code(), 0);
    ASSERT_TRUE(faults.set("entra=refresh-in:2"));
    EXPECT_EQ(json::parse(post().body).at("refresh_in").to_number<int>(), 2);
}

} // namespace
} // namespace entrada::emulator
