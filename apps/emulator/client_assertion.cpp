// Source: https://learn.microsoft.com/entra/identity-platform/certificate-credentials
// Room: emulator.
#include "emulator/client_assertion.hpp"

#include "base/text.hpp"
#include "emulator/base64url.hpp"
#include "emulator/certificates.hpp"
#include "emulator/expiry_forms.hpp"

#include <boost/json/array.hpp>
#include <openssl/sha.h>

#include <algorithm>
#include <array>

namespace entrada::emulator {
namespace {

namespace json = boost::json;

// Clocks differ, and msal-node rounds to the nearest second.
constexpr auto clock_skew = std::chrono::minutes(5);

// Entra itself sets no bound; this one finds clients that mean milliseconds.
constexpr auto life_max = std::chrono::hours(24);

/// Base64 of either alphabet, with or without padding.
std::string decode(std::string_view text) {
    std::string urlsafe(text.substr(0, text.find('=')));
    std::replace(urlsafe.begin(), urlsafe.end(), '+', '-');
    std::replace(urlsafe.begin(), urlsafe.end(), '/', '_');
    return from_base64url(urlsafe).value_or("");
}

template <std::size_t Size>
std::string digest(unsigned char* (*hash)(const unsigned char*, std::size_t, unsigned char*), const std::string& bytes) {
    std::array<unsigned char, Size> made{};
    hash(reinterpret_cast<const unsigned char*>(bytes.data()), bytes.size(), made.data());
    return {reinterpret_cast<const char*>(made.data()), made.size()};
}

entra_error invalid(unsigned number, std::string text) { return {401, "invalid_client", number, std::move(text)}; }

} // namespace

result<registered_certificate> registered_certificate::from_pem(const std::string& pem) {
    registered_certificate made;
    made.der_ = der_of_certificate(pem);
    const auto* bytes = reinterpret_cast<const unsigned char*>(made.der_.data());
    const certificate_ptr parsed(d2i_X509(nullptr, &bytes, static_cast<long>(made.der_.size())));
    if (!parsed) return failure(errc::tls_failed, "no certificate to register");
    made.key_.reset(X509_get_pubkey(parsed.get()), EVP_PKEY_free);
    made.sha1_ = digest<SHA_DIGEST_LENGTH>(SHA1, made.der_);
    made.sha256_ = digest<SHA256_DIGEST_LENGTH>(SHA256, made.der_);
    return made;
}

bool registered_certificate::is_named_by(const jwt& assertion) const {
    const std::string_view newer = assertion.header_text("x5t#S256");
    if (!newer.empty()) return decode(newer) == sha256_;
    return decode(assertion.header_text("x5t")) == sha1_;
}

bool registered_certificate::heads_chain_of(const jwt& assertion) const {
    const json::value* const chain = assertion.header.if_contains("x5c");
    if (chain == nullptr) return true;
    const json::value* first = chain;
    if (const auto* list = chain->if_array()) first = list->empty() ? nullptr : &list->front();
    return first != nullptr && first->is_string() && decode(std::string_view(first->get_string())) == der_;
}

bool registered_certificate::verifies(const jwt& assertion) const {
    return verify_rsa(key_.get(), assertion.header_text("alg"), assertion);
}

bool is_certificate_assertion(const jwt& assertion, std::string_view client_id) {
    return assertion.header.contains("x5t") || assertion.header.contains("x5t#S256") || assertion.header.contains("x5c")
           || base::equal_ignoring_case(assertion.text("iss"), client_id);
}

std::optional<entra_error> find_assertion_error(const jwt& assertion, const registered_certificate* certificate,
                                                std::string_view client_id, std::string_view audience, wall_time now) {
    if (certificate == nullptr || !certificate->is_named_by(assertion))
        return invalid(700027, "The certificate that x5t#S256 or x5t names is not registered on the application. Start the "
                               "emulator with --identities certificate, and use its AZURE_CLIENT_CERTIFICATE_PATH.");
    if (!certificate->heads_chain_of(assertion))
        return invalid(700027, "The first certificate of x5c is not the one that is named and registered.");
    if (!certificate->verifies(assertion))
        return invalid(700027, "The signature of the client assertion is wrong, or is neither PS256 nor RS256.");
    for (const std::string_view claim : {"iss", "sub"})
        if (!base::equal_ignoring_case(assertion.text(claim), client_id))
            return invalid(50027, "The claim " + std::string(claim) + " of the client assertion is not the client id.");
    if (!base::equal_ignoring_case(assertion.text("aud"), audience))
        return invalid(50027, "The claim aud of the client assertion is not the token endpoint " + std::string(audience) + ".");
    if (assertion.text("jti").empty()) return invalid(50027, "The client assertion has no claim jti.");
    const std::int64_t present = to_seconds(now);
    const std::int64_t expires = assertion.seconds("exp").value_or(0);
    if (expires <= present || assertion.seconds("nbf").value_or(present) > to_seconds(now + clock_skew)
        || expires > to_seconds(now + life_max))
        return invalid(700024, "The client assertion is not within its valid time range. Compare nbf and exp with the clock.");
    return std::nullopt;
}

} // namespace entrada::emulator
