#include "emulator/token_authority.hpp"

#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <iterator>
#include <string>

namespace entrada::emulator {
namespace {

using namespace std::chrono_literals;

constexpr std::string_view audience = "https://redis.azure.com";

const signing_key& key() {
    static const signing_key made = signing_key::create().value();
    return made;
}

class token_authority_test : public testing::Test {
protected:
    wall_time now = wall_time(1'800'000'000'500ms);
    const identity system = make_identity(identity_kind::system_assigned);
    token_authority authority{key(), {.lifetime = 3s, .identities = make_identities({}), .now = [this] { return now; }}};

    token_fault fault_of(const issued_token& token) { return authority.check(system.object_id, token.token.reveal()).fault; }
    token_fault fault_for_audience(std::string_view aud) { return fault_of(authority.issue(system, aud)); }
};

TEST_F(token_authority_test, a_token_opens_the_cache_for_its_owner_until_its_end) {
    const issued_token made = authority.issue(system, audience);
    const token_check check = authority.check(system.object_id, made.token.reveal());
    EXPECT_EQ(check.fault, token_fault::none);
    EXPECT_EQ(check.expires, made.expires);
    EXPECT_EQ(check.object_id, system.object_id);
    now = made.expires - 1ms;
    EXPECT_EQ(fault_of(made), token_fault::none);
    now = made.expires;
    EXPECT_EQ(fault_of(made), token_fault::expired);
}

TEST_F(token_authority_test, a_life_is_whole_seconds_and_never_shorter_than_said) {
    const issued_token made = authority.issue(system, audience);
    EXPECT_EQ(made.expires, wall_time(1'800'000'004s));
    EXPECT_GE(made.expires - made.issued, 3s);
}

TEST_F(token_authority_test, all_spellings_of_the_audience_are_the_same) {
    for (const char* aud : {"https://redis.azure.com", "https://redis.azure.com/", "HTTPS://Redis.Azure.com",
                            "acca5fbb-b7e4-4009-81f1-37e38fd66d78", "acca5fbb-b7e4-4009-81f1-37e38fd66d78/"})
        EXPECT_EQ(fault_for_audience(aud), token_fault::none) << aud;
    for (const char* aud :
         {"", "/", "https://redis.azure.com//", "https://redis.azure.com.evil.example", "https://management.azure.com"})
        EXPECT_EQ(fault_for_audience(aud), token_fault::wrong_audience) << aud;
}

TEST_F(token_authority_test, each_bad_token_is_refused_for_its_own_reason) {
    EXPECT_EQ(fault_of(authority.issue_bad(bad_token::wrong_signature, system)), token_fault::wrong_signature);
    EXPECT_EQ(fault_of(authority.issue_bad(bad_token::wrong_audience, system)), token_fault::wrong_audience);
    EXPECT_EQ(fault_of(authority.issue_bad(bad_token::expired, system)), token_fault::expired);
    EXPECT_EQ(fault_of(authority.issue_bad(bad_token::not_yet_valid, system)), token_fault::not_yet_valid);
    EXPECT_EQ(fault_of(authority.issue_bad(bad_token::other_oid, system)), token_fault::wrong_user);
    EXPECT_EQ(authority.check(system.object_id, "an access key").fault, token_fault::malformed);
    EXPECT_EQ(fault_of(authority.issue_federated(1h)), token_fault::wrong_issuer);
}

TEST_F(token_authority_test, the_user_must_be_the_oid_and_have_an_assignment) {
    const issued_token made = authority.issue(system, audience);
    for (const std::string& user : {system.client_id, std::string("default"), std::string()})
        EXPECT_EQ(authority.check(user, made.token.reveal()).fault, token_fault::wrong_user) << user;
    const identity stranger = make_identity(identity_kind::stranger);
    const issued_token theirs = authority.issue_bad(bad_token::other_oid, system);
    EXPECT_EQ(authority.check(stranger.object_id, theirs.token.reveal()).fault, token_fault::not_assigned);
}

TEST_F(token_authority_test, a_token_of_another_run_is_worthless) {
    const token_authority other(signing_key::create().value(),
                                {.lifetime = 3s, .identities = make_identities({}), .now = [this] { return now; }});
    EXPECT_EQ(fault_of(other.issue(system, audience)), token_fault::wrong_signature);
}

TEST_F(token_authority_test, the_claims_are_those_of_a_real_token) {
    const issued_token made = authority.issue(system, audience);
    const auto token = jwt::parse(made.token.reveal()).value();
    EXPECT_EQ(token.text("sub"), system.object_id);
    EXPECT_EQ(token.text("appid"), system.client_id);
    EXPECT_EQ(token.text("tid"), tenant_id);
    EXPECT_EQ(token.text("idtyp"), "app");
    EXPECT_EQ(token.text("xms_mirid"), system.resource_id);
    EXPECT_NE(token.text("iss").find(".invalid/"), std::string_view::npos) << "no real service may ever trust it";
    EXPECT_EQ(token.seconds("iat"), 1'800'000'000);
    EXPECT_EQ(token.seconds("nbf"), 1'800'000'000);
    const issued_token application = authority.issue(make_identity(identity_kind::service_principal), audience);
    EXPECT_FALSE(jwt::parse(application.token.reveal())->claims.contains("xms_mirid"));
}

TEST(troubleshooting, explains_why_the_emulator_refuses_a_login) {
    std::ifstream file(ENTRADA_SOURCE_DIR "/TROUBLESHOOTING.md");
    const std::string text(std::istreambuf_iterator<char>(file), {});
    for (auto fault = token_fault::malformed; fault <= token_fault::not_assigned;
         fault = static_cast<token_fault>(static_cast<int>(fault) + 1))
        EXPECT_NE(text.find(describe(fault)), std::string::npos) << describe(fault);
}

/// Sentences in the sources' code are what clients are told.
TEST(troubleshooting, explains_what_every_source_says) {
    std::ifstream file(ENTRADA_SOURCE_DIR "/TROUBLESHOOTING.md");
    const std::string page(std::istreambuf_iterator<char>(file), {});
    int found = 0;
    for (const auto& entry : std::filesystem::directory_iterator(ENTRADA_SOURCE_DIR "/apps/emulator")) {
        if (!entry.path().filename().string().starts_with("source_")) continue;
        std::ifstream code(entry.path());
        std::string outside, literal;
        while (std::getline(code, outside, '"') && std::getline(code, literal, '"')) {
            const std::string beginning = literal.substr(0, 30);
            const bool is_sentence = beginning.size() >= 15 && std::isupper(static_cast<unsigned char>(beginning[0])) != 0
                                     && beginning.find(' ') != std::string::npos;
            if (!is_sentence) continue; // "Basic ", "Bearer ", names of headers
            ++found;
            EXPECT_NE(page.find(beginning), std::string::npos) << beginning << " in " << entry.path();
        }
    }
    EXPECT_GT(found, 20);
}

TEST(identities, the_system_assigned_one_is_always_there_and_each_only_once) {
    EXPECT_EQ(make_identities({}).size(), 2U) << "with the developer";
    const auto both = make_identities({identity_kind::service_principal, identity_kind::workload, identity_kind::workload});
    ASSERT_EQ(both.size(), 4U);
    EXPECT_EQ(both[1].object_id, both[2].object_id) << "one application, two credentials";
}

} // namespace
} // namespace entrada::emulator
