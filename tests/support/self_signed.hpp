// A certificate for localhost that signs itself, made on the spot, and a server's TLS settings with it.
// Room: tests.
#pragma once

#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/ssl.h>
#include <openssl/x509v3.h>

#include <stdlib.h> // mkstemp
#include <unistd.h>

#include <cstdio>
#include <memory>
#include <stdexcept>
#include <string>

namespace entrada::test {

/// Trust it by its file. Not for anything but tests: the key never leaves this object.
class self_signed {
public:
    explicit self_signed(const std::string& host = "localhost") {
        make(host);
        int fd = ::mkstemp(path_.data());
        FILE* file = fd < 0 ? nullptr : ::fdopen(fd, "w");
        if (file == nullptr) throw std::runtime_error("no temporary file");
        PEM_write_X509(file, certificate_.get());
        std::fclose(file);
    }
    ~self_signed() { ::unlink(path_.c_str()); }
    self_signed(const self_signed&) = delete;
    self_signed& operator=(const self_signed&) = delete;

    /// PEM, for a client to trust.
    [[nodiscard]] const std::string& file() const { return path_; }

    /// 40 hex digits.
    [[nodiscard]] std::string sha1() const {
        static constexpr char digits[] = "0123456789ABCDEF";
        unsigned char digest[EVP_MAX_MD_SIZE];
        unsigned int size = 0;
        X509_digest(certificate_.get(), EVP_sha1(), digest, &size);
        std::string text;
        for (unsigned int i = 0; i < size; ++i) text += {digits[digest[i] >> 4], digits[digest[i] & 15]};
        return text;
    }

    /// A server's context; 0: no limit on the version.
    [[nodiscard]] std::shared_ptr<SSL_CTX> server(int version_max = 0) const {
        std::shared_ptr<SSL_CTX> context(SSL_CTX_new(TLS_server_method()), SSL_CTX_free);
        SSL_CTX_use_certificate(context.get(), certificate_.get());
        SSL_CTX_use_PrivateKey(context.get(), key_.get());
        if (version_max != 0) {
            SSL_CTX_set_security_level(context.get(), 0); // old versions need it
            SSL_CTX_set_min_proto_version(context.get(), TLS1_VERSION);
            SSL_CTX_set_max_proto_version(context.get(), version_max);
        }
        return context;
    }

private:
    void make(const std::string& host) {
        key_.reset(EVP_EC_gen("P-256"), EVP_PKEY_free);
        certificate_.reset(X509_new(), X509_free);
        X509_set_version(certificate_.get(), 2);
        ASN1_INTEGER_set(X509_get_serialNumber(certificate_.get()), 1);
        X509_gmtime_adj(X509_getm_notBefore(certificate_.get()), -3600);
        X509_gmtime_adj(X509_getm_notAfter(certificate_.get()), 3600);
        X509_set_pubkey(certificate_.get(), key_.get());
        X509_NAME* name = X509_get_subject_name(certificate_.get());
        X509_NAME_add_entry_by_txt(name, "CN", MBSTRING_ASC, reinterpret_cast<const unsigned char*>(host.c_str()), -1, -1, 0);
        X509_set_issuer_name(certificate_.get(), name);
        const std::string names = "DNS:" + host;
        X509_EXTENSION* extension = X509V3_EXT_conf_nid(nullptr, nullptr, NID_subject_alt_name, names.c_str());
        X509_add_ext(certificate_.get(), extension, -1);
        X509_EXTENSION_free(extension);
        if (X509_sign(certificate_.get(), key_.get(), EVP_sha256()) == 0) throw std::runtime_error("no certificate");
    }

    std::shared_ptr<EVP_PKEY> key_;
    std::shared_ptr<X509> certificate_;
    std::string path_ = "/tmp/entrada-test-ca-XXXXXX";
};

} // namespace entrada::test
