// Room: emulator.
#include "emulator/token_authority.hpp"

#include "base/text.hpp"
#include "emulator/base64url.hpp"

#include <openssl/rand.h>

#include <algorithm>
#include <array>
#include <utility>

namespace entrada::emulator {
namespace {

namespace json = boost::json;

constexpr std::string_view redis_resource = "https://redis.azure.com";

std::int64_t to_seconds(wall_time time) { return std::chrono::floor<std::chrono::seconds>(time.time_since_epoch()).count(); }

wall_time from_seconds(std::int64_t seconds) { return wall_time(std::chrono::seconds(seconds)); }

std::array<unsigned char, 16> random_bytes() {
    std::array<unsigned char, 16> bytes{};
    RAND_bytes(bytes.data(), static_cast<int>(bytes.size()));
    return bytes;
}

constexpr std::string_view opaque_mark = "EwB";

/// Of an opaque token what is inside; of any other itself.
secret_string read_opaque(std::string_view token) {
    const auto inside =
        token.starts_with(opaque_mark) ? from_base64url(token.substr(opaque_mark.size())) : std::optional<std::string>();
    return secret_string(inside ? std::string_view(*inside) : token);
}

/// Another signature of the same length. The first character is changed, because all bits of it count.
secret_string break_signature(const secret_string& token) {
    std::string text(token.reveal());
    char& first = text[text.rfind('.') + 1];
    first = first == 'A' ? 'B' : 'A';
    secret_string broken(text);
    wipe_memory(text.data(), text.size());
    return broken;
}

} // namespace

bool is_redis_audience(std::string_view audience) noexcept {
    if (audience.ends_with('/')) audience.remove_suffix(1);
    return base::equal_ignoring_case(audience, redis_resource)
           || base::equal_ignoring_case(audience, "acca5fbb-b7e4-4009-81f1-37e38fd66d78");
}

std::string_view describe(token_fault fault) noexcept {
    switch (fault) {
    case token_fault::none:
        return "accepted";
    case token_fault::malformed:
        return "the password is not a token";
    case token_fault::wrong_signature:
        return "the signature of the token is wrong";
    case token_fault::wrong_issuer:
        return "the token was issued by somebody else";
    case token_fault::wrong_audience:
        return "the token is for another resource; ask for https://redis.azure.com";
    case token_fault::not_yet_valid:
        return "the token is not valid yet";
    case token_fault::expired:
        return "the token has expired";
    case token_fault::wrong_user:
        return "the user name is not the oid of the token";
    case token_fault::not_assigned:
        return "this identity has no access policy assignment";
    }
    return "refused";
}

token_authority::token_authority(signing_key key, token_authority_options options)
    : key_(std::move(key)), options_(std::move(options)) {}

json::object token_authority::claims_for(const identity& who, std::string_view audience, std::chrono::seconds skew) const {
    const wall_time issued = now() + skew;
    const bool person = who.kind == identity_kind::developer;
    json::object claims{
        {"aud", audience},
        {"iss", token_issuer},
        {"iat", to_seconds(issued)},
        {"nbf", to_seconds(issued)},
        // Rounded up: a token of one second must not be born dead.
        {"exp", std::chrono::ceil<std::chrono::seconds>((issued + options_.lifetime).time_since_epoch()).count()},
        {"appid", who.client_id},
        {"appidacr", person                                         ? "0"
                     : who.kind == identity_kind::service_principal ? "1"
                                                                    : "2"},
        {"idp", token_issuer},
        {"idtyp", person ? "user" : "app"},
        {"oid", who.object_id},
        {"sub", who.object_id},
        {"tid", tenant_id},
        {"uti", random_guid()},
        {"ver", "1.0"},
    };
    if (person) claims["upn"] = "developer@entrada-emulator.invalid";
    if (!who.resource_id.empty()) claims["xms_mirid"] = who.resource_id;
    return claims;
}

issued_token token_authority::finish(const json::object& claims) const {
    return {key_.sign(claims), now(), from_seconds(claims.at("exp").as_int64())};
}

issued_token token_authority::issue(const identity& who, std::string_view audience, std::chrono::seconds skew) const {
    issued_token made = finish(claims_for(who, audience, skew));
    made.issued += skew;
    return made;
}

issued_token token_authority::issue_bad(bad_token kind, const identity& who) const {
    const std::int64_t present = to_seconds(now());
    const bool other = kind == bad_token::other_oid;
    json::object claims = claims_for(other ? make_identity(identity_kind::stranger) : who, redis_resource);
    if (kind == bad_token::wrong_audience) claims["aud"] = "https://management.azure.com";
    if (kind == bad_token::expired) {
        claims["iat"] = claims["nbf"] = present - 3600;
        claims["exp"] = present - 1;
    }
    if (kind == bad_token::not_yet_valid) {
        claims["iat"] = claims["nbf"] = present + 3600;
        claims["exp"] = present + 7200;
    }
    issued_token made = finish(claims);
    if (kind == bad_token::wrong_signature) made.token = break_signature(made.token);
    return made;
}

issued_token token_authority::issue_federated(std::chrono::seconds lifetime, std::string_view subject) const {
    const std::int64_t present = to_seconds(now());
    return finish({{"aud", json::array{federated_audience}},
                   {"iss", federated_issuer},
                   {"sub", subject},
                   {"iat", present},
                   {"nbf", present},
                   {"exp", present + lifetime.count()},
                   {"jti", random_guid()}});
}

token_check token_authority::check(std::string_view user, std::string_view token) const {
    const secret_string readable = read_opaque(token);
    const auto parsed = jwt::parse(readable.reveal());
    if (!parsed) return {token_fault::malformed, {}, {}};
    token_check outcome{find_fault(user, *parsed), {}, std::string(parsed->text("oid"))};
    if (const auto exp = parsed->seconds("exp")) outcome.expires = from_seconds(*exp);
    return outcome;
}

token_fault token_authority::find_fault(std::string_view user, const jwt& token) const {
    if (!key_.verifies(token)) return token_fault::wrong_signature;
    if (token.text("iss") != token_issuer) return token_fault::wrong_issuer;
    if (!is_redis_audience(token.text("aud"))) return token_fault::wrong_audience;
    const auto not_before = token.seconds("nbf");
    const auto expires = token.seconds("exp");
    if (!expires || now() >= from_seconds(*expires)) return token_fault::expired;
    if (!not_before || now() < from_seconds(*not_before)) return token_fault::not_yet_valid;
    if (token.text("oid") != user) return token_fault::wrong_user;
    const bool assigned = std::any_of(options_.identities.begin(), options_.identities.end(),
                                      [user](const identity& one) { return one.object_id == user; });
    return assigned ? token_fault::none : token_fault::not_assigned;
}

secret_string make_opaque(const secret_string& token) {
    return secret_string(std::string(opaque_mark) + to_base64url(token.reveal()));
}

std::string random_guid() {
    auto bytes = random_bytes();
    bytes[6] = static_cast<unsigned char>((bytes[6] & 0x0f) | 0x40);
    bytes[8] = static_cast<unsigned char>((bytes[8] & 0x3f) | 0x80);
    std::string text;
    for (std::size_t i = 0; i < bytes.size(); ++i) {
        static constexpr std::string_view digits = "0123456789abcdef";
        if (i == 4 || i == 6 || i == 8 || i == 10) text += '-';
        text += {digits[bytes[i] >> 4], digits[bytes[i] & 15]};
    }
    return text;
}

} // namespace entrada::emulator
