#include "identity/assertion.hpp"

#include "identity/base64url.hpp"
#include "identity/json_object.hpp"

namespace entrada::identity {
namespace {

using namespace std::chrono_literals;

/// Enough for a slow request and a clock that is a little off; whoever finds the assertion later has no use for it.
constexpr auto life = 10min;

std::string header_of(const certificate& signer, certificate::padding padding, bool with_chain) {
    std::string text = padding == certificate::padding::pss
                           ? R"({"alg":"PS256","typ":"JWT","x5t#S256":")" + encode_base64url(signer.sha256())
                           : R"({"alg":"RS256","typ":"JWT","x5t":")" + encode_base64url(signer.sha1());
    text += '"';
    if (with_chain) {
        text += R"(,"x5c":[)";
        for (const auto& one : signer.chain())
            text.append(&one == &signer.chain().front() ? "\"" : ",\"").append(encode_base64(one)).append("\"");
        text += ']';
    }
    return text + '}';
}

std::string payload_of(const assertion_claims& claims) {
    const auto seconds = [](std::chrono::system_clock::time_point moment) {
        return std::to_string(std::chrono::floor<std::chrono::seconds>(moment).time_since_epoch().count());
    };
    const auto who = quoted_json(claims.client_id);
    return R"({"aud":)" + quoted_json(claims.audience) + R"(,"iss":)" + who + R"(,"sub":)" + who + R"(,"jti":)"
           + quoted_json(claims.id) + R"(,"iat":)" + seconds(claims.now) + R"(,"nbf":)" + seconds(claims.now) + R"(,"exp":)"
           + seconds(claims.now + life) + '}';
}

} // namespace

secret_string make_assertion(const certificate& signer, const assertion_claims& claims, certificate::padding padding,
                             bool with_chain) {
    auto text = encode_base64url(header_of(signer, padding, with_chain)) + '.' + encode_base64url(payload_of(claims));
    const auto signature = signer.sign(text, padding);
    if (signature.empty()) return {};
    const auto encoded = encode_base64url(signature);
    text.reserve(text.size() + 1 + encoded.size());
    secret_string assertion(text.append(".").append(encoded));
    wipe_memory(text.data(), text.size());
    return assertion;
}

} // namespace entrada::identity
