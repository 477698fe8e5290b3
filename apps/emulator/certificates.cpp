// X.509 by OpenSSL: one self-signed authority, and the certificates it signs.
// Room: emulator.
#include "emulator/certificates.hpp"

#include "emulator/openssl.hpp"
#include "net/tls_context.hpp"

#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/rand.h>
#include <openssl/rsa.h>
#include <openssl/sha.h>
#include <openssl/x509v3.h>

#include <array>
#include <utility>

namespace entrada::emulator {
namespace {

using system_time = std::chrono::system_clock::time_point;
using extension_ptr = std::unique_ptr<X509_EXTENSION, openssl_free<X509_EXTENSION_free>>;

failure tls_failure(std::string what) { return {errc::tls_failed, std::move(what) + ": " + net::openssl_errors()}; }

bool set_serial(X509* certificate) {
    const number_ptr number(BN_new());
    return number && BN_rand(number.get(), 127, BN_RAND_TOP_ONE, BN_RAND_BOTTOM_ANY) == 1
           && BN_to_ASN1_INTEGER(number.get(), X509_get_serialNumber(certificate)) != nullptr;
}

bool set_common_name(X509_NAME* name, const std::string& text) {
    const auto* bytes = reinterpret_cast<const unsigned char*>(text.data());
    return X509_NAME_add_entry_by_NID(name, NID_commonName, MBSTRING_UTF8, bytes, static_cast<int>(text.size()), -1, 0) == 1;
}

bool set_times(X509* certificate, system_time from, system_time until) {
    return ASN1_TIME_set(X509_getm_notBefore(certificate), std::chrono::system_clock::to_time_t(from)) != nullptr
           && ASN1_TIME_set(X509_getm_notAfter(certificate), std::chrono::system_clock::to_time_t(until)) != nullptr;
}

bool add_extension(X509* certificate, X509* issuer, int kind, const std::string& value) {
    X509V3_CTX context;
    X509V3_set_ctx(&context, issuer, certificate, nullptr, nullptr, 0);
    const extension_ptr extension(X509V3_EXT_conf_nid(nullptr, &context, kind, value.c_str()));
    return extension && X509_add_ext(certificate, extension.get(), -1) == 1;
}

template <class Write>
std::string to_pem(Write write) {
    const memory_ptr memory(BIO_new(BIO_s_mem()));
    if (!memory || write(memory.get()) != 1) return {};
    char* data = nullptr;
    const auto size = BIO_get_mem_data(memory.get(), &data);
    return {data, static_cast<std::size_t>(size)};
}

std::string certificate_to_pem(X509* certificate) {
    return to_pem([certificate](BIO* out) { return PEM_write_bio_X509(out, certificate); });
}

secret_string key_to_pem(EVP_PKEY* key) {
    std::string text =
        to_pem([key](BIO* out) { return PEM_write_bio_PrivateKey(out, key, nullptr, nullptr, 0, nullptr, nullptr); });
    secret_string secret(text);
    wipe_memory(text.data(), text.size());
    return secret;
}

std::string alternative_names(const certificate_spec& spec) {
    std::string text;
    for (const std::string& name : spec.dns_names) text += (text.empty() ? "DNS:" : ",DNS:") + name;
    for (const std::string& address : spec.ip_addresses) text += (text.empty() ? "IP:" : ",IP:") + address;
    return text;
}

certificate_ptr read_certificate(const std::string& pem) {
    const memory_ptr memory(BIO_new_mem_buf(pem.data(), static_cast<int>(pem.size())));
    certificate_ptr read(memory ? PEM_read_bio_X509(memory.get(), nullptr, nullptr, nullptr) : nullptr);
    if (!read) ERR_clear_error();
    return read;
}

} // namespace

result<certified_key> make_self_signed(const certificate_spec& spec, key_kind kind) {
    const key_ptr key(kind == key_kind::rsa_2048 ? EVP_RSA_gen(2048) : EVP_EC_gen("P-256"));
    const certificate_ptr made(X509_new());
    X509* const self = made.get();
    const std::string names = alternative_names(spec);
    const bool done = key && self != nullptr && X509_set_version(self, X509_VERSION_3) == 1 && set_serial(self)
                      && set_common_name(X509_get_subject_name(self), spec.common_name)
                      && X509_set_issuer_name(self, X509_get_subject_name(self)) == 1
                      && set_times(self, spec.valid_from, spec.valid_until) && X509_set_pubkey(self, key.get()) == 1
                      && add_extension(self, self, NID_basic_constraints, "critical,CA:FALSE")
                      && (names.empty() || add_extension(self, self, NID_subject_alt_name, names))
                      && X509_sign(self, key.get(), EVP_sha256()) > 0;
    if (!done) return tls_failure("could not make a certificate for " + spec.common_name);
    return certified_key{key_to_pem(key.get()), certificate_to_pem(self)};
}

std::string der_of_certificate(const std::string& pem) {
    const certificate_ptr read = read_certificate(pem);
    unsigned char* bytes = nullptr;
    const int size = read ? i2d_X509(read.get(), &bytes) : 0;
    if (size <= 0) return {};
    std::string der(reinterpret_cast<const char*>(bytes), static_cast<std::size_t>(size));
    OPENSSL_free(bytes);
    return der;
}

std::string thumbprint_of_certificate(const std::string& pem) {
    const std::string der = der_of_certificate(pem);
    std::array<unsigned char, SHA_DIGEST_LENGTH> digest{};
    SHA1(reinterpret_cast<const unsigned char*>(der.data()), der.size(), digest.data());
    std::string text;
    for (const unsigned char byte : digest) {
        static constexpr std::string_view digits = "0123456789ABCDEF";
        text += {digits[byte >> 4], digits[byte & 15]};
    }
    return text;
}

struct certificate_authority::state {
    key_ptr key;
    certificate_ptr certificate;
};

certificate_authority::certificate_authority(std::unique_ptr<state> made) : state_(std::move(made)) {}
certificate_authority::certificate_authority(certificate_authority&&) noexcept = default;
certificate_authority& certificate_authority::operator=(certificate_authority&&) noexcept = default;
certificate_authority::~certificate_authority() = default;

result<certificate_authority> certificate_authority::create(const std::string& common_name) {
    auto made = std::make_unique<state>();
    made->key.reset(EVP_EC_gen("P-256"));
    made->certificate.reset(X509_new());
    X509* const self = made->certificate.get();
    const certificate_spec times;
    const bool done = made->key && self != nullptr && X509_set_version(self, X509_VERSION_3) == 1 && set_serial(self)
                      && set_common_name(X509_get_subject_name(self), common_name)
                      && X509_set_issuer_name(self, X509_get_subject_name(self)) == 1
                      && set_times(self, times.valid_from, times.valid_until) && X509_set_pubkey(self, made->key.get()) == 1
                      && add_extension(self, self, NID_basic_constraints, "critical,CA:TRUE,pathlen:0")
                      && add_extension(self, self, NID_key_usage, "critical,keyCertSign,cRLSign")
                      && add_extension(self, self, NID_subject_key_identifier, "hash")
                      && X509_sign(self, made->key.get(), EVP_sha256()) > 0;
    if (!done) return tls_failure("could not make the certificate authority " + common_name);
    return certificate_authority(std::move(made));
}

std::string certificate_authority::certificate_pem() const { return certificate_to_pem(state_->certificate.get()); }

result<certified_key> certificate_authority::issue(const certificate_spec& spec) const {
    const key_ptr key(EVP_EC_gen("P-256"));
    const certificate_ptr made(X509_new());
    X509* const leaf = made.get();
    X509* const issuer = state_->certificate.get();
    const std::string names = alternative_names(spec);
    const bool done = key && leaf != nullptr && X509_set_version(leaf, X509_VERSION_3) == 1 && set_serial(leaf)
                      && set_common_name(X509_get_subject_name(leaf), spec.common_name)
                      && X509_set_issuer_name(leaf, X509_get_subject_name(issuer)) == 1
                      && set_times(leaf, spec.valid_from, spec.valid_until) && X509_set_pubkey(leaf, key.get()) == 1
                      && add_extension(leaf, issuer, NID_basic_constraints, "critical,CA:FALSE")
                      && add_extension(leaf, issuer, NID_key_usage, "critical,digitalSignature")
                      && add_extension(leaf, issuer, NID_ext_key_usage, "serverAuth")
                      && add_extension(leaf, issuer, NID_subject_key_identifier, "hash")
                      && add_extension(leaf, issuer, NID_authority_key_identifier, "keyid:always")
                      && (names.empty() || add_extension(leaf, issuer, NID_subject_alt_name, names))
                      && X509_sign(leaf, state_->key.get(), EVP_sha256()) > 0;
    if (!done) return tls_failure("could not make a certificate for " + spec.common_name);
    return certified_key{key_to_pem(key.get()), certificate_to_pem(leaf)};
}

} // namespace entrada::emulator
