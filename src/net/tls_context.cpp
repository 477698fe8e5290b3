#include "net/tls_context.hpp"

#include <openssl/err.h>
#include <openssl/ssl.h>
#include <openssl/x509.h>

#include <cstdlib>
#include <filesystem>
#include <map>
#include <mutex>

namespace entrada::net {
namespace {

// A record holds 16 KiB; reading several per system call makes TLS cheaper under load.
constexpr std::size_t read_ahead_bytes = std::size_t{64} * 1024;

/// Changes when the authorities may have: files are replaced while programs run.
std::string version_of(const std::string& ca_file) {
    std::string file = ca_file;
    if (file.empty()) {
        const char* const named = std::getenv(X509_get_default_cert_file_env());
        file = named != nullptr ? named : X509_get_default_cert_file();
    }
    std::error_code missing;
    const auto written = std::filesystem::last_write_time(file, missing).time_since_epoch().count();
    const char* const folder = std::getenv(X509_get_default_cert_dir_env());
    return ca_file + '\n' + file + '\n' + (folder != nullptr ? folder : "") + '\n'
           + (missing ? missing.message() : std::to_string(written));
}

} // namespace

void tls_context::free_context::operator()(ssl_ctx_st* context) const noexcept { SSL_CTX_free(context); }

result<std::shared_ptr<const tls_context>> tls_context::shared(const std::string& ca_file) {
    // Never destroyed: threads of clients that nobody ended may come here while the process ends.
    static std::mutex& mutex = *new std::mutex;
    static auto& known = *new std::map<std::string, std::weak_ptr<const tls_context>>;
    const std::string version = version_of(ca_file);
    const std::lock_guard lock(mutex);
    std::erase_if(known, [](const auto& entry) { return entry.second.expired(); });
    if (auto same = known[version].lock()) return same;
    auto made = make(ca_file);
    if (made) known[version] = *made;
    return made;
}

result<std::shared_ptr<const tls_context>> tls_context::make(const std::string& ca_file) {
    ERR_clear_error();
    const std::shared_ptr<tls_context> made{new tls_context(SSL_CTX_new(TLS_client_method()))};
    SSL_CTX* context = made->native_handle();
    if (context == nullptr) return failure(errc::tls_failed, "OpenSSL gave no context: " + openssl_errors());
    SSL_CTX_set_min_proto_version(context, TLS1_2_VERSION);
    SSL_CTX_set_mode(context, SSL_MODE_ENABLE_PARTIAL_WRITE | SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER);
    // RESP frames its messages itself, so an end without close_notify cannot be taken for a whole reply.
    SSL_CTX_set_options(context, SSL_OP_IGNORE_UNEXPECTED_EOF);
    SSL_CTX_set_read_ahead(context, 1);
    SSL_CTX_set_default_read_buffer_len(context, read_ahead_bytes);
    SSL_CTX_set_verify(context, SSL_VERIFY_PEER, nullptr);
    if (ca_file.empty()) {
        SSL_CTX_set_default_verify_paths(context);
    } else if (SSL_CTX_load_verify_file(context, ca_file.c_str()) != 1) {
        return failure(errc::file_unreadable,
                       "cannot read certificate authorities from '" + ca_file + "': " + openssl_errors() + "; give a PEM file");
    }
    return std::shared_ptr<const tls_context>(made);
}

std::string openssl_errors() {
    std::string text;
    while (const unsigned long code = ERR_get_error()) {
        const char* reason = ERR_reason_error_string(code);
        if (!text.empty()) text += ", ";
        text += reason != nullptr ? reason : "error " + std::to_string(code);
    }
    return text.empty() ? "no further detail" : text;
}

} // namespace entrada::net
