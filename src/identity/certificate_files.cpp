#include "identity/certificate_files.hpp"

#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/pkcs12.h>
#include <openssl/provider.h>

#include <optional>
#include <string_view>

namespace entrada::identity {
namespace {

constexpr const char* wrong_password = "the password does not fit, or there is none and one is needed";

struct free_bio {
    void operator()(BIO* bio) const { BIO_free_all(bio); }
};
using bio_pointer = std::unique_ptr<BIO, free_bio>;

bio_pointer reader_of(const secret_string& content) {
    return bio_pointer(BIO_new_mem_buf(content.reveal().data(), static_cast<int>(content.size())));
}

key_pointer own(EVP_PKEY* key) { return {key, EVP_PKEY_free}; }
certificate_pointer own(X509* certificate) { return {certificate, X509_free}; }

/// One block of a PEM file. Wipes its bytes, for they may be a key.
class pem_block {
public:
    pem_block() = default;
    ~pem_block() {
        OPENSSL_free(name_);
        OPENSSL_free(header_);
        OPENSSL_clear_free(data_, static_cast<std::size_t>(size_));
    }
    pem_block(const pem_block&) = delete;
    pem_block& operator=(const pem_block&) = delete;

    bool read_from(BIO* bio) { return PEM_read_bio(bio, &name_, &header_, &data_, &size_) == 1; }
    [[nodiscard]] std::string_view name() const { return name_; }
    [[nodiscard]] bool encrypted_in_the_old_way() const { return header_ != nullptr && *header_ != '\0'; }

    [[nodiscard]] certificate_pointer as_certificate() const {
        const unsigned char* at = data_;
        return own(d2i_X509(nullptr, &at, size_));
    }
    [[nodiscard]] key_pointer as_key() const {
        const unsigned char* at = data_;
        return own(d2i_AutoPrivateKey(nullptr, &at, size_));
    }
    [[nodiscard]] key_pointer as_encrypted_key(const secret_string& password) const {
        const unsigned char* at = data_;
        const std::unique_ptr<X509_SIG, decltype(&X509_SIG_free)> sealed(d2i_X509_SIG(nullptr, &at, size_), X509_SIG_free);
        if (!sealed) return nullptr;
        const std::unique_ptr<PKCS8_PRIV_KEY_INFO, decltype(&PKCS8_PRIV_KEY_INFO_free)> plain(
            PKCS8_decrypt(sealed.get(), password.reveal().data(), static_cast<int>(password.size())), PKCS8_PRIV_KEY_INFO_free);
        return plain ? own(EVP_PKCS82PKEY(plain.get())) : nullptr;
    }

private:
    char* name_ = nullptr;
    char* header_ = nullptr;
    unsigned char* data_ = nullptr;
    long size_ = 0;
};

/// Takes what the block holds, if it is of interest; says what is wrong with it.
std::optional<std::string> take(const pem_block& block, const secret_string& password, key_store& into) {
    const auto name = block.name();
    if (name == "CERTIFICATE" || name == "X509 CERTIFICATE") {
        into.certificates.push_back(block.as_certificate());
        return into.certificates.back() ? std::nullopt : std::optional<std::string>("a certificate in it cannot be read");
    }
    if (!name.ends_with("PRIVATE KEY")) return std::nullopt;
    if (block.encrypted_in_the_old_way())
        return "its key is encrypted in the old way of PEM; convert it with `openssl pkcs8 -topk8`";
    const bool encrypted = name == "ENCRYPTED PRIVATE KEY";
    into.keys.push_back(encrypted ? block.as_encrypted_key(password) : block.as_key());
    if (into.keys.back()) return std::nullopt;
    return encrypted ? std::string("its key cannot be decrypted: ") + wrong_password : "a private key in it cannot be read";
}

/// Old programs encrypt with RC2, which OpenSSL 3 keeps in a provider of its own. Loaded here alone, it changes nothing for the
/// rest of the process.
class library_with_old_ciphers {
public:
    library_with_old_ciphers() : context_(OSSL_LIB_CTX_new()) {
        defaults_ = OSSL_PROVIDER_load(context_, "default");
        old_ = OSSL_PROVIDER_load(context_, "legacy"); // null where it is not installed
    }
    ~library_with_old_ciphers() {
        if (old_ != nullptr) OSSL_PROVIDER_unload(old_);
        if (defaults_ != nullptr) OSSL_PROVIDER_unload(defaults_);
        OSSL_LIB_CTX_free(context_);
    }
    library_with_old_ciphers(const library_with_old_ciphers&) = delete;
    library_with_old_ciphers& operator=(const library_with_old_ciphers&) = delete;

    [[nodiscard]] OSSL_LIB_CTX* get() const { return context_; }

private:
    OSSL_LIB_CTX* context_;
    OSSL_PROVIDER* defaults_ = nullptr;
    OSSL_PROVIDER* old_ = nullptr;
};

/// The same in the library's own context: what another one made would be bound to it.
key_pointer at_home(EVP_PKEY* key) {
    unsigned char* bytes = nullptr;
    const int size = i2d_PrivateKey(key, &bytes);
    if (size <= 0) return nullptr;
    const unsigned char* at = bytes;
    auto copy = own(d2i_AutoPrivateKey(nullptr, &at, size));
    OPENSSL_clear_free(bytes, static_cast<std::size_t>(size));
    return copy;
}
certificate_pointer at_home(X509* certificate) {
    unsigned char* bytes = nullptr;
    const int size = i2d_X509(certificate, &bytes);
    if (size <= 0) return nullptr;
    const unsigned char* at = bytes;
    auto copy = own(d2i_X509(nullptr, &at, size));
    OPENSSL_free(bytes);
    return copy;
}

struct free_certificates {
    void operator()(STACK_OF(X509) * stack) const { sk_X509_pop_free(stack, X509_free); }
};

std::variant<key_store, std::string> open_pkcs12(PKCS12* store, const char* password) {
    EVP_PKEY* key = nullptr;
    X509* leaf = nullptr;
    STACK_OF(X509)* others = nullptr;
    const bool opened = PKCS12_parse(store, password, &key, &leaf, &others) == 1;
    const auto own_key = own(key);
    const auto own_leaf = own(leaf);
    const std::unique_ptr<STACK_OF(X509), free_certificates> own_others(others);
    if (!opened) return std::string("it cannot be decrypted: ") + wrong_password;
    key_store found;
    const auto add = [&](X509* certificate) {
        if (auto copy = at_home(certificate)) found.certificates.push_back(std::move(copy));
    };
    if (own_leaf) add(own_leaf.get());
    for (int i = 0; i < sk_X509_num(others); ++i) add(sk_X509_value(others, i));
    if (auto copy = own_key ? at_home(own_key.get()) : nullptr) found.keys.push_back(std::move(copy));
    return found;
}

} // namespace

std::variant<key_store, std::string> read_pem(const secret_string& content, const secret_string& password) {
    const auto bio = reader_of(content);
    key_store found;
    while (true) {
        pem_block block;
        if (!block.read_from(bio.get())) break;
        if (auto problem = take(block, password, found)) return *std::move(problem);
    }
    ERR_clear_error(); // the end of the file is one
    return found;
}

std::variant<key_store, std::string> read_pkcs12(const secret_string& content, const secret_string& password) {
    const library_with_old_ciphers library;
    PKCS12* store = PKCS12_init_ex(NID_pkcs7_data, library.get(), nullptr);
    const auto bio = reader_of(content);
    const bool read = d2i_PKCS12_bio(bio.get(), &store) != nullptr;
    const std::unique_ptr<PKCS12, decltype(&PKCS12_free)> owner(store, PKCS12_free); // also if nothing was read into it
    if (!read) {
        ERR_clear_error();
        return "it is neither PEM nor PKCS#12";
    }
    std::string zero_ended(password.reveal());
    auto found = open_pkcs12(store, zero_ended.c_str());
    wipe_memory(zero_ended.data(), zero_ended.size());
    ERR_clear_error();
    return found;
}

} // namespace entrada::identity
