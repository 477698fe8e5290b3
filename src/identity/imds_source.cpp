// Managed identities of virtual machines: the instance metadata service, IMDS.
// Room: identity.
#include "base/clock.hpp"
#include "base/text.hpp"
#include "identity/form.hpp"
#include "identity/imds_probe.hpp"
#include "identity/managed_identity_source.hpp"
#include "identity/retries.hpp"

namespace entrada::identity {
namespace {

constexpr std::string_view metadata_host = "http://169.254.169.254";
constexpr std::string_view token_path = "/metadata/identity/oauth2/token";

/// `http://host[:port]` without a slash; a bare host gets the scheme.
std::string base_url(std::string_view host) {
    host = base::trim(host);
    while (host.ends_with('/')) host.remove_suffix(1);
    if (host.empty()) return std::string(metadata_host);
    return (host.find("://") == std::string_view::npos ? "http://" : "") + std::string(host);
}

bool contains(std::string_view text, std::string_view part) {
    for (; text.size() >= part.size(); text.remove_prefix(1))
        if (base::starts_with_ignoring_case(text, part)) return true;
    return false;
}

class imds_source final : public managed_identity_source {
public:
    imds_source(managed_identity_options options, const environment& variables)
        : options_(std::move(options)),
          url_(base_url(variable(variables, "AZURE_POD_IDENTITY_AUTHORITY_HOST")) + std::string(token_path)) {}

    result<access_token> ask(const inquiry& inquiry) override {
        if (options_.probe) {
            if (auto absent = inquiry.world().probes->of(url_)->look(inquiry)) return *absent;
        }
        const auto response = send_with_retries(inquiry, request_for(inquiry), imds_retries());
        if (!response.has_value()) return inquiry.without_answer(response.error(), credential_attempt::outcome::unavailable);
        const auto answer = read_error_answer(response->body.reveal());
        if (!answer.is_json) return impostor(inquiry, *response);
        return response->status == 200 ? inquiry.token_from(*response) : refusal(inquiry, *response, answer);
    }

private:
    net::http_request request_for(const inquiry& inquiry) const {
        net::http_request request;
        request.url = with_parameter(with_parameter(url_, "api-version", "2018-02-01"), "resource", inquiry.resource());
        request.url = with_selector(request.url, options_,
                                    {.client_id = "client_id", .object_id = "object_id", .resource_id = "msi_res_id"});
        request.headers = {{"Accept", "application/json"}, {"Metadata", "true"}};
        return request;
    }

    /// A captive portal, the web server of another cloud, Docker Desktop's proxy: whoever it is, it is not IMDS.
    static failure impostor(const inquiry& inquiry, const net::http_response& response) {
        return inquiry.unavailable("what answers at the address of the metadata service is not it: no JSON",
                                   {.http_status = response.status});
    }

    failure refusal(const inquiry& inquiry, const net::http_response& response, const error_answer& answer) const {
        auto facts = facts_of(response, answer, inquiry.world().clock->wall());
        const auto text = answer.to_string();
        if (response.status == 502 || response.status == 504 || (response.status == 403 && contains(text, "unreachable")))
            return inquiry.unavailable("a proxy stands before the metadata service: " + text, std::move(facts));
        if (response.status == 400 && contains(text, "Identity not found")) return no_identity(inquiry, text, std::move(facts));
        if (response.status == 400 && contains(text, "multiple user"))
            facts.hint = "set AZURE_CLIENT_ID to the client id of the identity to use";
        return inquiry.failed("the metadata service refused: " + text, std::move(facts));
    }

    /// An identity that was asked for by name and is not there is a mistake; none at all only means: not by this credential.
    failure no_identity(const inquiry& inquiry, const std::string& text, answer_facts facts) const {
        const auto reason = "the metadata service knows no such identity: " + text;
        if (!names_an_identity(options_)) {
            facts.hint = "assign a managed identity to this machine";
            return inquiry.unavailable(reason, std::move(facts));
        }
        facts.hint = "check that the identity you named is assigned to this machine";
        return inquiry.failed(reason, std::move(facts));
    }

    managed_identity_options options_;
    std::string url_;
};

} // namespace

std::unique_ptr<managed_identity_source> make_imds_source(const managed_identity_options& options, const environment& variables) {
    return std::make_unique<imds_source>(options, variables);
}

} // namespace entrada::identity
