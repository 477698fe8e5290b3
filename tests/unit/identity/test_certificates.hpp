// Keys and certificates made on the spot, in every form that a file may hold them in.
// Room: tests.
#pragma once

#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/pkcs12.h>
#include <openssl/provider.h>
#include <openssl/rsa.h>
#include <openssl/x509v3.h>

#include <memory>
#include <string>
#include <string_view>

namespace entrada::test {

using key_ptr = std::shared_ptr<EVP_PKEY>;
using cert_ptr = std::shared_ptr<X509>;

inline key_ptr new_rsa_key() { return {EVP_RSA_gen(2048), EVP_PKEY_free}; }
inline key_ptr new_ec_key() { return {EVP_EC_gen("P-256"), EVP_PKEY_free}; }

struct certificate_wish {
    std::string name;
    key_ptr key;
    key_ptr issuer_key{};
    cert_ptr issuer{};
    long from_seconds = -3600;
    long to_seconds = 3600;
    time_t now = 1'700'000'000; ///< that of the virtual clock
};

inline cert_ptr new_certificate(const certificate_wish& wish) {
    cert_ptr made(X509_new(), X509_free);
    X509_set_version(made.get(), 2);
    ASN1_INTEGER_set(X509_get_serialNumber(made.get()), 7);
    ASN1_TIME_set(X509_getm_notBefore(made.get()), wish.now + wish.from_seconds);
    ASN1_TIME_set(X509_getm_notAfter(made.get()), wish.now + wish.to_seconds);
    X509_set_pubkey(made.get(), wish.key.get());
    X509_NAME* name = X509_get_subject_name(made.get());
    X509_NAME_add_entry_by_txt(name, "CN", MBSTRING_ASC, reinterpret_cast<const unsigned char*>(wish.name.c_str()), -1, -1, 0);
    X509_set_issuer_name(made.get(), wish.issuer ? X509_get_subject_name(wish.issuer.get()) : name);
    X509_sign(made.get(), wish.issuer_key ? wish.issuer_key.get() : wish.key.get(), EVP_sha256());
    return made;
}

template <class Write>
std::string written(Write write) {
    const std::unique_ptr<BIO, decltype(&BIO_free)> bio(BIO_new(BIO_s_mem()), BIO_free);
    write(bio.get());
    char* data = nullptr;
    const long size = BIO_get_mem_data(bio.get(), &data);
    return {data, static_cast<std::size_t>(size)};
}

inline std::string pem_of(const cert_ptr& certificate) {
    return written([&](BIO* bio) { PEM_write_bio_X509(bio, certificate.get()); });
}
inline std::string pkcs8_of(const key_ptr& key) {
    return written([&](BIO* bio) { PEM_write_bio_PKCS8PrivateKey(bio, key.get(), nullptr, nullptr, 0, nullptr, nullptr); });
}
inline std::string encrypted_pkcs8_of(const key_ptr& key, const std::string& password) {
    return written([&](BIO* bio) {
        PEM_write_bio_PKCS8PrivateKey(bio, key.get(), EVP_aes_256_cbc(), password.data(), static_cast<int>(password.size()),
                                      nullptr, nullptr);
    });
}
/// "RSA PRIVATE KEY"; with a password in the old way of PEM.
inline std::string pkcs1_of(const key_ptr& key, const std::string& password = {}) {
    const auto* secret = password.empty() ? nullptr : reinterpret_cast<const unsigned char*>(password.data());
    return written([&](BIO* bio) {
        PEM_write_bio_PrivateKey_traditional(bio, key.get(), secret == nullptr ? nullptr : EVP_aes_128_cbc(), secret,
                                             static_cast<int>(password.size()), nullptr, nullptr);
    });
}

struct pkcs12_wish {
    key_ptr key;
    cert_ptr leaf;
    cert_ptr other{};
    std::string password{};
    bool old_ciphers = false; ///< RC2 and 3DES, as older programs write them
};

inline std::string pkcs12_of(const pkcs12_wish& wish) {
    const std::unique_ptr<STACK_OF(X509), void (*)(STACK_OF(X509)*)> others(sk_X509_new_null(),
                                                                            [](STACK_OF(X509) * s) { sk_X509_free(s); });
    if (wish.other) sk_X509_push(others.get(), wish.other.get());
    const std::unique_ptr<OSSL_LIB_CTX, decltype(&OSSL_LIB_CTX_free)> library(OSSL_LIB_CTX_new(), OSSL_LIB_CTX_free);
    OSSL_PROVIDER* providers[] = {OSSL_PROVIDER_load(library.get(), "default"),
                                  wish.old_ciphers ? OSSL_PROVIDER_load(library.get(), "legacy") : nullptr};
    const int key_cipher = wish.old_ciphers ? NID_pbe_WithSHA1And3_Key_TripleDES_CBC : 0;
    const int certificate_cipher = wish.old_ciphers ? NID_pbe_WithSHA1And40BitRC2_CBC : 0;
    const std::unique_ptr<PKCS12, decltype(&PKCS12_free)> store(
        PKCS12_create_ex(wish.password.c_str(), "name", wish.key.get(), wish.leaf.get(), others.get(), key_cipher,
                         certificate_cipher, 0, 0, 0, library.get(), nullptr),
        PKCS12_free);
    auto text = store ? written([&](BIO* bio) { i2d_PKCS12_bio(bio, store.get()); }) : std::string{};
    for (OSSL_PROVIDER* one : providers)
        if (one != nullptr) OSSL_PROVIDER_unload(one);
    return text;
}

inline std::string der_of(const cert_ptr& certificate) {
    return written([&](BIO* bio) { i2d_X509_bio(bio, certificate.get()); });
}
inline std::string digest_of(std::string_view bytes, const EVP_MD* algorithm) {
    unsigned char digest[EVP_MAX_MD_SIZE];
    unsigned int size = 0;
    EVP_Digest(bytes.data(), bytes.size(), digest, &size, algorithm, nullptr);
    return {reinterpret_cast<const char*>(digest), size};
}

/// Whether the signature of a JSON Web Token is that of the key.
inline bool verifies(std::string_view text, const std::string& signature, const key_ptr& key, bool pss) {
    const std::unique_ptr<EVP_MD_CTX, decltype(&EVP_MD_CTX_free)> context(EVP_MD_CTX_new(), EVP_MD_CTX_free);
    EVP_PKEY_CTX* settings = nullptr;
    EVP_DigestVerifyInit(context.get(), &settings, EVP_sha256(), nullptr, key.get());
    if (pss) {
        EVP_PKEY_CTX_set_rsa_padding(settings, RSA_PKCS1_PSS_PADDING);
        EVP_PKEY_CTX_set_rsa_pss_saltlen(settings, RSA_PSS_SALTLEN_DIGEST);
    }
    return EVP_DigestVerify(context.get(), reinterpret_cast<const unsigned char*>(signature.data()), signature.size(),
                            reinterpret_cast<const unsigned char*>(text.data()), text.size())
           == 1;
}

/// One leaf with its issuer, and one key that fits nothing; made once, for making keys takes time.
struct some_certificates {
    key_ptr issuer_key = new_rsa_key();
    cert_ptr issuer = new_certificate({.name = "Test issuer", .key = issuer_key});
    key_ptr key = new_rsa_key();
    cert_ptr leaf = new_certificate({.name = "test leaf", .key = key, .issuer_key = issuer_key, .issuer = issuer});
    key_ptr stranger = new_rsa_key();

    static const some_certificates& get() {
        static const some_certificates made;
        return made;
    }
};

} // namespace entrada::test
