// The HTTP client on libcurl: one multi handle per request, so that a stop request wakes it at once.
// Room: net.
#include "base/text.hpp"
#include "net/http_client.hpp"

#include <curl/curl.h>
#include <openssl/crypto.h>
#include <openssl/ssl.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <cstring>
#include <mutex>
#include <optional>
#include <utility>

namespace entrada::net {
namespace {

using std::chrono::milliseconds;
using std::chrono::steady_clock;

struct proxy_settings {
    std::string for_https;
    std::string for_http;
    std::string exceptions;
};

std::string first_of(const environment& variables, std::initializer_list<std::string_view> names) {
    for (const auto name : names)
        if (const auto value = variable(variables, name); !value.empty()) return std::string(value);
    return {};
}

proxy_settings proxies_from(const environment& variables) {
    return {.for_https = first_of(variables, {"https_proxy", "HTTPS_PROXY", "all_proxy", "ALL_PROXY"}),
            .for_http = first_of(variables, {"http_proxy", "all_proxy", "ALL_PROXY"}),
            .exceptions = first_of(variables, {"no_proxy", "NO_PROXY"})};
}

void initialise_curl_once() {
    static std::once_flag once;
    std::call_once(once, [] { curl_global_init(CURL_GLOBAL_DEFAULT); });
}

/// For error texts: without query, fragment and user information, which may hold what is nobody's business.
std::string url_for_people(std::string_view url) {
    const std::string_view shown = url.substr(0, url.find_first_of("?#"));
    const auto scheme_end = shown.find("://");
    if (scheme_end == std::string_view::npos) return escape_untrusted(shown);
    const auto authority = shown.substr(scheme_end + 3, shown.find('/', scheme_end + 3) - (scheme_end + 3));
    const auto at = authority.rfind('@');
    if (at == std::string_view::npos) return escape_untrusted(shown);
    return escape_untrusted(std::string(shown.substr(0, scheme_end + 3)) + std::string(shown.substr(scheme_end + 3 + at + 1)));
}

errc code_of(CURLcode code) {
    switch (code) {
    case CURLE_OPERATION_TIMEDOUT:
        return errc::timeout;
    case CURLE_COULDNT_RESOLVE_HOST:
    case CURLE_COULDNT_RESOLVE_PROXY:
        return errc::resolve_failed;
    case CURLE_COULDNT_CONNECT:
    case CURLE_PROXY:
    case CURLE_INTERFACE_FAILED:
        return errc::connect_failed;
    case CURLE_SSL_CONNECT_ERROR:
    case CURLE_PEER_FAILED_VERIFICATION:
    case CURLE_SSL_CERTPROBLEM:
    case CURLE_SSL_CIPHER:
    case CURLE_SSL_CACERT_BADFILE:
    case CURLE_SSL_ISSUER_ERROR:
    case CURLE_SSL_INVALIDCERTSTATUS:
        return errc::tls_failed;
    case CURLE_LOGIN_DENIED: // user information in the URL
    case CURLE_URL_MALFORMAT:
    case CURLE_UNSUPPORTED_PROTOCOL:
        return errc::setting_invalid;
    default:
        return errc::connection_lost;
    }
}

/// Sockets must not live on in a child that another thread starts meanwhile.
curl_socket_t open_socket(void*, curlsocktype, curl_sockaddr* address) {
    return socket(address->family, address->socktype | SOCK_CLOEXEC, address->protocol);
}

/// Called instead of the check of a chain: nothing about the certificate counts but its digest.
int is_pinned(X509_STORE_CTX* store, void* digest) {
    const auto& expected = *static_cast<const std::string*>(digest);
    unsigned char actual[EVP_MAX_MD_SIZE];
    unsigned int size = 0;
    const X509* leaf = X509_STORE_CTX_get0_cert(store);
    const bool same = leaf != nullptr && X509_digest(leaf, EVP_sha1(), actual, &size) == 1 && size == expected.size()
                      && CRYPTO_memcmp(actual, expected.data(), size) == 0;
    X509_STORE_CTX_set_error(store, same ? X509_V_OK : X509_V_ERR_CERT_REJECTED);
    return same ? 1 : 0;
}

CURLcode pin(CURL*, void* context, void* digest) {
    SSL_CTX_set_cert_verify_callback(static_cast<SSL_CTX*>(context), is_pinned, digest);
    return CURLE_OK;
}

/// The 20 bytes that 40 hex digits stand for; empty for any other text.
std::string bytes_of_sha1(std::string_view digits) {
    constexpr std::string_view values = "0123456789abcdef";
    std::string bytes;
    for (std::size_t i = 0; digits.size() == 40 && i < 40; i += 2) {
        const auto high = values.find(base::to_lower(digits[i]));
        const auto low = values.find(base::to_lower(digits[i + 1]));
        if (high == std::string_view::npos || low == std::string_view::npos) return {};
        bytes += static_cast<char>(high << 4 | low);
    }
    return bytes;
}

/// One request under way. Not movable: libcurl holds its address.
class transfer {
public:
    transfer(const http_request& request, const proxy_settings& proxies, const std::string& ca_file);
    ~transfer();
    transfer(const transfer&) = delete;
    transfer& operator=(const transfer&) = delete;

    [[nodiscard]] result<http_response> run();

private:
    [[nodiscard]] std::string_view what_is_wrong_with_the_request() const;
    template <class Value>
    void set(CURLoption option, Value value) {
        if (curl_easy_setopt(easy_, option, value) != CURLE_OK) usable_ = false;
    }
    void set_request();
    void add_header_line(const std::string& line);
    void set_safety();
    void set_proxy(const proxy_settings& proxies);
    void set_pin();
    [[nodiscard]] std::optional<CURLcode> drive();
    [[nodiscard]] std::optional<CURLcode> finished() const;
    [[nodiscard]] result<http_response> outcome(CURLcode code);
    [[nodiscard]] failure failed(errc code, std::string_view reason) const;
    [[nodiscard]] milliseconds left() const;

    static std::size_t on_header(char* data, std::size_t size, std::size_t count, void* self);
    static std::size_t on_body(char* data, std::size_t size, std::size_t count, void* self);
    [[nodiscard]] bool take_header(std::string_view line);

    const http_request& request_;
    const steady_clock::time_point begin_ = steady_clock::now();
    CURL* easy_ = nullptr;
    CURLM* multi_ = nullptr;
    curl_slist* header_lines_ = nullptr;
    bool usable_ = true;
    bool too_large_ = false;
    std::size_t header_bytes_ = 0;
    std::vector<http_header> headers_;
    std::string body_;
    std::string pinned_;
    char error_text_[CURL_ERROR_SIZE] = {};
};

transfer::transfer(const http_request& request, const proxy_settings& proxies, const std::string& ca_file)
    : request_(request), easy_(curl_easy_init()), multi_(curl_multi_init()) {
    if (easy_ == nullptr || multi_ == nullptr) {
        usable_ = false;
        return;
    }
    body_.reserve(std::size_t{16} * 1024); // a token fits, so that growing leaves no copies of it behind
    set_request();
    set_safety();
    set_proxy(proxies);
    set_pin();
    if (!ca_file.empty()) set(CURLOPT_CAINFO, ca_file.c_str());
}

transfer::~transfer() {
    if (easy_ != nullptr && multi_ != nullptr) curl_multi_remove_handle(multi_, easy_);
    curl_easy_cleanup(easy_);
    curl_multi_cleanup(multi_);
    for (auto* line = header_lines_; line != nullptr; line = line->next) wipe_memory(line->data, std::strlen(line->data));
    curl_slist_free_all(header_lines_);
    wipe_memory(body_.data(), body_.size());
}

void transfer::set_request() {
    set(CURLOPT_URL, request_.url.c_str());
    set(CURLOPT_USERAGENT, "entrada");
    set(CURLOPT_ACCEPT_ENCODING, ""); // all that libcurl can read: to say nothing would mean that any encoding may come
    set(CURLOPT_ERRORBUFFER, error_text_);
    set(CURLOPT_HEADERFUNCTION, &transfer::on_header);
    set(CURLOPT_HEADERDATA, static_cast<void*>(this));
    set(CURLOPT_WRITEFUNCTION, &transfer::on_body);
    set(CURLOPT_WRITEDATA, static_cast<void*>(this));
    if (request_.method != "GET") {
        set(CURLOPT_POSTFIELDSIZE_LARGE, static_cast<curl_off_t>(request_.body.size()));
        set(CURLOPT_POSTFIELDS, request_.body.reveal().data());
        set(CURLOPT_CUSTOMREQUEST, request_.method.c_str());
    }
    add_header_line("Expect:"); // no pause for "100 Continue"
    for (const auto& [name, value] : request_.headers) {
        std::string line;
        line.reserve(name.size() + value.size() + 2); // growing would leave copies behind
        line.append(name).append(": ").append(value);
        add_header_line(line);
        wipe_memory(line.data(), line.size());
    }
    set(CURLOPT_HTTPHEADER, header_lines_);
}

void transfer::add_header_line(const std::string& line) {
    curl_slist* longer = curl_slist_append(header_lines_, line.c_str());
    if (longer == nullptr)
        usable_ = false;
    else
        header_lines_ = longer;
}

void transfer::set_safety() {
    set(CURLOPT_NOSIGNAL, 1L);
    set(CURLOPT_FOLLOWLOCATION, 0L);
    set(CURLOPT_DISALLOW_USERNAME_IN_URL, 1L);
    set(CURLOPT_HTTP_VERSION, static_cast<long>(CURL_HTTP_VERSION_1_1));
    set(CURLOPT_SSLVERSION, static_cast<long>(CURL_SSLVERSION_TLSv1_2));
    set(CURLOPT_SSL_VERIFYPEER, 1L);
    set(CURLOPT_SSL_VERIFYHOST, 2L);
    set(CURLOPT_SUPPRESS_CONNECT_HEADERS, 1L);
    set(CURLOPT_OPENSOCKETFUNCTION, &open_socket);
#if LIBCURL_VERSION_NUM >= 0x075500
    set(CURLOPT_PROTOCOLS_STR, "http,https");
#else
    set(CURLOPT_PROTOCOLS, static_cast<long>(CURLPROTO_HTTP | CURLPROTO_HTTPS));
#endif
#if LIBCURL_VERSION_NUM >= 0x075700
    set(CURLOPT_QUICK_EXIT, 1L); // a name lookup that hangs ends by itself; nobody waits for it here
#endif
}

void transfer::set_proxy(const proxy_settings& proxies) {
    const bool https = base::starts_with_ignoring_case(request_.url, "https:");
    const std::string none;
    const auto& proxy = !request_.use_proxy ? none : https ? proxies.for_https : proxies.for_http;
    set(CURLOPT_PROXY, proxy.c_str()); // an empty text keeps libcurl from looking into the environment itself
    set(CURLOPT_NOPROXY, proxies.exceptions.c_str());
}

void transfer::set_pin() {
    if (request_.pinned_sha1.empty()) return;
    pinned_ = bytes_of_sha1(request_.pinned_sha1);
    if (pinned_.empty()) usable_ = false;
    set(CURLOPT_SSL_CTX_FUNCTION, &pin); // libcurl without OpenSSL refuses it, and then nothing is sent
    set(CURLOPT_SSL_CTX_DATA, static_cast<void*>(&pinned_));
    set(CURLOPT_SSL_VERIFYHOST, 0L);
}

std::size_t transfer::on_header(char* data, std::size_t size, std::size_t count, void* self) {
    auto& me = *static_cast<transfer*>(self);
    return me.take_header({data, size * count}) ? size * count : 0;
}

bool transfer::take_header(std::string_view line) {
    header_bytes_ += line.size();
    if (header_bytes_ > http_header_bytes_max) {
        too_large_ = true;
        return false;
    }
    if (line.starts_with("HTTP/")) headers_.clear(); // those of an interim answer do not count
    const auto colon = line.find(':');
    if (colon != std::string_view::npos && !line.starts_with("HTTP/"))
        headers_.push_back({std::string(base::trim(line.substr(0, colon))), std::string(base::trim(line.substr(colon + 1)))});
    return true;
}

std::size_t transfer::on_body(char* data, std::size_t size, std::size_t count, void* self) {
    auto& me = *static_cast<transfer*>(self);
    const auto bytes = size * count;
    if (me.body_.size() + bytes > http_body_bytes_max) {
        me.too_large_ = true;
        return 0;
    }
    me.body_.append(data, bytes);
    return bytes;
}

milliseconds transfer::left() const {
    return std::max(milliseconds(0), std::chrono::ceil<milliseconds>(request_.deadline - steady_clock::now()));
}

/// What libcurl would take and cut or split: a NUL ends its texts, a line end in a header begins another one.
std::string_view transfer::what_is_wrong_with_the_request() const {
    const auto has_control = [](std::string_view text) {
        return std::ranges::any_of(text, [](char c) { return static_cast<unsigned char>(c) < 0x20 || c == 0x7f; });
    };
    if (has_control(request_.url)) return "the URL holds control characters";
    for (const auto& [name, value] : request_.headers)
        if (name.empty() || has_control(name) || has_control(value)) return "a header holds control characters";
    return usable_ ? std::string_view{} : "libcurl cannot send this request";
}

result<http_response> transfer::run() {
    if (const auto wrong = what_is_wrong_with_the_request(); !wrong.empty()) return failed(errc::setting_invalid, wrong);
    if (request_.stop.stop_requested()) return failed(errc::cancelled, "stopped before it was sent");
    if (left().count() == 0) return failed(errc::timeout, "no time was left to send it");
    curl_multi_add_handle(multi_, easy_);
    const auto code = drive();
    if (code) return outcome(*code);
    if (request_.stop.stop_requested()) return failed(errc::cancelled, "stopped by the caller");
    return failed(errc::timeout, "no complete answer");
}

/// Nothing if stop or the deadline came first.
std::optional<CURLcode> transfer::drive() {
    const std::stop_callback wake(request_.stop, [this] { curl_multi_wakeup(multi_); });
    while (true) {
        int running = 0;
        if (curl_multi_perform(multi_, &running) != CURLM_OK) return CURLE_FAILED_INIT;
        if (const auto code = finished()) return code;
        if (request_.stop.stop_requested() || left().count() == 0) return std::nullopt;
        const auto wait = std::min(left(), milliseconds(60'000));
        if (curl_multi_poll(multi_, nullptr, 0, static_cast<int>(wait.count()), nullptr) != CURLM_OK) return CURLE_FAILED_INIT;
    }
}

std::optional<CURLcode> transfer::finished() const {
    int queued = 0;
    while (const CURLMsg* message = curl_multi_info_read(multi_, &queued))
        if (message->msg == CURLMSG_DONE) return message->data.result;
    return std::nullopt;
}

result<http_response> transfer::outcome(CURLcode code) {
    if (too_large_) return failed(errc::limit_exceeded, "the answer is larger than any token answer");
    if (code != CURLE_OK) return failed(code_of(code), error_text_[0] != '\0' ? error_text_ : curl_easy_strerror(code));
    long status = 0;
    curl_easy_getinfo(easy_, CURLINFO_RESPONSE_CODE, &status);
    return http_response{static_cast<int>(status), std::move(headers_), secret_string(body_)};
}

failure transfer::failed(errc code, std::string_view reason) const {
    const auto elapsed = std::chrono::duration_cast<milliseconds>(steady_clock::now() - begin_);
    return {code, request_.method + ' ' + url_for_people(request_.url) + ": " + escape_untrusted(reason) + " (after "
                      + std::to_string(elapsed.count()) + " ms)"};
}

class curl_http_client final : public http_client {
public:
    explicit curl_http_client(const environment& variables)
        : proxies_(proxies_from(variables)), ca_file_(first_of(variables, {"CURL_CA_BUNDLE", "SSL_CERT_FILE"})) {
        initialise_curl_once();
    }

    result<http_response> send(const http_request& request) override { return transfer(request, proxies_, ca_file_).run(); }

private:
    proxy_settings proxies_;
    std::string ca_file_; // libcurl of Debian reads neither variable by itself
};

} // namespace

std::string_view http_response::header(std::string_view name) const noexcept {
    const auto found = std::ranges::find_if(headers, [&](const auto& h) { return base::equal_ignoring_case(h.name, name); });
    return found == headers.end() ? std::string_view{} : std::string_view{found->value};
}

std::shared_ptr<http_client> make_http_client(const environment& variables) {
    return std::make_shared<curl_http_client>(variables);
}

} // namespace entrada::net
