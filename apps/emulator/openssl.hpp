// OpenSSL's objects with owners, and its last error as text.
// Room: emulator.
#pragma once

#include <openssl/bio.h>
#include <openssl/bn.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/x509.h>

#include <memory>
#include <string>

namespace entrada::emulator {

template <auto Free>
struct openssl_free {
    template <class T>
    void operator()(T* object) const noexcept {
        Free(object);
    }
};

using key_ptr = std::unique_ptr<EVP_PKEY, openssl_free<EVP_PKEY_free>>;
using digest_ptr = std::unique_ptr<EVP_MD_CTX, openssl_free<EVP_MD_CTX_free>>;
using number_ptr = std::unique_ptr<BIGNUM, openssl_free<BN_free>>;
using certificate_ptr = std::unique_ptr<X509, openssl_free<X509_free>>;
using memory_ptr = std::unique_ptr<BIO, openssl_free<BIO_free_all>>;

/// The newest entry of OpenSSL's error queue, which is emptied.
[[nodiscard]] inline std::string openssl_reason() {
    const unsigned long code = ERR_peek_last_error();
    ERR_clear_error();
    const char* text = ERR_reason_error_string(code);
    return text != nullptr ? text : "no reason given";
}

} // namespace entrada::emulator
