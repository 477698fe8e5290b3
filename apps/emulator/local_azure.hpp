// Everything the emulator is made of, put together and running.
// Room: emulator.
#pragma once

#include "emulator/addresses.hpp"
#include "emulator/admin_endpoint.hpp"
#include "emulator/authority_endpoint.hpp"
#include "emulator/certificates.hpp"
#include "emulator/emulator_command.hpp"
#include "emulator/faults.hpp"
#include "emulator/federated_token_file.hpp"
#include "emulator/http_server.hpp"
#include "emulator/login_gate.hpp"
#include "emulator/redis_backend.hpp"
#include "emulator/temporary_directory.hpp"
#include "emulator/token_sources.hpp"
#include "relay/server.hpp"

#include <boost/asio/ssl/context.hpp>
#include <boost/asio/steady_timer.hpp>

#include <initializer_list>
#include <memory>
#include <optional>

namespace entrada::emulator {

/// Redis, its front, and the endpoints that issue tokens.
///
/// Lifetime: until the loop has stopped for good. Thread safety: the loop's thread.
class local_azure {
public:
    /// Starts all of it and blocks until everything answers. `since` is the moment from which the time to ready counts.
    /// Errors: of the part that could not be started.
    [[nodiscard]] static result<std::unique_ptr<local_azure>> start(boost::asio::io_context& loop,
                                                                    const emulator_options& options, const environment& variables,
                                                                    log_sink log, std::chrono::steady_clock::time_point since);

    [[nodiscard]] const addresses& where() const noexcept { return where_; }

private:
    local_azure(boost::asio::io_context& loop, const emulator_options& options, log_sink log, temporary_directory directory);

    [[nodiscard]] result<void> bring_up(const emulator_options& options, const environment& variables);
    [[nodiscard]] result<void> launch_redis(const environment& variables);
    [[nodiscard]] result<void> make_certificates(const environment& variables);
    [[nodiscard]] result<void> make_fabric_certificates();
    [[nodiscard]] result<void> make_client_certificate();
    [[nodiscard]] result<void> make_authority(const emulator_options& options);
    [[nodiscard]] result<void> open_front(std::uint16_t port);
    [[nodiscard]] result<void> open_http(const emulator_options& options);
    [[nodiscard]] result<void> open_authority(std::uint16_t port);
    [[nodiscard]] result<void> open_fabric();
    [[nodiscard]] result<void> use_faults(const emulator_options& options);
    void on_fault_change(source_kind source);
    [[nodiscard]] bool is_refused(std::initializer_list<source_kind> sources) const;
    [[nodiscard]] result<void> place_developer_tools();
    void keep_federated_token_fresh();
    void complain(const result<void>& outcome) const;

    [[nodiscard]] http_response answer_http(const http_request& request);
    [[nodiscard]] http_response answer_source(const token_source* source, const http_request& request);
    [[nodiscard]] http_response answer_tool(const http_request& request);
    [[nodiscard]] http_response answer_authority(const http_request& request);
    [[nodiscard]] boost::json::object figures() const;

    boost::asio::io_context& loop_;
    log_sink log_;
    temporary_directory directory_;
    addresses where_;
    secret_string inner_password_ = random_secret();
    fault_board faults_;
    boost::asio::ssl::context tls_;
    boost::asio::ssl::context fabric_tls_;
    certified_key fabric_certificate_;
    certified_key other_certificate_; ///< for the fault of Service Fabric
    std::optional<registered_certificate> client_certificate_;
    boost::asio::steady_timer federated_token_age_;
    std::uint64_t token_requests_ = 0;
    std::optional<redis_backend> redis_;
    std::optional<token_authority> authority_;
    std::optional<login_gate> gate_;
    std::optional<token_sources> sources_;
    std::optional<token_desk> tool_tokens_;
    std::optional<federated_token_file> federated_token_;
    std::optional<authority_endpoint> entra_;
    std::optional<admin_endpoint> admin_;
    std::optional<relay::server> front_;
    std::optional<http_server> http_;
    std::optional<http_server> admin_http_;
    std::optional<http_server> https_;
    std::optional<http_server> fabric_https_;
};

} // namespace entrada::emulator
