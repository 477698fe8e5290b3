// Everything the emulator is made of, put together and running.
// Room: emulator.
#pragma once

#include "emulator/addresses.hpp"
#include "emulator/admin_endpoint.hpp"
#include "emulator/authority_endpoint.hpp"
#include "emulator/emulator_command.hpp"
#include "emulator/http_server.hpp"
#include "emulator/login_gate.hpp"
#include "emulator/managed_identity_endpoint.hpp"
#include "emulator/redis_backend.hpp"
#include "emulator/temporary_directory.hpp"
#include "relay/server.hpp"

#include <boost/asio/ssl/context.hpp>
#include <boost/asio/steady_timer.hpp>

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
    [[nodiscard]] result<void> make_authority(const emulator_options& options);
    [[nodiscard]] result<void> open_front(std::uint16_t port);
    [[nodiscard]] result<void> open_http(std::uint16_t port);
    [[nodiscard]] result<void> open_authority(const emulator_options& options);
    [[nodiscard]] result<void> write_federated_token();
    void keep_federated_token_fresh();

    [[nodiscard]] http_response answer_http(const http_request& request);
    [[nodiscard]] http_response answer_authority(const http_request& request);
    [[nodiscard]] boost::json::object figures() const;

    boost::asio::io_context& loop_;
    log_sink log_;
    temporary_directory directory_;
    addresses where_;
    secret_string inner_password_ = random_secret();
    boost::asio::ssl::context tls_;
    boost::asio::steady_timer federated_token_age_;
    std::uint64_t token_requests_ = 0;
    std::optional<redis_backend> redis_;
    std::optional<token_authority> authority_;
    std::optional<login_gate> gate_;
    std::optional<managed_identity_endpoint> managed_;
    std::optional<authority_endpoint> entra_;
    std::optional<admin_endpoint> admin_;
    std::optional<relay::server> front_;
    std::optional<http_server> http_;
    std::optional<http_server> https_;
};

} // namespace entrada::emulator
