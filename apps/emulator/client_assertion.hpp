// What Entra asks of an assertion that is signed with a certificate.
// Room: emulator.
#pragma once

#include "emulator/entra_error.hpp"
#include "emulator/jwt.hpp"
#include "emulator/openssl.hpp"
#include "emulator/token_authority.hpp"

#include <optional>
#include <string>
#include <string_view>

namespace entrada::emulator {

/// A certificate as it stands in the registration of an application. Thread safety: as a const object.
class registered_certificate {
public:
    /// Errors: `errc::tls_failed`: no certificate in the text.
    [[nodiscard]] static result<registered_certificate> from_pem(const std::string& pem);

    /// By `x5t#S256` or `x5t`, in either alphabet of Base64.
    [[nodiscard]] bool is_named_by(const jwt& assertion) const;
    /// No chain was sent, or its first certificate is this one. Both the list and the single text of .NET.
    [[nodiscard]] bool heads_chain_of(const jwt& assertion) const;
    /// RS256 or PS256.
    [[nodiscard]] bool verifies(const jwt& assertion) const;

private:
    registered_certificate() = default;

    std::shared_ptr<EVP_PKEY> key_;
    std::string der_;
    std::string sha1_;
    std::string sha256_;
};

/// Names a certificate in its header, or was issued by the application itself: not a federated token.
[[nodiscard]] bool is_certificate_assertion(const jwt& assertion, std::string_view client_id);

/// Empty: the assertion is good. `certificate` may be null: the application has none. `audience` is the URL of the token
/// endpoint.
[[nodiscard]] std::optional<entra_error> find_assertion_error(const jwt& assertion, const registered_certificate* certificate,
                                                              std::string_view client_id, std::string_view audience,
                                                              wall_time now);

} // namespace entrada::emulator
