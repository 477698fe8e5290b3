#include "entrada/errc.hpp"

#include <string>

namespace entrada {
namespace {

// A table.
// clang-format off
const char* describe(errc code) noexcept {
    switch (code) {
    case errc::timeout: return "deadline passed";
    case errc::cancelled: return "cancelled by the caller";
    case errc::would_deadlock: return "blocking call on the thread that must answer it";
    case errc::stopped: return "stopped";
    case errc::not_connected: return "not connected";
    case errc::connection_lost: return "connection lost after the command was sent";
    case errc::backlog_full: return "too many commands are waiting";
    case errc::resolve_failed: return "host name not resolved";
    case errc::connect_failed: return "connection refused or unreachable";
    case errc::tls_failed: return "TLS failed";
    case errc::handshake_failed: return "Redis session not established";
    case errc::protocol_error: return "not the Redis protocol";
    case errc::limit_exceeded: return "larger than the limit";
    case errc::unexpected_reply: return "reply of an unexpected type";
    case errc::not_multiplexable: return "command not possible on a shared connection";
    case errc::server_error: return "error reply of Redis";
    case errc::wrong_pass: return "login refused by Redis";
    case errc::no_auth: return "Redis wants a login first";
    case errc::no_permission: return "forbidden by the access policy";
    case errc::wrong_type: return "key holds another type";
    case errc::unknown_command: return "command unknown to this Redis";
    case errc::server_loading: return "Redis is not ready yet";
    case errc::redirected: return "key lives on another cluster node";
    case errc::read_only: return "replica does not take writes";
    case errc::out_of_memory: return "Redis is out of memory";
    case errc::credential_unavailable: return "credential not available here";
    case errc::credential_failed: return "credential failed";
    case errc::token_unusable: return "token not usable";
    case errc::token_unavailable: return "no valid token";
    case errc::token_host_refused: return "token not sent to this host";
    case errc::setting_missing: return "setting missing";
    case errc::setting_unknown: return "unknown setting";
    case errc::setting_invalid: return "invalid setting";
    case errc::file_unreadable: return "file not readable";
    case errc::value_unreadable: return "cached value is not of the requested type";
    }
    return "unknown error";
}
// clang-format on

class category final : public boost::system::error_category {
public:
    const char* name() const noexcept override { return "entrada"; }
    std::string message(int value) const override { return describe(static_cast<errc>(value)); }
    char const* message(int value, char*, std::size_t) const noexcept override { return describe(static_cast<errc>(value)); }
};

bool is_one_of(const boost::system::error_code& code, std::initializer_list<errc> codes) noexcept {
    if (&code.category() != &entrada_category()) return false;
    for (const errc candidate : codes)
        if (code.value() == static_cast<int>(candidate)) return true;
    return false;
}

} // namespace

const boost::system::error_category& entrada_category() noexcept {
    static const category instance;
    return instance;
}

boost::system::error_code make_error_code(errc code) noexcept { return {static_cast<int>(code), entrada_category()}; }

bool is_retryable(const boost::system::error_code& code) noexcept {
    return is_one_of(code, {errc::not_connected, errc::backlog_full, errc::resolve_failed, errc::connect_failed,
                            errc::server_loading, errc::token_unavailable});
}

bool may_have_run(const boost::system::error_code& code) noexcept {
    return is_one_of(code, {errc::timeout, errc::cancelled, errc::connection_lost, errc::stopped, errc::protocol_error,
                            errc::limit_exceeded, errc::unexpected_reply});
}

bool is_auth(const boost::system::error_code& code) noexcept {
    return is_one_of(code, {errc::wrong_pass, errc::no_auth, errc::no_permission, errc::credential_unavailable,
                            errc::credential_failed, errc::token_unusable, errc::token_unavailable, errc::token_host_refused});
}

} // namespace entrada
