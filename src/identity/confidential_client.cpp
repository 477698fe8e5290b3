#include "identity/confidential_client.hpp"

#include "base/clock.hpp"
#include "identity/authority.hpp"
#include "identity/form.hpp"
#include "identity/retries.hpp"
#include "identity/tenant.hpp"

#include <random>

namespace entrada::identity {
namespace {

secret_string body_of(const inquiry& inquiry, const client_identity& who, const client_proof& proof,
                      const secret_string& assertion) {
    form fields;
    fields.add("grant_type", "client_credentials").add("client_id", who.client_id).add("scope", inquiry.request().scope);
    if (assertion.empty()) return fields.add("client_secret", proof.secret.reveal()).body();
    return fields.add("client_assertion_type", "urn:ietf:params:oauth:client-assertion-type:jwt-bearer")
        .add("client_assertion", assertion.reveal())
        .body();
}

/// The exchange of one call of get_token with one tenant.
class exchange {
public:
    exchange(const inquiry& inquiry, const client_identity& who, const client_proof& proof, token_endpoint endpoint)
        : inquiry_(inquiry), who_(who), proof_(proof), endpoint_(std::move(endpoint)), assertion_(proof.assertion) {}

    result<access_token> run() {
        const auto response = send_with_retries(
            inquiry_, [this] { return next_request(); }, entra_retries());
        if (no_assertion_) return *no_assertion_;
        if (!response.has_value()) return inquiry_.without_answer(response.error(), credential_attempt::outcome::failed);
        return response->status == 200 ? inquiry_.token_from(*response) : refusal(*response);
    }

private:
    result<net::http_request> next_request() {
        if (proof_.make_assertion) {
            auto made = proof_.make_assertion(endpoint_.url);
            if (!made.has_value()) {
                no_assertion_ = made.error();
                return made.error();
            }
            assertion_ = std::move(*made);
        }
        net::http_request request;
        request.method = "POST";
        request.url = endpoint_.url;
        request.use_proxy = !endpoint_.local;
        request.headers = {{"Accept", "application/json"},
                           {"Content-Type", "application/x-www-form-urlencoded"},
                           {"client-request-id", new_uuid()}, // finds the request in the sign-in logs of the tenant
                           {"return-client-request-id", "true"}};
        request.body = body_of(inquiry_, who_, proof_, assertion_);
        return request;
    }

    failure refusal(const net::http_response& response) const {
        auto answer = read_error_answer(response.body.reveal());
        hide_secret(answer, proof_.secret);
        hide_secret(answer, assertion_);
        auto reason = answer.is_json ? answer.to_string() : std::string("it answered with something other than JSON");
        if (reason.empty()) reason = "it gave no reason";
        return inquiry_.failed("Microsoft Entra refused: " + reason, facts_of(response, answer, inquiry_.world().clock->wall()));
    }

    const inquiry& inquiry_;
    const client_identity& who_;
    const client_proof& proof_;
    token_endpoint endpoint_;
    secret_string assertion_;
    std::optional<failure> no_assertion_;
};

} // namespace

std::string new_uuid() {
    static constexpr char digits[] = "0123456789abcdef";
    std::random_device random;
    std::string id = "xxxxxxxx-xxxx-4xxx-yxxx-xxxxxxxxxxxx";
    for (char& c : id) {
        const auto nibble = random() & 15U;
        if (c == 'x')
            c = digits[nibble];
        else if (c == 'y')
            c = digits[8 | (nibble & 3U)];
    }
    return id;
}

result<access_token> ask_entra(const inquiry& inquiry, const client_identity& who, const client_proof& proof) {
    if (auto problem = problem_of_scope(inquiry)) return *std::move(problem);
    const auto tenant =
        choose_tenant({who.tenant_id, inquiry.request().tenant_id, who.additionally_allowed_tenants}, inquiry.world().variables);
    if (const auto* problem = std::get_if<std::string_view>(&tenant)) return inquiry.failed(std::string(*problem));
    auto endpoint = token_endpoint_of(who.authority_host, std::get<std::string>(tenant));
    if (const auto* problem = std::get_if<std::string>(&endpoint)) return inquiry.failed(*problem);
    return exchange(inquiry, who, proof, std::get<token_endpoint>(std::move(endpoint))).run();
}

} // namespace entrada::identity
