// Whom a TLS client trusts.
// Room: net.
#pragma once

#include "entrada/result.hpp"

#include <memory>
#include <string>

struct ssl_ctx_st;

namespace entrada::net {

/// TLS 1.2 and 1.3, certificates always verified.
/// Thread safety: const use from any thread.
class tls_context {
public:
    /// The same one for all who trust the same authorities, as long as somebody uses it and the file does not change. Certificate
    /// stores are large, and programs may have thousands of connections. Errors as `make`. Any thread.
    [[nodiscard]] static result<std::shared_ptr<const tls_context>> shared(const std::string& ca_file);
    /// Trusts the PEM file `ca_file`, or if empty the system's authorities (SSL_CERT_FILE and SSL_CERT_DIR as OpenSSL reads
    /// them). Errors: `errc::file_unreadable`, `errc::tls_failed`.
    [[nodiscard]] static result<std::shared_ptr<const tls_context>> make(const std::string& ca_file);

    [[nodiscard]] ssl_ctx_st* native_handle() const noexcept { return context_.get(); }

private:
    struct free_context {
        void operator()(ssl_ctx_st* context) const noexcept;
    };
    explicit tls_context(ssl_ctx_st* context) noexcept : context_(context) {}
    std::unique_ptr<ssl_ctx_st, free_context> context_;
};

/// The entries of OpenSSL's error queue of this thread, for people; empties it.
[[nodiscard]] std::string openssl_errors();

} // namespace entrada::net
