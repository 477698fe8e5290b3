#include "emulator/jwt.hpp"

#include "emulator/base64url.hpp"

#include <boost/json/serialize.hpp>
#include <gtest/gtest.h>

namespace entrada::emulator {
namespace {

namespace json = boost::json;

const signing_key& key() {
    static const signing_key made = signing_key::create().value();
    return made;
}

std::string with_header(const secret_string& token, const json::object& header) {
    const std::string_view text = token.reveal();
    return to_base64url(json::serialize(header)) + std::string(text.substr(text.find('.')));
}

TEST(base64url, round_trips_every_length_and_byte) {
    std::string bytes;
    for (int i = 0; i < 260; ++i) {
        EXPECT_EQ(from_base64url(to_base64url(bytes)), bytes) << bytes.size();
        bytes += static_cast<char>(i);
    }
    EXPECT_EQ(to_base64url("\xff\xfe\xfd?"), "__79Pw");
}

TEST(base64url, refuses_what_it_would_not_make) {
    for (const char* text : {"A", "AAAAA", "AB", "a+b/", "YQ==", "Y Q", "YR"})
        EXPECT_EQ(from_base64url(text), std::nullopt) << text;
}

TEST(jwt, what_is_signed_verifies_and_reads_back) {
    const secret_string token = key().sign({{"oid", "someone"}, {"exp", 1234567890}, {"roles", json::array{"a"}}});
    const auto parsed = jwt::parse(token.reveal());
    ASSERT_TRUE(parsed.has_value());
    EXPECT_TRUE(key().verifies(*parsed));
    EXPECT_EQ(parsed->text("oid"), "someone");
    EXPECT_EQ(parsed->seconds("exp"), 1234567890);
    EXPECT_EQ(parsed->text("exp"), "");
    EXPECT_EQ(parsed->text("roles"), "");
    EXPECT_EQ(parsed->seconds("oid"), std::nullopt);
    EXPECT_EQ(parsed->seconds("missing"), std::nullopt);
}

TEST(jwt, a_change_of_any_part_is_noticed) {
    const std::string good(key().sign({{"oid", "someone"}}).reveal());
    const std::string other(key().sign({{"oid", "someone else"}}).reveal());
    const auto dot = good.rfind('.');
    const auto forged = jwt::parse(other.substr(0, other.rfind('.')) + good.substr(dot));
    ASSERT_TRUE(forged.has_value());
    EXPECT_FALSE(key().verifies(*forged));
    const auto shortened = jwt::parse(good.substr(0, good.size() - 2));
    ASSERT_TRUE(shortened.has_value());
    EXPECT_FALSE(key().verifies(*shortened));
}

TEST(jwt, another_key_or_algorithm_is_refused) {
    const secret_string token = key().sign({{"oid", "someone"}});
    EXPECT_FALSE(signing_key::create().value().verifies(jwt::parse(token.reveal()).value()));
    for (const json::object& header :
         {json::object{{"alg", "none"}, {"kid", key().id()}}, json::object{{"alg", "HS256"}, {"kid", key().id()}},
          json::object{{"alg", "RS256"}, {"kid", "other"}}, json::object{{"alg", "RS256"}}, json::object{}}) {
        const std::string text = with_header(token, header);
        EXPECT_FALSE(key().verifies(jwt::parse(text).value())) << text;
    }
}

TEST(jwt, what_is_no_token_is_not_parsed) {
    for (const char* text :
         {"", "password", "a.b", "..", "e30.e30.!", "e30.W10.", "W10.e30.", "e30.bm90IGpzb24.", "e30.e30.YQ.YQ"})
        EXPECT_FALSE(jwt::parse(text).has_value()) << text;
    EXPECT_TRUE(jwt::parse("e30.e30.").has_value());
}

TEST(jwt, the_public_key_is_all_that_a_verifier_needs) {
    const json::object shown = key().public_key();
    EXPECT_EQ(shown.at("kid").as_string(), key().id());
    EXPECT_EQ(shown.at("e").as_string(), "AQAB");
    EXPECT_EQ(from_base64url(std::string_view(shown.at("n").as_string())).value().size(), 256U);
    EXPECT_FALSE(shown.contains("d"));
    EXPECT_FALSE(shown.contains("p"));
}

} // namespace
} // namespace entrada::emulator
