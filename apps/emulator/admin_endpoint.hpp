// Health of the emulator, and the ways to make it misbehave.
// Room: emulator.
#pragma once

#include "emulator/faults.hpp"
#include "emulator/http_message.hpp"
#include "emulator/redis_backend.hpp"
#include "emulator/token_authority.hpp"

#include <boost/json/object.hpp>

#include <functional>
#include <string_view>

namespace entrada::emulator {

/// How the endpoints that issue tokens behave: as usual, with status 500, or by hanging up.
enum class identity_state { up, down, drop };

/// `GET /health` and `POST /admin/...`. The references must live longer. Thread safety: the loop's thread.
class admin_endpoint {
public:
    /// `figures` are added to the health report; `rotate` replaces the federated token.
    admin_endpoint(const token_authority& authority, redis_backend& redis, fault_board& faults,
                   std::function<boost::json::object()> figures, std::function<result<void>()> rotate);

    [[nodiscard]] http_response answer_health() const;
    /// For every path under /admin/.
    [[nodiscard]] http_response answer(const http_request& request);

    [[nodiscard]] identity_state identity_service() const noexcept { return identity_; }

private:
    [[nodiscard]] http_response set_identity(std::string_view state);
    [[nodiscard]] http_response set_redis(std::string_view state);
    [[nodiscard]] http_response answer_faults(const http_request& request);
    [[nodiscard]] http_response rotate_federated_token();
    [[nodiscard]] http_response hand_out_token(const http_request& request) const;

    const token_authority& authority_;
    redis_backend& redis_;
    fault_board& faults_;
    std::function<boost::json::object()> figures_;
    std::function<result<void>()> rotate_;
    identity_state identity_ = identity_state::up;
};

} // namespace entrada::emulator
