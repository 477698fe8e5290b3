// A certificate authority of our own, for TLS on this machine.
// Room: emulator.
#pragma once

#include "entrada/result.hpp"
#include "entrada/secret_string.hpp"

#include <chrono>
#include <memory>
#include <string>
#include <vector>

namespace entrada::emulator {

/// What a server certificate says.
struct certificate_spec {
    std::string common_name;
    std::vector<std::string> dns_names;
    std::vector<std::string> ip_addresses; ///< as text
    /// An hour back, so that a client whose clock is a little behind accepts it.
    std::chrono::system_clock::time_point valid_from = std::chrono::system_clock::now() - std::chrono::hours(1);
    std::chrono::system_clock::time_point valid_until = std::chrono::system_clock::now() + std::chrono::hours(24 * 30);
};

struct certified_key {
    secret_string key_pem;
    std::string certificate_pem;
};

enum class key_kind { ec_p256, rsa_2048 };

/// A certificate that vouches for itself.
/// Errors: `errc::tls_failed` with OpenSSL's reason.
[[nodiscard]] result<certified_key> make_self_signed(const certificate_spec& spec, key_kind kind);

/// The first certificate of a PEM text in DER; empty if there is none.
[[nodiscard]] std::string der_of_certificate(const std::string& pem);
/// SHA-1 of the DER in upper-case hexadecimal digits, as Windows and Service Fabric name certificates.
[[nodiscard]] std::string thumbprint_of_certificate(const std::string& pem);

/// Signs server certificates. Its key is made anew each time and never leaves memory.
///
/// Keys are EC P-256: made in no time, taken by every TLS library.
/// Thread safety: after construction, as a const object.
class certificate_authority {
public:
    /// Errors: `errc::tls_failed` with OpenSSL's reason.
    [[nodiscard]] static result<certificate_authority> create(const std::string& common_name);

    certificate_authority(certificate_authority&&) noexcept;
    certificate_authority& operator=(certificate_authority&&) noexcept;
    ~certificate_authority();

    [[nodiscard]] std::string certificate_pem() const;
    /// Errors: `errc::tls_failed`, for a name or address that cannot stand in a certificate, too.
    [[nodiscard]] result<certified_key> issue(const certificate_spec& spec) const;

private:
    struct state;
    explicit certificate_authority(std::unique_ptr<state> made);
    std::unique_ptr<state> state_;
};

} // namespace entrada::emulator
