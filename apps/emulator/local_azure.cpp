// Room: emulator.
#include "emulator/local_azure.hpp"

#include "emulator/ca_bundle.hpp"
#include "emulator/developer_tools.hpp"
#include "emulator/loopback.hpp"

#include <boost/asio/buffer.hpp>
#include <openssl/ssl.h>

#include <algorithm>
#include <iterator>
#include <utility>

#include <sys/un.h>

namespace entrada::emulator {
namespace {

namespace asio = boost::asio;
namespace ssl = boost::asio::ssl;

constexpr std::string_view directory_prefix = "entrada-emulator-";
constexpr auto redis_start_max = std::chrono::seconds(10);
constexpr std::size_t unix_path_max = sizeof(sockaddr_un::sun_path) - 1;

// As Kubernetes does it: a new one after 80 % of an hour.
constexpr auto federated_rewrite = std::chrono::minutes(48);

/// TLS 1.2 or later, as Azure.
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
      fabric_tls_(ssl::context::tls_server), federated_token_age_(loop) {
    const identity_choice& choice = options.identities;
    where_.choice = choice;
    where_.directory = directory_.path();
    where_.ca_file = directory_.path() / "ca.pem";
    where_.ca_bundle = directory_.path() / "ca-bundle.pem";
    where_.identity_header = random_secret();
    where_.identities = make_identities(choice.kinds);
    where_.token_lifetime = options.token_lifetime;
    where_.arc_keys = options.arc_keys.empty() ? directory_.path() / "azure-arc" : options.arc_keys;
    if (choice.has(identity_kind::service_principal)) where_.client_secret = random_secret();
    if (choice.has(identity_kind::certificate)) where_.client_certificate = directory_.path() / "client-certificate.pem";
    if (!choice.tools.empty()) where_.tools = directory_.path() / "bin";
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
    if (auto done = open_http(options); !done) return done;
    if (auto done = open_authority(options.authority_port); !done) return done;
    if (auto done = open_fabric(); !done) return done;
    return use_faults(options);
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
    if (auto done = use_certificate(tls_, *made); !done) return done;
    if (auto done = make_fabric_certificates(); !done) return done;
    return where_.client_certificate.empty() ? result<void>() : make_client_certificate();
}

result<void> local_azure::make_fabric_certificates() {
    certificate_spec spec;
    spec.common_name = "localhost";
    spec.dns_names = {"localhost"};
    for (certified_key* const into : {&fabric_certificate_, &other_certificate_}) {
        auto made = make_self_signed(spec, key_kind::ec_p256);
        if (!made) return made.error();
        *into = std::move(*made);
    }
    where_.fabric_thumbprint = thumbprint_of_certificate(fabric_certificate_.certificate_pem);
    return use_certificate(fabric_tls_, fabric_certificate_);
}

/// The one private key that is written to a file: somebody else has to sign with it.
result<void> local_azure::make_client_certificate() {
    certificate_spec spec;
    spec.common_name = "entrada-emulator-client";
    const auto made = make_self_signed(spec, key_kind::rsa_2048);
    if (!made) return made.error();
    auto registered = registered_certificate::from_pem(made->certificate_pem);
    if (!registered) return registered.error();
    client_certificate_ = std::move(*registered);
    return write_file(where_.client_certificate, std::string(made->key_pem.reveal()) + made->certificate_pem, true);
}

result<void> local_azure::make_authority(const emulator_options& options) {
    auto key = signing_key::create();
    if (!key) return key.error();
    token_authority_options rules;
    rules.lifetime = options.token_lifetime;
    rules.identities = where_.identities;
    authority_.emplace(std::move(*key), std::move(rules));
    gate_.emplace(*authority_, inner_password_, log_);
    sources_.emplace(*authority_, faults_,
                     source_settings{where_.identity_header, where_.arc_keys, directory_.path() / "azure-arc-elsewhere"});
    tool_tokens_.emplace(*authority_);
    federated_token_.emplace(*authority_, directory_.path() / "federated-token");
    if (where_.choice.has(identity_kind::workload)) where_.federated_token_file = federated_token_->path();
    admin_.emplace(
        *authority_, *redis_, faults_, [this] { return figures(); },
        [this] { return federated_token_->rotate(faults_.look(source_kind::federated_token)); });
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

/// Health and faults have a port of their own, so that the other one can be closed.
result<void> local_azure::open_http(const emulator_options& options) {
    const auto handler = [this](const http_request& request) { return answer_http(request); };
    auto listeners = listen_on_loopback(loop_, options.http_port);
    if (!listeners) return listeners.error();
    where_.http_port = port_of(*listeners);
    http_.emplace(std::move(*listeners), nullptr, handler);
    auto others = listen_on_loopback(loop_, options.admin_port);
    if (!others) return others.error();
    where_.admin_port = port_of(*others);
    admin_http_.emplace(std::move(*others), nullptr, handler);
    return {};
}

result<void> local_azure::open_authority(std::uint16_t port) {
    auto listeners = listen_on_loopback(loop_, port);
    if (!listeners) return listeners.error();
    where_.authority_port = port_of(*listeners);
    authority_options rules{where_.authority_url(), where_.client_secret, {}, client_certificate_};
    std::copy_if(where_.choice.kinds.begin(), where_.choice.kinds.end(), std::back_inserter(rules.credentials), is_application);
    entra_.emplace(*authority_, faults_, std::move(rules));
    https_.emplace(std::move(*listeners), &tls_, [this](const http_request& request) { return answer_authority(request); });
    return {};
}

result<void> local_azure::open_fabric() {
    auto listeners = listen_on_loopback(loop_, 0);
    if (!listeners) return listeners.error();
    where_.fabric_port = port_of(*listeners);
    fabric_https_.emplace(std::move(*listeners), &fabric_tls_, [this](const http_request& request) {
        const token_source* const source = find_token_source(request.path);
        return answer_source(source != nullptr && source->kind == source_kind::service_fabric ? source : nullptr, request);
    });
    return {};
}

result<void> local_azure::use_faults(const emulator_options& options) {
    for (const std::string& fault : options.faults)
        if (auto done = faults_.set(fault); !done) return done;
    for (const source_kind source : all_sources()) on_fault_change(source);
    faults_.on_change([this](source_kind source) { on_fault_change(source); });
    if (auto done = place_developer_tools(); !done) return done;
    if (where_.federated_token_file.empty()) return {};
    if (auto done = federated_token_->rotate(faults_.look(source_kind::federated_token)); !done) return done;
    keep_federated_token_fresh();
    return {};
}

/// What is more than another answer: ports, certificates, files.
void local_azure::on_fault_change(source_kind source) {
    using kind = source_kind;
    http_->set_open(!is_refused({kind::imds, kind::app_service, kind::app_service_2017, kind::container_apps, kind::azure_ml,
                                 kind::cloud_shell, kind::azure_arc}));
    https_->set_open(!is_refused({kind::entra, kind::pipelines}));
    fabric_https_->set_open(!is_refused({kind::service_fabric}));
    if (source == kind::service_fabric) {
        const bool wrong = faults_.look(source).has(fault_id::wrong_certificate);
        complain(use_certificate(fabric_tls_, wrong ? other_certificate_ : fabric_certificate_));
    }
    if (source == kind::federated_token && !where_.federated_token_file.empty())
        complain(federated_token_->rotate(faults_.look(source)));
    if (is_tool(source)) complain(place_developer_tools());
}

bool local_azure::is_refused(std::initializer_list<source_kind> sources) const {
    return std::any_of(sources.begin(), sources.end(),
                       [this](source_kind one) { return faults_.look(one).has(fault_id::refused); });
}

result<void> local_azure::place_developer_tools() {
    if (where_.tools.empty()) return {};
    std::vector<source_kind> present = where_.choice.tools;
    std::erase_if(present, [this](source_kind tool) { return faults_.look(tool).has(fault_id::not_installed); });
    std::error_code ec;
    const auto program = std::filesystem::read_symlink("/proc/self/exe", ec);
    return place_tools(where_.tools, present, program, where_.admin_url() + "/tools");
}

void local_azure::keep_federated_token_fresh() {
    federated_token_age_.expires_after(federated_rewrite);
    federated_token_age_.async_wait([this](boost::system::error_code ec) {
        if (ec) return;
        complain(federated_token_->rotate(faults_.look(source_kind::federated_token)));
        keep_federated_token_fresh();
    });
}

void local_azure::complain(const result<void>& outcome) const {
    if (!outcome) log(log_, log_level::error, "emulator", outcome.error().to_string());
}

http_response local_azure::answer_http(const http_request& request) {
    if (request.path == "/health") return admin_->answer_health();
    if (request.path.starts_with("/admin/")) return admin_->answer(request);
    if (request.path == "/tools") return answer_tool(request);
    const token_source* const source = find_token_source(request.path);
    const bool has_tls =
        source != nullptr && (source->kind == source_kind::service_fabric || source->kind == source_kind::pipelines);
    return answer_source(has_tls ? nullptr : source, request);
}

http_response local_azure::answer_source(const token_source* source, const http_request& request) {
    if (source == nullptr)
        return http_response::json(
            404, {{"error", "not_found"}, {"error_description", "nothing at " + escape_untrusted(request.path)}});
    ++token_requests_;
    if (admin_->identity_service() == identity_state::drop) return http_response::dropped();
    if (admin_->identity_service() == identity_state::down)
        return source->refuse(request, 500, "the identity service is switched off by /admin/identity");
    return sources_->answer(*source, request);
}

http_response local_azure::answer_tool(const http_request& request) {
    const auto call = parse_tool_call(request);
    if (!call || !request.header("Origin").empty()) return http_response::json(400, {{"error", "no call of a tool"}});
    ++token_requests_;
    return to_response(act_as_tool(*call, faults_.meet(call->tool), *tool_tokens_));
}

http_response local_azure::answer_authority(const http_request& request) {
    const token_source* const source = find_token_source(request.path);
    if (source != nullptr && source->kind == source_kind::pipelines) return answer_source(source, request);
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
