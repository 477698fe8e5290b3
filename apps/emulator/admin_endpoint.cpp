// Room: emulator.
#include "emulator/admin_endpoint.hpp"

#include <optional>
#include <utility>

namespace entrada::emulator {
namespace {

std::string_view name_of(identity_state state) noexcept {
    switch (state) {
    case identity_state::up:
        return "up";
    case identity_state::down:
        return "down";
    case identity_state::drop:
        return "drop";
    }
    return "";
}

std::optional<bad_token> parse_kind(std::string_view text) {
    if (text == "wrong-signature") return bad_token::wrong_signature;
    if (text == "wrong-audience") return bad_token::wrong_audience;
    if (text == "expired") return bad_token::expired;
    if (text == "not-yet-valid") return bad_token::not_yet_valid;
    if (text == "other-oid") return bad_token::other_oid;
    return std::nullopt;
}

http_response refusal(unsigned status, std::string_view text) { return http_response::json(status, {{"error", text}}); }

} // namespace

admin_endpoint::admin_endpoint(const token_authority& authority, redis_backend& redis,
                               std::function<boost::json::object()> figures)
    : authority_(authority), redis_(redis), figures_(std::move(figures)) {}

http_response admin_endpoint::answer_health() const {
    const bool healthy = redis_.is_up() && identity_ == identity_state::up;
    boost::json::object report{{"status", healthy ? "healthy" : "degraded"},
                               {"redis", redis_.is_up() ? "up" : "down"},
                               {"identity", name_of(identity_)}};
    for (const auto& [name, figure] : figures_()) report[name] = figure;
    return http_response::json(healthy ? 200 : 503, report);
}

http_response admin_endpoint::answer(const http_request& request) {
    if (request.method != "POST") return refusal(405, "POST only");
    // Browsers name the page that sends; none has any business here.
    if (!request.header("Origin").empty()) return refusal(403, "not for web pages");
    if (request.path == "/admin/identity") return set_identity(request.parameter("state"));
    if (request.path == "/admin/redis") return set_redis(request.parameter("state"));
    if (request.path == "/admin/token") return hand_out_token(request);
    return refusal(404, "there are /admin/identity, /admin/redis and /admin/token");
}

http_response admin_endpoint::set_identity(std::string_view state) {
    for (const identity_state one : {identity_state::up, identity_state::down, identity_state::drop}) {
        if (state != name_of(one)) continue;
        identity_ = one;
        return http_response::json(200, {{"identity", state}});
    }
    return refusal(400, "state is up, down or drop");
}

http_response admin_endpoint::set_redis(std::string_view state) {
    if (state == "kill") {
        redis_.kill();
        return http_response::json(200, {{"redis", "down"}});
    }
    if (state != "restart") return refusal(400, "state is kill or restart");
    const auto outcome = redis_.restart();
    return outcome ? http_response::json(200, {{"redis", "up"}}) : refusal(500, outcome.error().to_string());
}

http_response admin_endpoint::hand_out_token(const http_request& request) const {
    const identity& who = authority_.identities().front();
    const std::string_view asked = request.parameter("kind");
    const auto kind = parse_kind(asked);
    if (!kind && asked != "good")
        return refusal(400, "kind is good, wrong-signature, wrong-audience, expired, not-yet-valid or other-oid");
    const issued_token made = kind ? authority_.issue_bad(*kind, who) : authority_.issue(who, "https://redis.azure.com");
    const auto expires = std::chrono::floor<std::chrono::seconds>(made.expires.time_since_epoch()).count();
    const auto claims = jwt::parse(made.token.reveal());
    return http_response::json(200, {{"access_token", made.token.reveal()},
                                     {"user", who.object_id},
                                     {"oid", claims ? claims->text("oid") : std::string_view()},
                                     {"expires_on", expires}});
}

} // namespace entrada::emulator
