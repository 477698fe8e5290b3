#include "identity/inquiry.hpp"

#include "base/clock.hpp"
#include "identity/form.hpp"
#include "identity/imds_probe.hpp"
#include "identity/retry_after.hpp"

#include <algorithm>

namespace entrada {

const credential_report* credential_report_of(const failure& cause) noexcept {
    return dynamic_cast<const credential_report*>(cause.facts().get());
}

std::string_view to_string(credential_attempt::outcome what) noexcept {
    switch (what) {
    case credential_attempt::outcome::unavailable:
        return "unavailable";
    case credential_attempt::outcome::skipped:
        return "skipped";
    case credential_attempt::outcome::failed:
        break;
    }
    return "failed";
}

namespace identity {

using outcome = credential_attempt::outcome;
using std::chrono::milliseconds;

credential_context with_defaults(credential_context context) {
    if (!context.probes) context.probes = context.http ? std::make_shared<imds_probes>() : imds_probes::of_this_process();
    if (!context.http) context.http = net::make_http_client(context.variables);
    if (!context.clock) context.clock = base::machine_clock();
    return context;
}

answer_facts facts_of(const net::http_response& response, const error_answer& answer, std::chrono::system_clock::time_point now) {
    return {.http_status = response.status,
            .aadsts = answer.aadsts,
            .correlation_id = escape_untrusted(answer.correlation_id, 64),
            .hint = std::string(hint_for_aadsts(answer.aadsts)),
            .retry_after = retry_after_of(response, now)};
}

inquiry::inquiry(std::string_view credential, const token_request& request, const credential_context& world)
    : credential_(credential), request_(request), world_(world), begin_(world.clock->steady()) {}

std::string_view inquiry::resource() const noexcept {
    constexpr std::string_view suffix = "/.default";
    std::string_view scope = request_.scope;
    if (scope.ends_with(suffix)) scope.remove_suffix(suffix.size());
    return scope;
}

result<net::http_response> inquiry::send(net::http_request request, milliseconds time_max) const {
    request.deadline = std::min(request_.deadline, world_.clock->steady() + time_max);
    request.stop = request_.stop;
    return world_.http->send(request);
}

bool inquiry::pause(milliseconds time) const {
    const auto until = world_.clock->steady() + time;
    return until < request_.deadline && world_.clock->wait_until(until, request_.stop);
}

failure inquiry::unavailable(std::string reason, answer_facts facts) const {
    return make(errc::credential_unavailable, outcome::unavailable, std::move(reason), std::move(facts));
}

failure inquiry::failed(std::string reason, answer_facts facts) const {
    return make(errc::credential_failed, outcome::failed, std::move(reason), std::move(facts));
}

failure inquiry::stopped(std::string reason) const { return make(errc::cancelled, outcome::failed, std::move(reason), {}); }

failure inquiry::out_of_time(std::string reason) const { return make(errc::timeout, outcome::failed, std::move(reason), {}); }

failure inquiry::without_answer(const failure& transport, outcome otherwise) const {
    const auto reason = without_time(transport);
    if (request_.stop.stop_requested()) return make(errc::cancelled, outcome::failed, reason, {});
    if (transport.code() == errc::timeout && world_.clock->steady() >= request_.deadline)
        return make(errc::timeout, outcome::failed, reason, {});
    return otherwise == outcome::unavailable ? unavailable(reason) : failed(reason);
}

result<access_token> inquiry::token_from(const net::http_response& response) const {
    auto read = read_token_answer(response.body.reveal(), world_.clock->wall());
    if (auto* token = std::get_if<access_token>(&read)) return std::move(*token);
    return failed(std::get<std::string>(read), {.http_status = response.status});
}

failure inquiry::make(errc code, outcome what, std::string reason, answer_facts facts) const {
    credential_attempt attempt{.credential = std::string(credential_),
                               .what = what,
                               .reason = std::move(reason),
                               .http_status = facts.http_status,
                               .aadsts = std::move(facts.aadsts),
                               .correlation_id = std::move(facts.correlation_id),
                               .hint = std::move(facts.hint),
                               .retry_after = facts.retry_after,
                               .elapsed = std::chrono::duration_cast<milliseconds>(world_.clock->steady() - begin_)};
    std::string detail = describe(attempt);
    if (!attempt.hint.empty()) detail += ". Hint: " + attempt.hint;
    return failure(code, std::move(detail)).with_facts(std::make_shared<credential_report>(std::vector{std::move(attempt)}));
}

net::http_header secret_header(std::string_view name, std::string_view scheme, const secret_string& value) {
    net::http_header header{std::string(name), {}};
    header.value.reserve(scheme.size() + value.size());
    header.value.append(scheme).append(value.reveal());
    return header;
}

std::string without_time(const failure& transport) {
    const auto text = transport.to_string();
    return text.substr(0, text.rfind(" (after "));
}

std::optional<failure> problem_of_scope(const inquiry& inquiry) {
    constexpr std::string_view allowed = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_.:/";
    const std::string_view scope = inquiry.request().scope;
    if (!scope.empty() && scope.find_first_not_of(allowed) == std::string_view::npos && scope.front() != '-') return std::nullopt;
    return inquiry.failed("the scope \"" + escape_untrusted(scope, 60) + "\" is empty or holds characters that no scope has");
}

std::string describe(const credential_attempt& attempt) {
    std::string text = attempt.credential + ' ' + std::string(to_string(attempt.what)) + ": " + attempt.reason;
    if (attempt.what == outcome::skipped) return text;
    text += " (";
    if (attempt.http_status != 0) text += "HTTP " + std::to_string(attempt.http_status) + ", ";
    if (!attempt.correlation_id.empty()) text += "correlation id " + attempt.correlation_id + ", ";
    return text + "after " + std::to_string(attempt.elapsed.count()) + " ms)";
}

void hide_secret(error_answer& answer, const secret_string& secret) {
    constexpr std::string_view mask = "[secret]";
    if (secret.empty()) return;
    auto escaped = percent_encode(secret.reveal());
    const secret_string encoded(escaped);
    wipe_memory(escaped.data(), escaped.size());
    for (std::string* text : {&answer.error, &answer.description, &answer.correlation_id})
        for (const auto& hidden : {secret.reveal(), encoded.reveal()})
            for (auto at = text->find(hidden); at != std::string::npos; at = text->find(hidden, at + mask.size()))
                text->replace(at, hidden.size(), mask);
}

} // namespace identity
} // namespace entrada
