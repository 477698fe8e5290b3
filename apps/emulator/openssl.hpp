// OpenSSL's objects with owners.
// Room: emulator.
#pragma once

#include <openssl/bio.h>
#include <openssl/bn.h>
#include <openssl/evp.h>
#include <openssl/x509.h>

#include <memory>

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

} // namespace entrada::emulator
