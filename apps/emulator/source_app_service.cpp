// The identity endpoint of App Service, Functions and Container Apps, in its form of 2019.
// Source: https://learn.microsoft.com/azure/app-service/overview-managed-identity
// Room: emulator.
#include "emulator/entra_error.hpp"
#include "emulator/source_entries.hpp"

namespace entrada::emulator {

http_response refuse_as_app_service(const http_request& request, unsigned status, std::string_view message) {
    return http_response::json(status,
                               {{"statusCode", status}, {"message", message}, {"correlationId", correlation_id(request)}});
}

http_response answer_app_service(source_call& call) {
    const http_request& request = call.request;
    const auto refuse = [&](unsigned status, std::string_view message) {
        return refuse_as_app_service(request, status, message);
    };
    if (request.method != "GET") return refuse(405, "Only GET is allowed");
    if (!same_secret(secret_string(request.header("X-IDENTITY-HEADER")), call.settings.secret))
        return refuse(401, "X-IDENTITY-HEADER is missing or is not the value of IDENTITY_HEADER");
    const std::string_view version = request.parameter("api-version");
    if (version != "2019-08-01" && version != "2025-03-30")
        return refuse(400, "api-version is missing or not supported; use 2019-08-01");
    const std::string_view resource = request.parameter("resource");
    if (resource.empty()) return refuse(400, "resource is missing");
    if (!is_redis_audience(resource)) return refuse(400, "AADSTS500011: " + unknown_resource_text(resource));
    const identity* const who = select_identity(call.authority(), request);
    // Unlike a metadata service, it never gives another identity than the one that is meant.
    const bool is_off = who != nullptr && who->kind == identity_kind::system_assigned && call.faults.has(fault_id::system_off);
    if (who == nullptr || is_off || call.faults.has(fault_id::no_identity))
        return refuse(400, "No managed identity found for the id given");

    handed_token handed = call.tokens.hand_out(call.kind, *who, resource, {"text", "none"}, call.faults);
    handed.fields["client_id"] = who->client_id;
    handed.fields["resource"] = resource;
    handed.fields["token_type"] = "Bearer";
    return http_response::json(200, handed.fields);
}

} // namespace entrada::emulator
