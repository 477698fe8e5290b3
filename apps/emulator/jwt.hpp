// JSON Web Tokens signed with RS256: made, taken apart and checked.
// Room: emulator.
#pragma once

#include "emulator/openssl.hpp"
#include "entrada/result.hpp"
#include "entrada/secret_string.hpp"

#include <boost/json/object.hpp>

#include <memory>
#include <optional>
#include <string>
#include <string_view>

namespace entrada::emulator {

/// The three parts of a token, decoded. Nothing in it is trustworthy before `signing_key::verifies`.
struct jwt {
    boost::json::object header;
    boost::json::object claims;
    std::string signature;
    std::string signed_part; ///< the first two parts as they were sent

    /// Empty: not a token.
    [[nodiscard]] static std::optional<jwt> parse(std::string_view text);

    /// A claim of text; empty if it is missing or not a text.
    [[nodiscard]] std::string_view text(std::string_view claim) const;
    /// A field of the header, alike.
    [[nodiscard]] std::string_view header_text(std::string_view field) const;
    /// A claim in whole seconds; empty if it is missing or no number. .NET writes numbers as texts.
    [[nodiscard]] std::optional<std::int64_t> seconds(std::string_view claim) const;
};

/// The signature is that of `key` by RS256 or PS256, as `algorithm` says. Any other algorithm verifies nothing.
[[nodiscard]] bool verify_rsa(EVP_PKEY* key, std::string_view algorithm, const jwt& token);

/// An RSA key of 2048 bits, made anew: what it signs is worth nothing to anybody else.
///
/// Thread safety: as a const object.
class signing_key {
public:
    /// Errors: `errc::tls_failed` with OpenSSL's reason.
    [[nodiscard]] static result<signing_key> create();

    [[nodiscard]] const std::string& id() const noexcept { return id_; }
    [[nodiscard]] secret_string sign(const boost::json::object& claims) const;
    /// Signed by this key, with RS256 and nothing else, and naming this key.
    [[nodiscard]] bool verifies(const jwt& token) const;
    /// The public half, as a key set of OpenID Connect lists it.
    [[nodiscard]] boost::json::object public_key() const;

private:
    explicit signing_key(key_ptr key);
    [[nodiscard]] std::string number(const char* name) const;

    std::shared_ptr<EVP_PKEY> key_; ///< shared by copies; nobody changes it
    std::string id_;
};

} // namespace entrada::emulator
