// One HTTP request and its answer, for fetching tokens: small, rare, blocking.
// Room: net. This is all that identity sees of the network.
#pragma once

#include "entrada/environment.hpp"
#include "entrada/result.hpp"
#include "entrada/secret_string.hpp"

#include <chrono>
#include <cstddef>
#include <memory>
#include <stop_token>
#include <string>
#include <string_view>
#include <vector>

namespace entrada::net {

/// Larger answers fail with `errc::limit_exceeded`. A token is a few KiB; the rest is room for a verbose error page.
inline constexpr std::size_t http_body_bytes_max = std::size_t{1024} * 1024;
/// All header lines of one answer together.
inline constexpr std::size_t http_header_bytes_max = std::size_t{64} * 1024;

/// Wipes its value, which may be a secret. So it is copied where others are moved; it is small.
struct http_header {
    std::string name;
    std::string value;
    ~http_header() { wipe_memory(value.data(), value.size()); }
};

struct http_request {
    std::string method = "GET";
    /// http or https, absolute, without user information.
    std::string url;
    std::vector<http_header> headers;
    secret_string body;
    /// Give up at this moment: resolve, connect, TLS, sending and receiving together.
    std::chrono::steady_clock::time_point deadline = std::chrono::steady_clock::now() + std::chrono::seconds(15);
    /// Give up at once when stop is requested.
    std::stop_token stop;
    /// Through the proxy that the environment names. Endpoints of managed identities are never reached through one.
    bool use_proxy = false;
    /// If set, 40 hex digits: TLS trusts the one certificate with this SHA-1, whoever issued it and whatever name it has, and no
    /// other. For an endpoint that names its own certificate this way.
    std::string pinned_sha1{};
};

struct http_response {
    int status = 0;
    std::vector<http_header> headers;
    secret_string body; ///< may hold a token

    /// The first value of a header, compared without regard to case; empty if absent.
    [[nodiscard]] std::string_view header(std::string_view name) const noexcept;
};

/// Sends requests. A redirect is an answer like any other and is never followed: it could take a secret elsewhere.
///
/// Blocks: until the whole answer, the deadline or the stop request.
/// Errors: `errc::timeout`, `errc::cancelled`, `errc::resolve_failed`, `errc::connect_failed`, `errc::tls_failed`,
///         `errc::connection_lost`, `errc::limit_exceeded`, `errc::setting_invalid` for a URL that cannot be used.
///         The detail names method, host and path, never the query, a header or the body.
/// Thread safety: every member may be called from any thread.
class http_client {
public:
    virtual ~http_client() = default;
    [[nodiscard]] virtual result<http_response> send(const http_request& request) = 0;
};

/// On libcurl. TLS 1.2 or later, verified against CURL_CA_BUNDLE, else SSL_CERT_FILE, else the system's store.
/// Proxies come from `variables` (HTTPS_PROXY, ALL_PROXY, NO_PROXY and lower case; for http URLs only `http_proxy`,
/// since a CGI program's HTTP_PROXY is a header of its caller).
[[nodiscard]] std::shared_ptr<http_client> make_http_client(const environment& variables);

} // namespace entrada::net
