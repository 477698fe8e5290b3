#include "identity/local_endpoint.hpp"

#include "base/clock.hpp"
#include "base/hosts.hpp"
#include "base/text.hpp"
#include "identity/url.hpp"

namespace entrada::identity {
namespace {

bool stays_near(std::string_view host) { return base::is_loopback(host) || host.starts_with("169.254."); }

} // namespace

local_endpoint::local_endpoint(const endpoint_variables& names, const environment& variables)
    : names_(names), url_(variable(variables, names.url)), secret_(variable(variables, names.secret)) {}

result<net::http_response> local_endpoint::send(const inquiry& inquiry, const net::http_request& request,
                                                const retry_policy& policy) {
    return send(
        inquiry, [&]() -> result<net::http_request> { return request; }, policy);
}

result<net::http_response> local_endpoint::send(const inquiry& inquiry, const request_maker& make, const retry_policy& policy) {
    const bool usable = !host_of_url(url_).empty() && (!names_.https_only || base::starts_with_ignoring_case(url_, "https:"));
    if (!usable)
        return inquiry.failed(std::string(names_.url)
                              + (names_.https_only ? " is not an https URL: " : " is not an http or https URL: ")
                              + escape_untrusted(url_, 100));
    warn_once_if_far(inquiry);
    auto response = send_with_retries(inquiry, make, policy);
    if (!response.has_value()) return inquiry.without_answer(response.error(), names_.silence);
    return response;
}

local_endpoint::refused local_endpoint::read_refusal(const inquiry& inquiry, const net::http_response& response) const {
    auto answer = read_error_answer(response.body.reveal());
    hide_secret(answer, secret_);
    auto reason = answer.is_json ? answer.to_string() : std::string("it answered with something other than JSON");
    if (reason.empty()) reason = "it gave no reason";
    auto facts = facts_of(response, answer, inquiry.world().clock->wall());
    return {std::move(answer), std::string(names_.place) + " refused: " + reason, std::move(facts)};
}

failure local_endpoint::refusal(const inquiry& inquiry, const net::http_response& response, std::string_view hint) const {
    auto read = read_refusal(inquiry, response);
    if (read.facts.hint.empty()) read.facts.hint = hint;
    return inquiry.failed(std::move(read.text), std::move(read.facts));
}

/// The header is a secret. All known platforms listen on loopback; another host is worth a look, not a refusal.
void local_endpoint::warn_once_if_far(const inquiry& inquiry) {
    const auto host = host_of_url(url_);
    if (stays_near(host) || warned_.exchange(true)) return;
    std::string text = std::string(names_.url) + " is on another machine: " + escape_untrusted(host, 100);
    if (!names_.secret.empty()) text += "; it gets the secret of " + std::string(names_.secret);
    log(inquiry.world().log, log_level::warning, "identity", std::move(text));
}

} // namespace entrada::identity
