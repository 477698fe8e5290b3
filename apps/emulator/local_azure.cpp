// Room: emulator.
#include "emulator/local_azure.hpp"

#include "emulator/ca_bundle.hpp"
#include "emulator/certificates.hpp"
#include "emulator/loopback.hpp"

#include <boost/asio/buffer.hpp>
#include <openssl/ssl.h>

#include <algorithm>
#include <utility>

#include <sys/un.h>

namespace entrada::emulator {
namespace {

namespace asio = boost::asio;
namespace ssl = boost::asio::ssl;

constexpr std::string_view directory_prefix = "entrada-emulator-";
constexpr auto redis_start_max = std::chrono::seconds(10);
constexpr std::size_t unix_path_max = sizeof(sockaddr_un::sun_path) - 1;

// As Kubernetes does it: an hour, and a new one after 80 % of it.
constexpr auto federated_life = std::chrono::hours(1);
constexpr auto federated_rewrite = std::chrono::minutes(48);

bool asks_for(const emulator_options& options, identity_kind kind) {
    return std::find(options.identities.begin(), options.identities.end(), kind) != options.identities.end();
}

/// One certificate for Redis and the authority; TLS 1.2 or later, as Azure.
result<void> use_certificate(ssl::context& tls, const certified_key& made) {
    boost::system::error_code ec;
    (void)tls.use_certificate_chain(asio::buffer(made.certificate_pem), ec);
    if (!ec) (void)tls.use_private_key(asio::buffer(made.key_pem.reveal().data(), made.key_pem.size()), ssl::context::pem, ec);
    if (ec) return failure(ec, "the new certificate could not be used");
    SSL_CTX_set_min_proto_version(tls.native_handle(), TLS1_2_VERSION);
    return {};
}

} // namespace

local_azure::local_azure(asio::io_context& loop, const emulator_options& options, log_sink log, temporary_directory directory)
    : loop_(loop), log_(std::move(log)), directory_(std::move(directory)), tls_(ssl::context::tls_server),
      federated_token_age_(loop) {
    where_.directory = directory_.path();
    where_.ca_file = directory_.path() / "ca.pem";
    where_.ca_bundle = directory_.path() / "ca-bundle.pem";
    where_.identity_header = random_secret();
    where_.identities = make_identities(options.identities);
    where_.token_lifetime = options.token_lifetime;
    if (asks_for(options, identity_kind::service_principal)) where_.client_secret = random_secret();
    if (asks_for(options, identity_kind::workload)) where_.federated_token_file = directory_.path() / "azure-identity-token";
}

result<std::unique_ptr<local_azure>> local_azure::start(asio::io_context& loop, const emulator_options& options,
                                                        const environment& variables, log_sink log,
                                                        std::chrono::steady_clock::time_point since) {
    temporary_directory::remove_abandoned(directory_prefix);
    auto directory = temporary_directory::create(directory_prefix);
    if (!directory) return directory.error();
    std::unique_ptr<local_azure> made(new local_azure(loop, options, std::move(log), std::move(*directory)));
    if (auto up = made->bring_up(options, variables); !up) return up.error();
    made->where_.ready_in = std::chrono::ceil<std::chrono::milliseconds>(std::chrono::steady_clock::now() - since);
    return made;
}

/// Redis starts beside us while the keys are made: the two take most of the time.
result<void> local_azure::bring_up(const emulator_options& options, const environment& variables) {
    if (auto done = launch_redis(variables); !done) return done;
    if (auto done = make_certificates(variables); !done) return done;
    if (auto done = make_authority(options); !done) return done;
    if (auto done = redis_->wait_until_ready(std::chrono::steady_clock::now() + redis_start_max); !done) return done;
    where_.redis_version = redis_->version();
    if (auto done = open_front(options.port); !done) return done;
    if (auto done = open_http(options.http_port); !done) return done;
    return open_authority(options);
}

result<void> local_azure::launch_redis(const environment& variables) {
    auto program = find_redis_server(variables);
    if (!program) return program.error();
    redis_backend_options backend{*program, directory_.path(), {}, inner_password_, log_};
    for (const identity& one : where_.identities)
        if (std::find(backend.users.begin(), backend.users.end(), one.object_id) == backend.users.end())
            backend.users.push_back(one.object_id);
    redis_.emplace(loop_, std::move(backend));
    if (redis_->socket_path().string().size() > unix_path_max)
        return failure(errc::setting_invalid, "TMPDIR is too long for a unix socket: " + redis_->socket_path().string());
    return redis_->launch();
}

result<void> local_azure::make_certificates(const environment& variables) {
    const auto ca = certificate_authority::create("Entrada emulator, worth nothing elsewhere");
    if (!ca) return ca.error();
    certificate_spec spec;
    spec.common_name = "localhost";
    spec.dns_names = {"localhost"};
    spec.ip_addresses = {"127.0.0.1", "::1"};
    const auto made = ca->issue(spec);
    if (!made) return made.error();
    if (auto done = write_file(where_.ca_file, ca->certificate_pem()); !done) return done;
    if (auto done = write_file(where_.ca_bundle, system_ca_bundle(variables) + ca->certificate_pem()); !done) return done;
    return use_certificate(tls_, *made);
}

result<void> local_azure::make_authority(const emulator_options& options) {
    auto key = signing_key::create();
    if (!key) return key.error();
    token_authority_options rules;
    rules.lifetime = options.token_lifetime;
    rules.identities = where_.identities;
    authority_.emplace(std::move(*key), std::move(rules));
    gate_.emplace(*authority_, inner_password_, log_);
    managed_.emplace(*authority_, where_.identity_header);
    admin_.emplace(*authority_, *redis_, [this] { return figures(); });
    return {};
}

result<void> local_azure::open_front(std::uint16_t port) {
    auto listeners = listen_on_loopback(loop_, port);
    if (!listeners) return listeners.error();
    where_.redis_port = port_of(*listeners);
    relay::server_options front;
    front.backend_path = redis_->socket_path().string();
    front.check = [this](std::string_view user, std::string_view password) { return gate_->check(user, password); };
    front.log = log_;
    front_.emplace(std::move(*listeners), tls_, std::move(front));
    return {};
}

result<void> local_azure::open_http(std::uint16_t port) {
    auto listeners = listen_on_loopback(loop_, port);
    if (!listeners) return listeners.error();
    where_.http_port = port_of(*listeners);
    http_.emplace(std::move(*listeners), nullptr, [this](const http_request& request) { return answer_http(request); });
    return {};
}

result<void> local_azure::open_authority(const emulator_options& options) {
    auto listeners = listen_on_loopback(loop_, options.authority_port);
    if (!listeners) return listeners.error();
    where_.authority_port = port_of(*listeners);
    entra_.emplace(*authority_, authority_options{where_.authority_url(), where_.client_secret, options.identities});
    https_.emplace(std::move(*listeners), &tls_, [this](const http_request& request) { return answer_authority(request); });
    if (where_.federated_token_file.empty()) return {};
    if (auto done = write_federated_token(); !done) return done;
    keep_federated_token_fresh();
    return {};
}

/// By renaming, as Kubernetes: a reader sees the old one or the new one, whole.
result<void> local_azure::write_federated_token() {
    const issued_token made = authority_->issue_federated(federated_life);
    const auto beside = directory_.path() / "azure-identity-token.new";
    if (auto done = write_file(beside, made.token.reveal(), true); !done) return done;
    std::error_code ec;
    std::filesystem::rename(beside, where_.federated_token_file, ec);
    if (ec) return failure(boost::system::error_code(ec), "cannot replace " + where_.federated_token_file.string());
    return {};
}

void local_azure::keep_federated_token_fresh() {
    federated_token_age_.expires_after(federated_rewrite);
    federated_token_age_.async_wait([this](boost::system::error_code ec) {
        if (ec) return;
        if (const auto done = write_federated_token(); !done) log(log_, log_level::error, "emulator", done.error().to_string());
        keep_federated_token_fresh();
    });
}

http_response local_azure::answer_http(const http_request& request) {
    if (request.path == "/health") return admin_->answer_health();
    if (request.path.starts_with("/admin/")) return admin_->answer(request);
    // The JavaScript SDK puts a slash before the question mark.
    const bool imds = request.path == managed_identity_endpoint::imds_path
                      || request.path == std::string(managed_identity_endpoint::imds_path) + "/";
    if (!imds && request.path != managed_identity_endpoint::app_service_path)
        return http_response::json(
            404, {{"error", "not_found"}, {"error_description", "nothing at " + escape_untrusted(request.path)}});
    ++token_requests_;
    if (admin_->identity_service() == identity_state::drop) return http_response::dropped();
    if (admin_->identity_service() == identity_state::down) return managed_->out_of_order(request);
    return imds ? managed_->answer_imds(request) : managed_->answer_app_service(request);
}

http_response local_azure::answer_authority(const http_request& request) {
    if (request.method == "POST") ++token_requests_;
    if (admin_->identity_service() == identity_state::drop) return http_response::dropped();
    if (admin_->identity_service() == identity_state::down)
        return to_response({500, "server_error", 90033, "The authority is switched off by /admin/identity."}, request,
                           authority_->now());
    return entra_->answer(request);
}

boost::json::object local_azure::figures() const {
    const relay::server_counters& front = front_->counters();
    return {{"connections_open", front.connections_open},
            {"connections_accepted", front.connections_accepted},
            {"connections_cut_at_expiry", front.cut_at_expiry},
            {"handshakes_failed", front.handshakes_failed},
            {"logins_accepted", gate_->accepted()},
            {"logins_refused", gate_->refused()},
            {"token_requests", token_requests_}};
}

} // namespace entrada::emulator
