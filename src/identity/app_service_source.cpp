// Managed identities of App Service, Functions and Container Apps.
// Room: identity.
#include "base/clock.hpp"
#include "base/hosts.hpp"
#include "base/text.hpp"
#include "identity/form.hpp"
#include "identity/managed_identity_source.hpp"
#include "identity/retries.hpp"

#include <atomic>

namespace entrada::identity {
namespace {

/// Host of an absolute http or https URL; empty if it is none.
std::string_view host_of(std::string_view url) {
    for (const std::string_view scheme : {"http://", "https://"}) {
        if (!base::starts_with_ignoring_case(url, scheme)) continue;
        auto host = url.substr(scheme.size());
        host = host.substr(0, host.find_first_of("/?#"));
        if (host.starts_with('[')) return host.substr(1, host.find(']') - 1);
        return host.substr(0, host.find(':'));
    }
    return {};
}

bool stays_near(std::string_view host) { return base::is_loopback(host) || host.starts_with("169.254."); }

class app_service_source final : public managed_identity_source {
public:
    app_service_source(managed_identity_options options, const environment& variables)
        : options_(std::move(options)), endpoint_(variable(variables, "IDENTITY_ENDPOINT")),
          secret_(variable(variables, "IDENTITY_HEADER")) {}

    result<access_token> ask(const inquiry& inquiry) override {
        if (host_of(endpoint_).empty())
            return inquiry.failed("IDENTITY_ENDPOINT is not an http or https URL: " + escape_untrusted(endpoint_, 100));
        warn_once_if_far(inquiry);
        const auto response = send_with_retries(inquiry, request_for(inquiry), app_service_retries());
        if (!response.has_value()) return inquiry.without_answer(response.error(), credential_attempt::outcome::failed);
        return response->status == 200 ? inquiry.token_from(*response) : refusal(inquiry, *response);
    }

private:
    net::http_request request_for(const inquiry& inquiry) const {
        net::http_request request;
        request.url = with_parameter(with_parameter(endpoint_, "api-version", "2019-08-01"), "resource", inquiry.resource());
        request.url = with_selector(request.url, options_,
                                    {.client_id = "client_id", .object_id = "object_id", .resource_id = "mi_res_id"});
        request.headers = {{"Accept", "application/json"}, {"X-IDENTITY-HEADER", std::string(secret_.reveal())}};
        return request;
    }

    failure refusal(const inquiry& inquiry, const net::http_response& response) const {
        auto answer = read_error_answer(response.body.reveal());
        hide_secret(answer, secret_);
        auto facts = facts_of(response, answer, inquiry.world().clock->wall());
        if (response.status == 400 && facts.hint.empty())
            facts.hint = names_an_identity(options_)
                             ? "check that the identity you named is assigned to this app"
                             : "enable the system-assigned identity of this app, or set AZURE_CLIENT_ID to the "
                               "client id of a user-assigned one";
        auto reason = answer.is_json ? answer.to_string() : std::string("it answered with something other than JSON");
        return inquiry.failed("the identity endpoint of the app refused: " + reason, std::move(facts));
    }

    /// The header is a secret. All known platforms listen on loopback; another host is worth a look, not a refusal.
    void warn_once_if_far(const inquiry& inquiry) {
        if (stays_near(host_of(endpoint_)) || warned_.exchange(true)) return;
        log(inquiry.world().log, log_level::warning, "identity",
            "IDENTITY_ENDPOINT is on another machine: " + escape_untrusted(host_of(endpoint_), 100)
                + "; it gets the secret of IDENTITY_HEADER");
    }

    managed_identity_options options_;
    std::string endpoint_;
    secret_string secret_;
    std::atomic<bool> warned_{false};
};

} // namespace

std::unique_ptr<managed_identity_source> make_app_service_source(const managed_identity_options& options,
                                                                 const environment& variables) {
    return std::make_unique<app_service_source>(options, variables);
}

} // namespace entrada::identity
