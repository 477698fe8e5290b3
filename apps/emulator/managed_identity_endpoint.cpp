// Room: emulator.
#include "emulator/managed_identity_endpoint.hpp"

#include "base/text.hpp"
#include "emulator/entra_error.hpp"

#include <algorithm>
#include <utility>

namespace entrada::emulator {
namespace {

namespace json = boost::json;

http_response imds_error(unsigned status, std::string_view error, std::string_view description) {
    return http_response::json(status, {{"error", error}, {"error_description", description}});
}

http_response app_service_error(const http_request& request, unsigned status, std::string_view message) {
    return http_response::json(status,
                               {{"statusCode", status}, {"message", message}, {"correlationId", correlation_id(request)}});
}

entra_error unknown_resource(std::string_view resource) {
    return {400, "invalid_resource", 500011,
            "The resource principal named " + escape_untrusted(resource)
                + " was not found in the tenant of the emulator, which knows " + "https://redis.azure.com alone."};
}

bool has_repeated_key(const http_fields& query) {
    for (auto one = query.begin(); one != query.end(); ++one)
        for (auto other = std::next(one); other != query.end(); ++other)
            if (base::equal_ignoring_case(one->first, other->first)) return true;
    return false;
}

std::int64_t to_seconds(wall_time time) { return std::chrono::floor<std::chrono::seconds>(time.time_since_epoch()).count(); }

} // namespace

managed_identity_endpoint::managed_identity_endpoint(const token_authority& authority, secret_string secret)
    : authority_(authority), secret_(std::move(secret)) {}

const identity* managed_identity_endpoint::select(const http_request& request) const {
    static constexpr std::string_view by_object[] = {"object_id", "principal_id"};
    static constexpr std::string_view by_resource[] = {"msi_res_id", "mi_res_id"};
    const auto any_of = [&request](const auto& names, std::string_view value) {
        return std::any_of(std::begin(names), std::end(names), [&](std::string_view name) {
            const auto asked = find_field(request.query, name);
            return asked && base::equal_ignoring_case(*asked, value);
        });
    };
    const bool selects = std::any_of(request.query.begin(), request.query.end(), [](const auto& field) {
        return field.first == "client_id"
               || std::find(std::begin(by_object), std::end(by_object), field.first) != std::end(by_object)
               || std::find(std::begin(by_resource), std::end(by_resource), field.first) != std::end(by_resource);
    });
    for (const identity& one : authority_.identities()) {
        if (one.resource_id.empty()) continue;
        if (!selects && one.kind == identity_kind::system_assigned) return &one;
        if (selects
            && (request.parameter("client_id") == one.client_id || any_of(by_object, one.object_id)
                || any_of(by_resource, one.resource_id)))
            return &one;
    }
    return nullptr;
}

http_response managed_identity_endpoint::answer_imds(const http_request& request) const {
    if (!base::equal_ignoring_case(request.header("Metadata"), "true"))
        return imds_error(400, "invalid_request", "Required metadata header not specified");
    if (!request.header("X-Forwarded-For").empty())
        return imds_error(400, "invalid_request", "Requests through a proxy are refused");
    if (request.method != "GET") return imds_error(405, "method_not_allowed", "Only GET is allowed");
    if (has_repeated_key(request.query)) return imds_error(400, "invalid_request", "A query variable is given twice");
    if (request.parameter("api-version").empty())
        return imds_error(400, "invalid_request", "Required query variable 'api-version' is missing");
    const std::string_view resource = request.parameter("resource");
    if (resource.empty()) return imds_error(400, "invalid_request", "Required query variable 'resource' is missing");
    if (!is_redis_audience(resource)) return to_response(unknown_resource(resource), request, authority_.now());
    const identity* who = select(request);
    if (who == nullptr) return imds_error(400, "invalid_request", "Identity not found");

    const issued_token made = authority_.issue(*who, resource);
    const std::string life = std::to_string(std::chrono::floor<std::chrono::seconds>(made.expires - made.issued).count());
    return http_response::json(200, {{"access_token", made.token.reveal()},
                                     {"client_id", who->client_id},
                                     {"expires_in", life},
                                     {"expires_on", std::to_string(to_seconds(made.expires))},
                                     {"ext_expires_in", life},
                                     {"not_before", std::to_string(to_seconds(made.issued))},
                                     {"refresh_token", ""},
                                     {"resource", resource},
                                     {"token_type", "Bearer"}});
}

http_response managed_identity_endpoint::answer_app_service(const http_request& request) const {
    if (request.method != "GET") return app_service_error(request, 405, "Only GET is allowed");
    if (!same_secret(secret_string(request.header("X-IDENTITY-HEADER")), secret_))
        return app_service_error(request, 401, "X-IDENTITY-HEADER is missing or is not the value of IDENTITY_HEADER");
    const std::string_view version = request.parameter("api-version");
    if (version != "2019-08-01" && version != "2025-03-30")
        return app_service_error(request, 400, "api-version is missing or not supported; use 2019-08-01");
    const std::string_view resource = request.parameter("resource");
    if (resource.empty()) return app_service_error(request, 400, "resource is missing");
    if (!is_redis_audience(resource)) {
        const entra_error cause = unknown_resource(resource);
        return app_service_error(request, 400, "AADSTS" + std::to_string(cause.number) + ": " + cause.text);
    }
    const identity* who = select(request);
    if (who == nullptr) return app_service_error(request, 400, "No managed identity found for the id given");

    const issued_token made = authority_.issue(*who, resource);
    return http_response::json(200, {{"access_token", made.token.reveal()},
                                     {"client_id", who->client_id},
                                     {"expires_on", std::to_string(to_seconds(made.expires))},
                                     {"resource", resource},
                                     {"token_type", "Bearer"}});
}

http_response managed_identity_endpoint::out_of_order(const http_request& request) const {
    if (request.path == app_service_path)
        return app_service_error(request, 500, "the identity service is switched off by /admin/identity");
    return imds_error(500, "server_error", "the identity service is switched off by /admin/identity");
}

} // namespace entrada::emulator
