#include "entrada/token_claims.hpp"

#include "identity/base64url.hpp"
#include "identity/expiry.hpp"
#include "identity/json_object.hpp"

#include <algorithm>
#include <cmath>

namespace entrada {
namespace {

failure unusable(std::string_view why) { return {errc::token_unusable, "the token cannot be read: " + std::string(why)}; }

/// The middle one of the three parts of a signed token; empty if there are not three.
std::string_view payload_of(std::string_view token) {
    if (std::ranges::count(token, '.') != 2) return {};
    const auto first = token.find('.');
    return token.substr(first + 1, token.rfind('.') - first - 1);
}

std::optional<token_claims::time_point> moment(const identity::json_object& claims, std::string_view name) {
    const auto seconds = claims.number(name);
    if (!seconds || *seconds < 0 || *seconds >= identity::epoch_too_late) return std::nullopt;
    return token_claims::time_point(std::chrono::seconds(static_cast<long long>(std::floor(*seconds))));
}

} // namespace

result<token_claims> read_token_claims(std::string_view token) {
    if (token.size() > token_bytes_max) return unusable("it is longer than 64 KiB");
    const auto payload = payload_of(token);
    if (payload.empty()) return unusable("it is not a signed JSON Web Token of three parts");
    const auto text = identity::decode_base64url(payload);
    if (!text) return unusable("its second part is not base64url");
    const auto claims = identity::json_object::parse(*text);
    if (!claims) return unusable("its second part does not hold a JSON object");
    token_claims read{.oid = claims->text("oid"),
                      .aud = claims->first("aud"),
                      .iss = claims->text("iss"),
                      .tid = claims->text("tid"),
                      .appid = claims->text("appid"),
                      .idtyp = claims->text("idtyp"),
                      .xms_mirid = claims->text("xms_mirid"),
                      .uti = claims->text("uti"),
                      .iat = moment(*claims, "iat"),
                      .nbf = moment(*claims, "nbf"),
                      .exp = moment(*claims, "exp")};
    if (read.appid.empty()) read.appid = claims->text("azp");
    return read;
}

} // namespace entrada
