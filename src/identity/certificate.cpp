#include "identity/certificate.hpp"

#include "identity/certificate_files.hpp"

#include <openssl/err.h>
#include <openssl/rsa.h>
#include <openssl/x509v3.h>

#include <algorithm>
#include <array>
#include <ctime>

namespace entrada::identity {
namespace {

struct pair_of_keys {
    key_pointer key;
    std::size_t leaf = 0; ///< its place among the certificates
};

std::variant<pair_of_keys, std::string> find_pair(const key_store& store) {
    if (store.keys.empty()) return "there is no private key in it";
    if (store.certificates.empty()) return "there is no certificate in it";
    for (const auto& key : store.keys)
        for (std::size_t i = 0; i < store.certificates.size(); ++i)
            if (X509_check_private_key(store.certificates[i].get(), key.get()) == 1) {
                ERR_clear_error();
                return pair_of_keys{key, i};
            }
    ERR_clear_error();
    return "no certificate in it belongs to its private key";
}

/// The leaf, then whoever issued the one before; then what is left.
std::vector<certificate_pointer> in_order(std::vector<certificate_pointer> all, std::size_t leaf) {
    std::swap(all[0], all[leaf]);
    for (std::size_t next = 1; next < all.size(); ++next) {
        const auto issuer = std::find_if(all.begin() + static_cast<std::ptrdiff_t>(next), all.end(), [&](const auto& one) {
            return X509_check_issued(one.get(), all[next - 1].get()) == X509_V_OK;
        });
        if (issuer == all.end()) break;
        std::swap(all[next], *issuer);
    }
    return all;
}

std::string digest_of(const X509* certificate, const EVP_MD* algorithm) {
    std::array<unsigned char, EVP_MAX_MD_SIZE> bytes{};
    unsigned int size = 0;
    if (X509_digest(certificate, algorithm, bytes.data(), &size) != 1) return {};
    return {reinterpret_cast<const char*>(bytes.data()), size};
}

std::string encoded(X509* certificate) {
    unsigned char* bytes = nullptr;
    const int size = i2d_X509(certificate, &bytes);
    if (size <= 0) return {};
    std::string text(reinterpret_cast<const char*>(bytes), static_cast<std::size_t>(size));
    OPENSSL_free(bytes);
    return text;
}

std::chrono::system_clock::time_point moment_of(const ASN1_TIME* time) {
    std::tm parts{};
    if (ASN1_TIME_to_tm(time, &parts) != 1) return {};
    return std::chrono::system_clock::from_time_t(::timegm(&parts));
}

} // namespace

std::variant<certificate, std::string> certificate::read(const secret_string& content, const secret_string& password) {
    const bool is_pem = content.reveal().find("-----BEGIN ") != std::string_view::npos;
    auto store = is_pem ? read_pem(content, password) : read_pkcs12(content, password);
    if (auto* problem = std::get_if<std::string>(&store)) return std::move(*problem);
    auto& found = std::get<key_store>(store);
    auto pair = find_pair(found);
    if (auto* problem = std::get_if<std::string>(&pair)) return std::move(*problem);
    const auto& [key, leaf] = std::get<pair_of_keys>(pair);
    if (EVP_PKEY_get_base_id(key.get()) != EVP_PKEY_RSA) return "its key is not an RSA key, which Microsoft Entra wants";
    const auto ordered = in_order(std::move(found.certificates), leaf);
    certificate read;
    read.key_ = key;
    read.sha256_ = digest_of(ordered.front().get(), EVP_sha256());
    read.sha1_ = digest_of(ordered.front().get(), EVP_sha1());
    read.not_before_ = moment_of(X509_get0_notBefore(ordered.front().get()));
    read.not_after_ = moment_of(X509_get0_notAfter(ordered.front().get()));
    for (const auto& one : ordered) read.chain_.push_back(encoded(one.get()));
    return read;
}

std::string certificate::sign(std::string_view text, padding how) const {
    const std::unique_ptr<EVP_MD_CTX, decltype(&EVP_MD_CTX_free)> context(EVP_MD_CTX_new(), EVP_MD_CTX_free);
    EVP_PKEY_CTX* settings = nullptr;
    auto* key = static_cast<EVP_PKEY*>(key_.get());
    bool good = context && EVP_DigestSignInit(context.get(), &settings, EVP_sha256(), nullptr, key) == 1;
    if (good && how == padding::pss)
        good = EVP_PKEY_CTX_set_rsa_padding(settings, RSA_PKCS1_PSS_PADDING) == 1
               && EVP_PKEY_CTX_set_rsa_pss_saltlen(settings, RSA_PSS_SALTLEN_DIGEST) == 1;
    const auto* bytes = reinterpret_cast<const unsigned char*>(text.data());
    std::size_t size = 0;
    good = good && EVP_DigestSign(context.get(), nullptr, &size, bytes, text.size()) == 1;
    std::string signature(size, '\0');
    good =
        good && EVP_DigestSign(context.get(), reinterpret_cast<unsigned char*>(signature.data()), &size, bytes, text.size()) == 1;
    ERR_clear_error();
    signature.resize(good ? size : 0);
    return signature;
}

} // namespace entrada::identity
