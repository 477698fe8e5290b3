// Room: identity. Certificates: every form of file, every fault, and what is signed with them.
#include "entrada/client_certificate_credential.hpp"
#include "entrada/environment_credential.hpp"
#include "identity/base64url.hpp"
#include "identity/form.hpp"
#include "support/temp_directory.hpp"
#include "unit/identity/credential_fixture.hpp"
#include "unit/identity/test_certificates.hpp"

#include <boost/json.hpp>

#include <filesystem>

namespace entrada {
namespace {

using namespace test;
namespace json = boost::json;

struct read_assertion {
    json::object header;
    json::object payload;
    std::string signed_text;
    std::string signature;
};

class certificate_test : public credential_test {
protected:
    const some_certificates& made_ = some_certificates::get();
    temp_directory directory_;

    client_certificate_options with(std::string content, std::string_view password = {}) const {
        client_certificate_options options{.tenant_id = "contoso.example", .client_id = "the-client", .certificate_path = {}};
        options.certificate = secret_string(content);
        options.password = secret_string(password);
        return options;
    }
    client_certificate_options with_file(std::string path) const {
        return {.tenant_id = "contoso.example", .client_id = "the-client", .certificate_path = std::move(path)};
    }
    result<access_token> ask(client_certificate_options options) {
        return client_certificate_credential(std::move(options), context()).get_token(request());
    }
    read_assertion assertion_of(const seen_request& seen) const {
        const std::string_view body = seen.body;
        const std::string_view jwt = body.substr(body.rfind('=') + 1);
        const auto first = jwt.find('.');
        const auto second = jwt.rfind('.');
        const auto decoded = [](std::string_view part) { return identity::decode_base64url(part).value(); };
        return {.header = json::parse(decoded(jwt.substr(0, first))).as_object(),
                .payload = json::parse(decoded(jwt.substr(first + 1, second - first - 1))).as_object(),
                .signed_text = std::string(jwt.substr(0, second)),
                .signature = decoded(jwt.substr(second + 1))};
    }
    std::string leaf_and_key() const { return pem_of(made_.leaf) + pkcs8_of(made_.key); }
};

TEST_F(certificate_test, proves_the_identity_with_a_signed_assertion) {
    http_->will_answer(200, good_answer);
    EXPECT_TOKEN(ask(with(leaf_and_key())));
    const auto seen = http_->seen().at(0);
    EXPECT_EQ(seen.method, "POST");
    EXPECT_EQ(seen.url, "https://login.microsoftonline.com/contoso.example/oauth2/v2.0/token");
    EXPECT_TRUE(seen.use_proxy);
    EXPECT_THAT(seen.headers,
                testing::IsSupersetOf({"Accept: application/json", "Content-Type: application/x-www-form-urlencoded",
                                       "return-client-request-id: true"}));
    EXPECT_THAT(seen.body, testing::StartsWith(
                               "grant_type=client_credentials&client_id=the-client&scope=https%3A%2F%2Fredis.azure.com%2F.default"
                               "&client_assertion_type=urn%3Aietf%3Aparams%3Aoauth%3Aclient-assertion-type%3Ajwt-bearer"
                               "&client_assertion=ey"));
    const auto sent = assertion_of(seen);
    EXPECT_EQ(json::serialize(sent.header), R"({"alg":"PS256","typ":"JWT","x5t#S256":")"
                                                + identity::encode_base64url(digest_of(der_of(made_.leaf), EVP_sha256()))
                                                + "\"}");
    EXPECT_EQ(sent.payload.at("aud"), json::value(seen.url));
    EXPECT_EQ(sent.payload.at("iss"), json::value("the-client"));
    EXPECT_EQ(sent.payload.at("sub"), json::value("the-client"));
    EXPECT_EQ(sent.payload.at("iat"), json::value(1'700'000'000));
    EXPECT_EQ(sent.payload.at("nbf"), json::value(1'700'000'000));
    EXPECT_EQ(sent.payload.at("exp"), json::value(1'700'000'600));
    EXPECT_EQ(sent.payload.at("jti").as_string().size(), 36U);
    EXPECT_TRUE(verifies(sent.signed_text, sent.signature, made_.key, true));
    EXPECT_TRUE(log_lines_.empty());
}

TEST_F(certificate_test, signs_in_the_old_way_if_asked_to) {
    http_->will_answer(200, good_answer);
    auto options = with(leaf_and_key());
    options.signature = certificate_signature::rs256;
    EXPECT_TOKEN(ask(options));
    const auto sent = assertion_of(http_->seen().at(0));
    EXPECT_EQ(json::serialize(sent.header), R"({"alg":"RS256","typ":"JWT","x5t":")"
                                                + identity::encode_base64url(digest_of(der_of(made_.leaf), EVP_sha1())) + "\"}");
    EXPECT_TRUE(verifies(sent.signed_text, sent.signature, made_.key, false));
}

TEST_F(certificate_test, sends_the_chain_leaf_first_if_asked_to) {
    http_->will_answer(200, good_answer);
    auto options = with(pem_of(made_.issuer) + leaf_and_key());
    options.send_certificate_chain = true;
    EXPECT_TOKEN(ask(options));
    EXPECT_EQ(assertion_of(http_->seen().at(0)).header.at("x5c"),
              json::value({identity::encode_base64(der_of(made_.leaf)), identity::encode_base64(der_of(made_.issuer))}));
}

TEST_F(certificate_test, each_try_has_an_assertion_of_its_own) {
    http_->will_answer(503, "").will_answer(200, good_answer);
    EXPECT_TOKEN(ask(with(leaf_and_key())));
    EXPECT_NE(assertion_of(http_->seen().at(0)).payload.at("jti"), assertion_of(http_->seen().at(1)).payload.at("jti"));
    EXPECT_EQ(assertion_of(http_->seen().at(1)).payload.at("nbf"), json::value(1'700'000'001));
}

TEST_F(certificate_test, takes_every_form_of_file) {
    const auto& m = made_;
    const std::tuple<const char*, std::string, const char*> cases[] = {
        {"PKCS#8 after the certificate", pem_of(m.leaf) + pkcs8_of(m.key), ""},
        {"PKCS#8 before it", pkcs8_of(m.key) + pem_of(m.leaf), ""},
        {"PKCS#1", pkcs1_of(m.key) + pem_of(m.leaf), ""},
        {"encrypted PKCS#8", encrypted_pkcs8_of(m.key, "pass word") + pem_of(m.leaf), "pass word"},
        {"issuer first", pem_of(m.issuer) + pkcs8_of(m.key) + pem_of(m.leaf), ""},
        {"a second key that fits nothing", pkcs8_of(m.stranger) + pem_of(m.leaf) + pkcs8_of(m.key), ""},
        {"words between the blocks",
         "Bag Attributes\n  friendlyName: x\n" + pem_of(m.leaf) + "Key Attributes: <none>\n" + pkcs8_of(m.key), ""},
        {"PKCS#12", pkcs12_of({.key = m.key, .leaf = m.leaf, .other = m.issuer, .password = "p12"}), "p12"},
        {"PKCS#12 without a password", pkcs12_of({.key = m.key, .leaf = m.leaf}), ""},
        {"PKCS#12 of old programs", pkcs12_of({.key = m.key, .leaf = m.leaf, .password = "old", .old_ciphers = true}), "old"}};
    for (const auto& [name, content, password] : cases) {
        SCOPED_TRACE(name);
        ASSERT_FALSE(content.empty());
        http_->will_answer(200, good_answer);
        EXPECT_TOKEN(ask(with(content, password)));
        const auto sent = assertion_of(http_->seen().back());
        EXPECT_EQ(sent.header.at("x5t#S256"), json::value(identity::encode_base64url(digest_of(der_of(m.leaf), EVP_sha256()))));
        EXPECT_TRUE(verifies(sent.signed_text, sent.signature, m.key, true));
    }
}

TEST_F(certificate_test, says_what_is_wrong_with_a_file_and_quotes_nothing_of_it) {
    const auto& m = made_;
    const auto ec = new_ec_key();
    const std::tuple<std::string, const char*, const char*> cases[] = {
        {"nothing that anybody knows", "", "neither PEM nor PKCS#12"},
        {"", "", "neither PEM nor PKCS#12"},
        {pem_of(m.leaf), "", "there is no private key in it"},
        {pkcs8_of(m.key), "", "there is no certificate in it"},
        {pem_of(m.issuer) + pkcs8_of(m.key), "", "no certificate in it belongs to its private key"},
        {encrypted_pkcs8_of(m.key, "right one") + pem_of(m.leaf), "wr0ng-one", "cannot be decrypted"},
        {encrypted_pkcs8_of(m.key, "right one") + pem_of(m.leaf), "", "cannot be decrypted"},
        {pkcs1_of(m.key, "right one") + pem_of(m.leaf), "right one", "openssl pkcs8 -topk8"},
        {pkcs12_of({.key = m.key, .leaf = m.leaf, .password = "right one"}), "wr0ng-one", "cannot be decrypted"},
        {pem_of(new_certificate({.name = "ec", .key = ec})) + pkcs8_of(ec), "", "not an RSA key"},
        {"-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----\n", "", "a private key in it cannot be read"},
        {"-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n", "", "a certificate in it cannot be read"}};
    for (const auto& [content, password, reason] : cases) {
        const auto got = ask(with(content, password));
        EXPECT_CODE(got, errc::credential_failed);
        EXPECT_THAT(got.error().detail(), testing::AllOf(HasSubstr(reason), HasSubstr("certificate cannot be used"),
                                                         Not(HasSubstr("wr0ng")), Not(HasSubstr("BEGIN"))));
    }
    EXPECT_TRUE(http_->seen().empty());
}

TEST_F(certificate_test, a_file_that_cannot_be_read_is_a_failure_that_names_it) {
    std::filesystem::create_directory(directory_.path("folder"));
    directory_.write("large", std::string(300 * 1024, 'x'));
    const std::pair<const char*, const char*> cases[] = {
        {"nowhere.pem", "No such file"}, {"folder", "not a regular file"}, {"large", "larger than 262144 bytes"}};
    for (const auto& [name, reason] : cases) {
        const auto got = ask(with_file(directory_.path(name)));
        EXPECT_CODE(got, errc::credential_failed);
        EXPECT_THAT(got.error().detail(), testing::AllOf(HasSubstr(directory_.path(name)), HasSubstr(reason)));
    }
    EXPECT_CODE(client_certificate_credential({.tenant_id = "t", .client_id = {}, .certificate_path = "x"}, context())
                    .get_token(request()),
                errc::credential_failed);
}

TEST_F(certificate_test, a_replaced_file_is_read_again) {
    directory_.write("c.pem", leaf_and_key());
    client_certificate_credential credential(with_file(directory_.path("c.pem")), context());
    http_->will_answer(200, good_answer).will_answer(200, good_answer);
    EXPECT_TOKEN(credential.get_token(request()));
    directory_.write("new.pem", pem_of(made_.issuer) + pkcs8_of(made_.issuer_key));
    std::filesystem::rename(directory_.path("new.pem"), directory_.path("c.pem"));
    EXPECT_TOKEN(credential.get_token(request()));
    EXPECT_EQ(assertion_of(http_->seen().at(1)).header.at("x5t#S256"),
              json::value(identity::encode_base64url(digest_of(der_of(made_.issuer), EVP_sha256()))));
}

TEST_F(certificate_test, the_one_before_serves_while_the_file_holds_half_of_something) {
    directory_.write("c.pem", leaf_and_key());
    client_certificate_credential credential(with_file(directory_.path("c.pem")), context());
    for (int i = 0; i < 3; ++i) http_->will_answer(200, good_answer);
    EXPECT_TOKEN(credential.get_token(request()));
    directory_.write("c.pem", pem_of(made_.issuer));
    EXPECT_TOKEN(credential.get_token(request()));
    EXPECT_THAT(log_lines_, ElementsAre(testing::AllOf(HasSubstr("c.pem was changed"), HasSubstr("no private key"))));
    directory_.write("c.pem", pem_of(made_.issuer) + pkcs8_of(made_.issuer_key));
    EXPECT_TOKEN(credential.get_token(request()));
    EXPECT_EQ(assertion_of(http_->seen().at(2)).header.at("x5t#S256"),
              json::value(identity::encode_base64url(digest_of(der_of(made_.issuer), EVP_sha256()))));
}

TEST_F(certificate_test, one_outside_its_dates_is_sent_with_a_warning) {
    const auto old = new_certificate({.name = "old", .key = made_.key, .to_seconds = -1});
    const auto early = new_certificate({.name = "early", .key = made_.key, .from_seconds = 60});
    http_->will_answer(200, good_answer).will_answer(200, good_answer);
    EXPECT_TOKEN(ask(with(pem_of(old) + pkcs8_of(made_.key))));
    EXPECT_TOKEN(ask(with(pem_of(early) + pkcs8_of(made_.key))));
    EXPECT_THAT(log_lines_, ElementsAre(HasSubstr("has expired"), HasSubstr("not valid yet")));
}

TEST_F(certificate_test, that_entra_does_not_know_is_told_with_a_hint) {
    http_->will_answer(401,
                       R"({"error":"invalid_client","error_description":"AADSTS700027: The certificate is not registered."})");
    const auto got = ask(with(leaf_and_key()));
    EXPECT_CODE(got, errc::credential_failed);
    EXPECT_EQ(attempt_of(got).aadsts, "AADSTS700027");
    EXPECT_THAT(attempt_of(got).hint, HasSubstr("upload its public part"));
}

TEST_F(certificate_test, of_the_environment_signs_in) {
    directory_.write("c.pem", pem_of(made_.issuer) + pem_of(made_.leaf) + encrypted_pkcs8_of(made_.key, "pw"));
    environment variables{{"AZURE_TENANT_ID", "t"},
                          {"AZURE_CLIENT_ID", "c"},
                          {"AZURE_CLIENT_CERTIFICATE_PATH", directory_.path("c.pem")},
                          {"AZURE_CLIENT_CERTIFICATE_PASSWORD", "pw"}};
    for (const char* value : {"", "false", "0"}) {
        variables["AZURE_CLIENT_SEND_CERTIFICATE_CHAIN"] = value;
        http_->will_answer(200, good_answer);
        EXPECT_TOKEN(environment_credential({}, context(variables)).get_token(request()));
        EXPECT_FALSE(assertion_of(http_->seen().back()).header.contains("x5c")) << value;
    }
    for (const char* value : {"1", "true", "TRUE"}) {
        variables["AZURE_CLIENT_SEND_CERTIFICATE_CHAIN"] = value;
        http_->will_answer(200, good_answer);
        EXPECT_TOKEN(environment_credential({}, context(variables)).get_token(request()));
        EXPECT_EQ(assertion_of(http_->seen().back()).header.at("x5c").as_array().size(), 2U) << value;
    }
    variables["AZURE_CLIENT_CERTIFICATE_PATH"] = directory_.path("gone.pem");
    const auto got = environment_credential({}, context(variables)).get_token(request());
    EXPECT_CODE(got, errc::credential_failed);
    EXPECT_EQ(attempt_of(got).credential, "EnvironmentCredential");
}

} // namespace
} // namespace entrada
