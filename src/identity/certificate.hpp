// A certificate with its private key, as files hold them, and signatures made with it.
// Room: identity.
#pragma once

#include "entrada/secret_string.hpp"

#include <chrono>
#include <memory>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

namespace entrada::identity {

/// Thread safety: as a value that nobody changes; `sign` may be called from several threads at once.
class certificate {
public:
    enum class padding { pss, pkcs1 };

    /// PEM (PKCS#8, plain or encrypted, or PKCS#1; keys and certificates in any order) or PKCS#12, told apart by content. The
    /// leaf is the certificate whose public key fits the private one. Or what is wrong, in words that hold nothing of the
    /// content.
    [[nodiscard]] static std::variant<certificate, std::string> read(const secret_string& content, const secret_string& password);

    /// Digests of the leaf as it is encoded.
    [[nodiscard]] const std::string& sha256() const noexcept { return sha256_; }
    [[nodiscard]] const std::string& sha1() const noexcept { return sha1_; }
    /// Encoded, the leaf first, each followed by its issuer as far as the file has it.
    [[nodiscard]] const std::vector<std::string>& chain() const noexcept { return chain_; }
    [[nodiscard]] std::chrono::system_clock::time_point not_before() const noexcept { return not_before_; }
    [[nodiscard]] std::chrono::system_clock::time_point not_after() const noexcept { return not_after_; }

    /// RSA with SHA-256; empty if OpenSSL cannot.
    [[nodiscard]] std::string sign(std::string_view text, padding how) const;

private:
    std::shared_ptr<void> key_;
    std::string sha256_;
    std::string sha1_;
    std::vector<std::string> chain_;
    std::chrono::system_clock::time_point not_before_;
    std::chrono::system_clock::time_point not_after_;
};

} // namespace entrada::identity
