// Room: emulator.
#include "emulator/entra_error.hpp"

#include "emulator/expiry_forms.hpp"

#include <boost/json/array.hpp>

#include <algorithm>
#include <cctype>
#include <iterator>

namespace entrada::emulator {
namespace {

bool is_guid(std::string_view text) noexcept {
    return text.size() == 36
           && std::all_of(text.begin(), text.end(), [](unsigned char c) { return std::isxdigit(c) != 0 || c == '-'; });
}

struct known_row {
    unsigned number;
    unsigned status;
    std::string_view error;
    std::string_view text;
};

// Source of the numbers: https://learn.microsoft.com/entra/identity-platform/reference-error-codes
constexpr known_row known[]{
    {7000215, 401, "invalid_client", "The client secret is wrong. Is it the id of the secret instead of its value?"},
    {7000222, 401, "invalid_client", "The client secret has expired."},
    {7000218, 401, "invalid_client", "The body must contain client_assertion or client_secret."},
    {700016, 400, "unauthorized_client", "The application was not found in the tenant."},
    {700011, 400, "unauthorized_client", "The application was not found in the tenant."},
    {7000112, 401, "unauthorized_client", "The application is disabled."},
    {70001, 400, "unauthorized_client", "The application is disabled."},
    {700027, 401, "invalid_client", "The signature of the client assertion is wrong, or its certificate is not registered."},
    {50012, 401, "invalid_client", "The signature of the client assertion is wrong."},
    {700024, 401, "invalid_client", "The client assertion is not within its valid time range."},
    {70021, 400, "invalid_request", "No matching federated identity record was found for the assertion."},
    {700211, 401, "invalid_client", "No matching federated identity record was found for the assertion's issuer."},
    {700212, 401, "invalid_client", "No matching federated identity record was found for the assertion's audience."},
    {7002121, 401, "invalid_client", "No matching federated identity record was found for the assertion's audience."},
    {700213, 401, "invalid_client", "No matching federated identity record was found for the assertion's subject."},
    {700030, 401, "invalid_client", "The subject name of the certificate is not authorized."},
    {90002, 400, "invalid_request", "The tenant was not found."},
    {900382, 400, "invalid_request", "Confidential clients of one cloud are not served by another."},
    {90038, 400, "invalid_request", "The tenant belongs to another national cloud."},
    {500011, 400, "invalid_resource", "The resource principal was not found in the tenant."},
    {50001, 400, "invalid_resource", "The resource was not found."},
    {70011, 400, "invalid_scope", "The scope is not valid."},
    {28002, 400, "invalid_scope", "The scope is not valid."},
    {700022, 400, "invalid_scope", "The scope names more than one resource."},
    {900144, 400, "invalid_request", "A parameter is missing in the body."},
    {90014, 400, "invalid_request", "A required field is missing."},
    {9002313, 400, "invalid_request", "The request is malformed."},
    {53003, 400, "invalid_grant", "Access is blocked by Conditional Access."},
    {53000, 400, "invalid_grant", "The device is not compliant with Conditional Access."},
    {50196, 400, "invalid_grant", "The client asks again and again in a loop."},
    {90055, 429, "temporarily_unavailable", "The tenant is throttled."},
    {90006, 503, "temporarily_unavailable", "An external service did not answer."},
    {90012, 504, "temporarily_unavailable", "The request timed out."},
    {90024, 503, "temporarily_unavailable", "Too busy; try again."},
    {90033, 503, "temporarily_unavailable", "A transient error; try again."},
    {90090, 503, "temporarily_unavailable", "A transient error; try again."},
    {90094, 400, "invalid_grant", "An administrator has to consent."},
    {65001, 400, "invalid_grant", "Nobody has consented to this application."},
    {700082, 400, "invalid_grant", "The refresh token has expired due to inactivity."},
    {70008, 400, "invalid_grant", "The refresh token has expired."},
    {70043, 400, "invalid_grant", "The refresh token has expired by a rule of sign-in frequency."},
};

} // namespace

entra_error known_entra_error(unsigned number) {
    const auto* const row =
        std::find_if(std::begin(known), std::end(known), [number](const known_row& one) { return one.number == number; });
    if (row == std::end(known)) return {400, "invalid_request", number, "Switched on by /admin/faults or --fault."};
    return {row->status, row->error, number, std::string(row->text)};
}

std::string format_timestamp(wall_time time) { return format_time(time, "%Y-%m-%d %H:%M:%SZ"); }

std::string correlation_id(const http_request& request) {
    const std::string_view said = request.header("client-request-id");
    if (is_guid(said)) return std::string(said);
    const std::string_view asked = request.parameter("client-request-id");
    return is_guid(asked) ? std::string(asked) : random_guid();
}

http_response to_response(const entra_error& cause, const http_request& request, wall_time now) {
    const std::string trace = random_guid();
    const std::string correlation = correlation_id(request);
    const std::string time = format_timestamp(now);
    const std::string description = "AADSTS" + std::to_string(cause.number) + ": " + cause.text + " Trace ID: " + trace
                                    + " Correlation ID: " + correlation + " Timestamp: " + time;
    return http_response::json(
        cause.status, {{"error", cause.error},
                       {"error_description", description},
                       {"error_codes", boost::json::array{cause.number}},
                       {"timestamp", time},
                       {"trace_id", trace},
                       {"correlation_id", correlation},
                       {"error_uri", "https://login.entrada-emulator.invalid/error?code=" + std::to_string(cause.number)}});
}

} // namespace entrada::emulator
