// Room: emulator.
#include "emulator/jwt.hpp"

#include "emulator/base64url.hpp"
#include "net/tls_context.hpp"

#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>
#include <openssl/core_names.h>
#include <openssl/err.h>
#include <openssl/rsa.h>
#include <openssl/sha.h>

#include <array>
#include <charconv>
#include <stdexcept>
#include <utility>

namespace entrada::emulator {
namespace {

namespace json = boost::json;

std::optional<json::object> decode_object(std::string_view text) {
    const auto bytes = from_base64url(text);
    if (!bytes) return std::nullopt;
    boost::system::error_code ec;
    json::value value = json::parse(*bytes, ec);
    if (ec || !value.is_object()) return std::nullopt;
    return std::move(value.as_object());
}

std::string_view text_in(const json::object& object, std::string_view name) {
    const json::value* value = object.if_contains(name);
    return value != nullptr && value->is_string() ? std::string_view(value->get_string()) : std::string_view();
}

std::optional<std::int64_t> to_number(std::string_view text) {
    std::int64_t number = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
    return error == std::errc() && end == text.data() + text.size() ? std::optional(number) : std::nullopt;
}

/// PS256: salt as long as the digest.
bool use_pss(EVP_PKEY_CTX* context) {
    return EVP_PKEY_CTX_set_rsa_padding(context, RSA_PKCS1_PSS_PADDING) == 1
           && EVP_PKEY_CTX_set_rsa_pss_saltlen(context, RSA_PSS_SALTLEN_DIGEST) == 1;
}

} // namespace

std::optional<jwt> jwt::parse(std::string_view text) {
    const auto first = text.find('.');
    const auto second = first == std::string_view::npos ? first : text.find('.', first + 1);
    if (second == std::string_view::npos) return std::nullopt;
    auto header = decode_object(text.substr(0, first));
    auto claims = decode_object(text.substr(first + 1, second - first - 1));
    auto signature = from_base64url(text.substr(second + 1));
    if (!header || !claims || !signature) return std::nullopt;
    return jwt{std::move(*header), std::move(*claims), std::move(*signature), std::string(text.substr(0, second))};
}

std::string_view jwt::text(std::string_view claim) const { return text_in(claims, claim); }
std::string_view jwt::header_text(std::string_view field) const { return text_in(header, field); }

std::optional<std::int64_t> jwt::seconds(std::string_view claim) const {
    const json::value* value = claims.if_contains(claim);
    if (value != nullptr && value->is_string()) return to_number(std::string_view(value->get_string()));
    if (value == nullptr || !value->is_number()) return std::nullopt;
    boost::system::error_code ec;
    const auto number = value->to_number<std::int64_t>(ec);
    return ec ? std::nullopt : std::optional(number);
}

result<signing_key> signing_key::create() {
    // Of three primes, which takes a quarter of the time of two and is the same to whoever verifies. Long-lived keys would want
    // two.
    const std::unique_ptr<EVP_PKEY_CTX, openssl_free<EVP_PKEY_CTX_free>> maker(
        EVP_PKEY_CTX_new_from_name(nullptr, "RSA", nullptr));
    EVP_PKEY* raw = nullptr;
    const bool done = maker && EVP_PKEY_keygen_init(maker.get()) == 1 && EVP_PKEY_CTX_set_rsa_keygen_bits(maker.get(), 2048) == 1
                      && EVP_PKEY_CTX_set_rsa_keygen_primes(maker.get(), 3) == 1 && EVP_PKEY_generate(maker.get(), &raw) == 1;
    key_ptr key(raw);
    if (!done) return failure(errc::tls_failed, "could not make a signing key: " + net::openssl_errors());
    return signing_key(std::move(key));
}

signing_key::signing_key(key_ptr key) : key_(std::move(key)) {
    const std::string modulus = number(OSSL_PKEY_PARAM_RSA_N);
    std::array<unsigned char, SHA256_DIGEST_LENGTH> digest{};
    SHA256(reinterpret_cast<const unsigned char*>(modulus.data()), modulus.size(), digest.data());
    id_ = to_base64url({reinterpret_cast<const char*>(digest.data()), 20});
}

std::string signing_key::number(const char* name) const {
    BIGNUM* raw = nullptr;
    if (EVP_PKEY_get_bn_param(key_.get(), name, &raw) != 1) throw std::runtime_error("RSA key without " + std::string(name));
    const number_ptr value(raw);
    std::string bytes(static_cast<std::size_t>(BN_num_bytes(value.get())), '\0');
    BN_bn2bin(value.get(), reinterpret_cast<unsigned char*>(bytes.data()));
    return bytes;
}

secret_string signing_key::sign(const json::object& claims) const {
    const json::object header{{"typ", "JWT"}, {"alg", "RS256"}, {"kid", id_}};
    std::string text = to_base64url(json::serialize(header)) + "." + to_base64url(json::serialize(claims));
    const digest_ptr context(EVP_MD_CTX_new());
    std::string signature(static_cast<std::size_t>(EVP_PKEY_get_size(key_.get())), '\0');
    std::size_t size = signature.size();
    const bool done = context && EVP_DigestSignInit(context.get(), nullptr, EVP_sha256(), nullptr, key_.get()) == 1
                      && EVP_DigestSign(context.get(), reinterpret_cast<unsigned char*>(signature.data()), &size,
                                        reinterpret_cast<const unsigned char*>(text.data()), text.size())
                             == 1;
    if (!done) throw std::runtime_error("could not sign a token: " + net::openssl_errors());
    text += "." + to_base64url(signature.substr(0, size));
    secret_string token(text);
    wipe_memory(text.data(), text.size());
    return token;
}

bool verify_rsa(EVP_PKEY* key, std::string_view algorithm, const jwt& token) {
    const bool pss = algorithm == "PS256";
    if ((!pss && algorithm != "RS256") || EVP_PKEY_get_base_id(key) != EVP_PKEY_RSA) return false;
    const digest_ptr context(EVP_MD_CTX_new());
    EVP_PKEY_CTX* details = nullptr; // belongs to the context
    const bool genuine =
        context && EVP_DigestVerifyInit(context.get(), &details, EVP_sha256(), nullptr, key) == 1 && (!pss || use_pss(details))
        && EVP_DigestVerify(context.get(), reinterpret_cast<const unsigned char*>(token.signature.data()), token.signature.size(),
                            reinterpret_cast<const unsigned char*>(token.signed_part.data()), token.signed_part.size())
               == 1;
    if (!genuine) ERR_clear_error();
    return genuine;
}

bool signing_key::verifies(const jwt& token) const {
    const std::string_view algorithm = token.header_text("alg");
    return algorithm == "RS256" && token.header_text("kid") == id_ && verify_rsa(key_.get(), algorithm, token);
}

json::object signing_key::public_key() const {
    return {{"kty", "RSA"},
            {"use", "sig"},
            {"alg", "RS256"},
            {"kid", id_},
            {"n", to_base64url(number(OSSL_PKEY_PARAM_RSA_N))},
            {"e", to_base64url(number(OSSL_PKEY_PARAM_RSA_E))}};
}

} // namespace entrada::emulator
