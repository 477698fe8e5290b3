// Room: identity.
#include "entrada/token_claims.hpp"
#include "identity/base64url.hpp"
#include "support/tokens.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <random>

namespace entrada {
namespace {

using test::make_token;
using time_point = token_claims::time_point;
using std::chrono::seconds;

TEST(base64url, decodes_with_and_without_padding) {
    using identity::decode_base64url;
    EXPECT_EQ(decode_base64url("").value(), "");
    EXPECT_EQ(decode_base64url("YQ").value(), "a");
    EXPECT_EQ(decode_base64url("YQ==").value(), "a");
    EXPECT_EQ(decode_base64url("YWI").value(), "ab");
    EXPECT_EQ(decode_base64url("YWJj").value(), "abc");
    EXPECT_EQ(decode_base64url("-_8").value(), "\xfb\xff");
}

TEST(base64url, refuses_other_characters_and_impossible_lengths) {
    using identity::decode_base64url;
    for (const char* text : {"a", "abcde", "ab+c", "ab/c", "ab c", "a=bc", "\n"}) EXPECT_FALSE(decode_base64url(text)) << text;
}

TEST(token_claims, reads_the_claims_of_a_managed_identity) {
    const auto claims =
        read_token_claims(make_token(R"({"aud":"https://redis.azure.com","iss":"https://sts.windows.net/t/","iat":1700000000,
        "nbf":1700000000,"exp":1700086400,"appid":"app-1","appidacr":"2","idtyp":"app","oid":"oid-1","sub":"oid-1","tid":"tenant-1",
        "uti":"u-1","xms_mirid":"/subscriptions/s/x"})"));
    ASSERT_TRUE(claims.has_value()) << claims.error().to_string();
    const token_claims expected{.oid = "oid-1",
                                .aud = "https://redis.azure.com",
                                .iss = "https://sts.windows.net/t/",
                                .tid = "tenant-1",
                                .appid = "app-1",
                                .idtyp = "app",
                                .xms_mirid = "/subscriptions/s/x",
                                .uti = "u-1",
                                .iat = time_point(seconds(1700000000)),
                                .nbf = time_point(seconds(1700000000)),
                                .exp = time_point(seconds(1700086400))};
    EXPECT_EQ(*claims, expected);
}

TEST(token_claims, takes_the_client_id_of_a_version_2_token_and_the_first_of_several_audiences) {
    const auto claims = read_token_claims(make_token(R"({"azp":"app-2","aud":["one","two"]})"));
    ASSERT_TRUE(claims.has_value());
    EXPECT_EQ(claims->appid, "app-2");
    EXPECT_EQ(claims->aud, "one");
}

TEST(token_claims, leaves_claims_of_another_type_empty) {
    const auto claims =
        read_token_claims(make_token(R"({"oid":7,"aud":[],"tid":null,"exp":"soon","nbf":-1,"iat":253402300799})"));
    ASSERT_TRUE(claims.has_value());
    EXPECT_EQ(*claims, token_claims{});
}

TEST(token_claims, takes_an_expiry_written_as_text_or_with_decimals) {
    EXPECT_EQ(read_token_claims(make_token(R"({"exp":"1700000000"})"))->exp, time_point(seconds(1700000000)));
    EXPECT_EQ(read_token_claims(make_token(R"({"exp":1700000000.9})"))->exp, time_point(seconds(1700000000)));
}

TEST(token_claims, refuses_what_is_not_a_signed_token_without_quoting_it) {
    const std::string good = make_token("{}");
    const std::string cases[] = {"",
                                 "opaque-token",
                                 "a.b",
                                 "a.b.c.d.e",
                                 "..",
                                 "a.*.c",
                                 make_token("[1]"),
                                 make_token("not json"),
                                 make_token(R"({"oid":"x"} tail)"),
                                 make_token(std::string(1000, '[')),
                                 good.substr(0, good.rfind('.'))};
    for (const auto& text : cases) {
        const auto claims = read_token_claims(text);
        ASSERT_FALSE(claims.has_value()) << text;
        EXPECT_EQ(claims.error().code(), errc::token_unusable) << text;
        EXPECT_TRUE(text.size() < 5 || claims.error().detail().find(text) == std::string::npos) << text;
    }
}

TEST(token_claims, reads_tokens_of_64_KiB_and_no_larger) {
    std::string token = make_token(R"({"oid":"o"})");
    token += std::string(token_bytes_max - token.size(), 's');
    EXPECT_TRUE(read_token_claims(token).has_value());
    EXPECT_FALSE(read_token_claims(token + 's').has_value());
}

TEST(token_claims, survives_garbage) {
    std::mt19937 random(7);
    const std::string good = make_token(R"({"oid":"o","exp":1700000000,"aud":["a"]})");
    for (int i = 0; i < 20000; ++i) {
        std::string text = good;
        for (auto changes = random() % 6; changes > 0; --changes) text[random() % text.size()] = static_cast<char>(random());
        text.resize(random() % (text.size() + 1));
        const auto claims = read_token_claims(text);
        EXPECT_TRUE(claims.has_value() || claims.error().code() == errc::token_unusable) << text;
    }
}

} // namespace
} // namespace entrada
