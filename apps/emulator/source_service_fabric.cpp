// Service Fabric: behind TLS with a certificate that is known by its thumbprint alone.
// Source: https://learn.microsoft.com/azure/service-fabric/how-to-managed-identity-service-fabric-app-code
// Room: emulator.
#include "emulator/entra_error.hpp"
#include "emulator/source_entries.hpp"

namespace entrada::emulator {
namespace {

http_response error(const http_request& request, unsigned status, std::string_view code, std::string_view message) {
    return http_response::json(
        status, {{"error", json::object{{"correlationId", correlation_id(request)}, {"code", code}, {"message", message}}}});
}

} // namespace

http_response refuse_as_service_fabric(const http_request& request, unsigned status, std::string_view message) {
    return error(request, status, status == 404 ? "ManagedIdentityNotFound" : "InternalServerError", message);
}

http_response answer_service_fabric(source_call& call) {
    const http_request& request = call.request;
    if (request.method != "GET") return error(request, 405, "MethodNotAllowed", "Only GET is allowed");
    const std::string_view secret = request.header("Secret");
    if (secret.empty()) return error(request, 400, "SecretHeaderNotFound", "The header Secret is missing");
    if (!same_secret(secret_string(secret), call.settings.secret) || call.faults.has(fault_id::no_identity))
        return error(request, 404, "ManagedIdentityNotFound", "No managed identity belongs to this value of IDENTITY_HEADER");
    const std::string_view version = request.parameter("api-version");
    if (version != "2019-07-01-preview" && version != "2020-05-01")
        return error(request, 400, "InvalidApiVersion", "api-version is missing or not supported; use 2019-07-01-preview");
    const std::string_view resource = request.parameter("resource");
    if (resource.empty()) return error(request, 400, "ArgumentNullOrEmpty", "resource is missing");
    if (!is_redis_audience(resource))
        return error(request, 400, "InvalidResource", "AADSTS500011: " + unknown_resource_text(resource));

    // Which identity it is stands in the application's manifest, so nothing in the request can choose.
    const identity& who = find_identity(call.authority(), identity_kind::system_assigned);
    handed_token handed = call.tokens.hand_out(call.kind, who, resource, {"number", "none"}, call.faults);
    handed.fields["resource"] = resource;
    handed.fields["token_type"] = "Bearer";
    return http_response::json(200, handed.fields);
}

} // namespace entrada::emulator
