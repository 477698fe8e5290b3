// Room: emulator.
#include "emulator/admin_endpoint.hpp"

#include <boost/json/parse.hpp>

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

constexpr std::string_view fault_form =
    R"(the body is JSON with texts "source" and "fault", if wanted a text or number "value" and a number "times")";

struct asked_fault {
    std::string source, fault, value;
    std::optional<unsigned> times;
};

/// A text or a whole number; empty if it is neither.
std::optional<std::string> text_of(const boost::json::object& body, std::string_view name) {
    const auto* const found = body.if_contains(name);
    if (found == nullptr) return std::string();
    if (found->is_string()) return std::string(std::string_view(found->get_string()));
    return found->is_int64() ? std::optional(std::to_string(found->get_int64())) : std::nullopt;
}

std::optional<asked_fault> parse_fault(std::string_view text) {
    boost::system::error_code ec;
    const auto parsed = boost::json::parse(text, ec);
    const auto* const body = ec ? nullptr : parsed.if_object();
    if (body == nullptr || !body->contains("source") || !body->contains("fault")) return std::nullopt;
    const auto source = text_of(*body, "source");
    const auto fault = text_of(*body, "fault");
    const auto value = text_of(*body, "value");
    if (!source || !fault || !value) return std::nullopt;
    asked_fault asked{*source, *fault, *value, {}};
    if (const auto* times = body->if_contains("times")) {
        if (!times->is_int64() || times->get_int64() < 0 || times->get_int64() > 1'000'000) return std::nullopt;
        asked.times = static_cast<unsigned>(times->get_int64());
    }
    return asked;
}

} // namespace

admin_endpoint::admin_endpoint(const token_authority& authority, redis_backend& redis, fault_board& faults,
                               std::function<boost::json::object()> figures, std::function<result<void>()> rotate)
    : authority_(authority), redis_(redis), faults_(faults), figures_(std::move(figures)), rotate_(std::move(rotate)) {}

http_response admin_endpoint::answer_health() const {
    const bool healthy = redis_.is_up() && identity_ == identity_state::up;
    boost::json::object report{{"status", healthy ? "healthy" : "degraded"},
                               {"redis", redis_.is_up() ? "up" : "down"},
                               {"identity", name_of(identity_)}};
    for (const auto& [name, figure] : figures_()) report[name] = figure;
    return http_response::json(healthy ? 200 : 503, report);
}

http_response admin_endpoint::answer(const http_request& request) {
    // Browsers name the page that sends; none has any business here.
    if (!request.header("Origin").empty()) return refusal(403, "not for web pages");
    if (request.path == "/admin/faults") return answer_faults(request);
    if (request.method != "POST") return refusal(405, "POST only");
    if (request.path == "/admin/identity") return set_identity(request.parameter("state"));
    if (request.path == "/admin/redis") return set_redis(request.parameter("state"));
    if (request.path == "/admin/token") return hand_out_token(request);
    if (request.path == "/admin/federated-token") return rotate_federated_token();
    return refusal(404, "there are /admin/faults, /admin/federated-token, /admin/identity, /admin/redis and /admin/token");
}

/// GET tells what is on and what there is; POST switches on: {"source": "imds", "fault": "throttled", "value": "2", "times": 3};
/// DELETE switches all off.
http_response admin_endpoint::answer_faults(const http_request& request) {
    if (request.method == "GET") return http_response::json(200, faults_.report());
    if (request.method == "DELETE") {
        (void)faults_.set("all", "none");
        return http_response::json(200, {{"faults", boost::json::object()}});
    }
    if (request.method != "POST") return refusal(405, "GET, POST or DELETE");
    const auto asked = parse_fault(request.body);
    if (!asked) return refusal(400, fault_form);
    if (const auto done = faults_.set(asked->source, asked->fault, asked->value, asked->times); !done)
        return refusal(400, done.error().detail());
    return http_response::json(200, {{"faults", faults_.report().at("faults")}});
}

http_response admin_endpoint::rotate_federated_token() {
    if (const auto done = rotate_(); !done) return refusal(500, done.error().to_string());
    return http_response::json(200, {{"federated_token", "replaced"}});
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
