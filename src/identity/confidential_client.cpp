#include "identity/confidential_client.hpp"

#include "base/clock.hpp"
#include "identity/authority.hpp"
#include "identity/form.hpp"
#include "identity/retries.hpp"

#include <random>

namespace entrada::identity {
namespace {

/// A random UUID: it finds this request in the sign-in logs of the tenant.
std::string new_request_id() {
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

secret_string body_of(const inquiry& inquiry, const client_identity& who, const client_proof& proof) {
    form fields;
    fields.add("grant_type", "client_credentials").add("client_id", who.client_id).add("scope", inquiry.request().scope);
    if (proof.assertion.empty()) return fields.add("client_secret", proof.secret.reveal()).body();
    return fields.add("client_assertion_type", "urn:ietf:params:oauth:client-assertion-type:jwt-bearer")
        .add("client_assertion", proof.assertion.reveal())
        .body();
}

failure refusal(const inquiry& inquiry, const net::http_response& response, const client_proof& proof) {
    auto answer = read_error_answer(response.body.reveal());
    hide_secret(answer, proof.secret);
    hide_secret(answer, proof.assertion);
    auto reason = answer.is_json ? answer.to_string() : std::string("it answered with something other than JSON");
    if (reason.empty()) reason = "it gave no reason";
    return inquiry.failed("Microsoft Entra refused: " + reason, facts_of(response, answer, inquiry.world().clock->wall()));
}

} // namespace

result<access_token> ask_entra(const inquiry& inquiry, const client_identity& who, const client_proof& proof) {
    const auto endpoint = token_endpoint_of(who.authority_host, who.tenant_id);
    if (const auto* problem = std::get_if<std::string>(&endpoint)) return inquiry.failed(*problem);
    net::http_request request;
    request.method = "POST";
    request.url = std::get<token_endpoint>(endpoint).url;
    request.use_proxy = !std::get<token_endpoint>(endpoint).local;
    request.headers = {{"Accept", "application/json"},
                       {"Content-Type", "application/x-www-form-urlencoded"},
                       {"client-request-id", new_request_id()},
                       {"return-client-request-id", "true"}};
    request.body = body_of(inquiry, who, proof);
    const auto response = send_with_retries(inquiry, request, entra_retries());
    if (!response.has_value()) return inquiry.without_answer(response.error(), credential_attempt::outcome::failed);
    return response->status == 200 ? inquiry.token_from(*response) : refusal(inquiry, *response, proof);
}

} // namespace entrada::identity
