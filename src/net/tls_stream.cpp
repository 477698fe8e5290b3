#include "net/tls_stream.hpp"

#include <openssl/bio.h>
#include <openssl/err.h>
#include <openssl/ssl.h>
#include <openssl/x509v3.h>

#include <arpa/inet.h>
#include <new>

namespace entrada::net {
namespace {

tls_stream::port& port_of(BIO* bio) { return *static_cast<tls_stream::port*>(BIO_get_data(bio)); }

// OpenSSL's own socket BIO calls write(), which raises SIGPIPE in a program that has not ignored it.
int bio_write(BIO* bio, const char* data, int size) {
    BIO_clear_retry_flags(bio);
    const io_result moved = port_of(bio).socket.write({data, static_cast<std::size_t>(size)});
    if (moved.status == io_status::done) return static_cast<int>(moved.bytes);
    if (moved.status == io_status::want_write) BIO_set_retry_write(bio);
    port_of(bio).error = moved.error;
    return -1;
}

int bio_read(BIO* bio, char* data, int size) {
    BIO_clear_retry_flags(bio);
    const io_result moved = port_of(bio).socket.read({data, static_cast<std::size_t>(size)});
    if (moved.status == io_status::done) return static_cast<int>(moved.bytes);
    if (moved.status == io_status::closed) {
        BIO_set_flags(bio, BIO_FLAGS_IN_EOF);
        return 0;
    }
    if (moved.status == io_status::want_read) BIO_set_retry_read(bio);
    port_of(bio).error = moved.error;
    return -1;
}

long bio_control(BIO* bio, int command, long, void*) {
    if (command == BIO_CTRL_EOF) return BIO_test_flags(bio, BIO_FLAGS_IN_EOF) != 0 ? 1 : 0;
    return command == BIO_CTRL_FLUSH ? 1 : 0;
}

int bio_create(BIO* bio) {
    BIO_set_init(bio, 1);
    return 1;
}

BIO_METHOD* make_method() {
    BIO_METHOD* made = BIO_meth_new(BIO_get_new_index() | BIO_TYPE_SOURCE_SINK, "entrada socket");
    if (made == nullptr) throw std::bad_alloc();
    BIO_meth_set_write(made, bio_write);
    BIO_meth_set_read(made, bio_read);
    BIO_meth_set_ctrl(made, bio_control);
    BIO_meth_set_create(made, bio_create);
    return made;
}

BIO* make_bio(tls_stream::port& port) {
    static BIO_METHOD* const method = make_method();
    BIO* bio = BIO_new(method);
    if (bio == nullptr) throw std::bad_alloc();
    BIO_set_data(bio, &port);
    return bio;
}

bool is_address(const std::string& name) {
    unsigned char space[sizeof(in6_addr)];
    return inet_pton(AF_INET, name.c_str(), space) == 1 || inet_pton(AF_INET6, name.c_str(), space) == 1;
}

} // namespace

void tls_stream::free_session::operator()(ssl_st* session) const noexcept { SSL_free(session); }

tls_stream::tls_stream(unique_fd fd, std::shared_ptr<const tls_context> context, const std::string& server_name)
    : port_{socket_stream(std::move(fd)), {}}, context_(std::move(context)), server_name_(server_name),
      session_(SSL_new(context_->native_handle())) {
    if (!session_) throw std::bad_alloc();
    BIO* bio = make_bio(port_);
    SSL_set_bio(session_.get(), bio, bio);
    SSL_set_connect_state(session_.get());
    const bool named = is_address(server_name_)
                           ? X509_VERIFY_PARAM_set1_ip_asc(SSL_get0_param(session_.get()), server_name_.c_str()) == 1
                           : SSL_set_tlsext_host_name(session_.get(), server_name_.c_str()) == 1
                                 && SSL_set1_host(session_.get(), server_name_.c_str()) == 1;
    if (!named) throw std::bad_alloc(); // without a name to check, any certificate would do
}

tls_stream::~tls_stream() {
    // A close_notify goes out as far as the socket takes it at once; nobody waits for the answer.
    if (SSL_is_init_finished(session_.get()) == 1) (void)SSL_shutdown(session_.get());
    ERR_clear_error();
}

io_result tls_stream::handshake() noexcept {
    ERR_clear_error();
    const int returned = SSL_do_handshake(session_.get());
    if (returned == 1) return {};
    return outcome(returned);
}

std::string tls_stream::handshake_problem() const {
    const long verdict = SSL_get_verify_result(session_.get());
    if (verdict != X509_V_OK) {
        return "the certificate was not accepted for '" + server_name_ + "': " + X509_verify_cert_error_string(verdict)
               + "; check the host name, and the CA file or SSL_CERT_FILE";
    }
    return problem_.empty() ? "the server closed the connection during the TLS handshake; is this a TLS port?" : problem_;
}

io_result tls_stream::read(std::span<char> space) noexcept {
    ERR_clear_error();
    std::size_t count = 0;
    const int returned = SSL_read_ex(session_.get(), space.data(), space.size(), &count);
    if (returned == 1) return {io_status::done, count, {}};
    return outcome(returned);
}

io_result tls_stream::write(std::span<const char> bytes) noexcept {
    ERR_clear_error();
    std::size_t count = 0;
    const int returned = SSL_write_ex(session_.get(), bytes.data(), bytes.size(), &count);
    if (returned == 1) return {io_status::done, count, {}};
    return outcome(returned);
}

void tls_stream::release_memory() noexcept { (void)SSL_free_buffers(session_.get()); }

bool tls_stream::holds_bytes() const noexcept { return SSL_has_pending(session_.get()) == 1; }

io_result tls_stream::outcome(int returned) noexcept {
    switch (SSL_get_error(session_.get(), returned)) {
    case SSL_ERROR_WANT_READ:
        return {io_status::want_read, 0, {}};
    case SSL_ERROR_WANT_WRITE:
        return {io_status::want_write, 0, {}};
    case SSL_ERROR_ZERO_RETURN:
        return {io_status::closed, 0, {}};
    case SSL_ERROR_SYSCALL:
        if (port_.error) problem_ = port_.error.message();
        return {port_.error ? io_status::failed : io_status::closed, 0, port_.error};
    default:
        problem_ = openssl_errors();
        return {io_status::failed, 0, make_error_code(errc::tls_failed)};
    }
}

} // namespace entrada::net
