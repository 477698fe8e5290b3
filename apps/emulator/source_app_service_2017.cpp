// The identity endpoint of App Service in its form of 2017, and Azure Machine Learning, which still has it.
// Source: https://learn.microsoft.com/azure/app-service/overview-managed-identity
// Room: emulator.
#include "emulator/source_entries.hpp"

namespace entrada::emulator {
namespace {

std::optional<http_response> find_error(source_call& call) {
    const http_request& request = call.request;
    const auto refuse = [&](unsigned status, std::string_view message) {
        return refuse_as_app_service(request, status, message);
    };
    if (request.method != "GET") return refuse(405, "Only GET is allowed");
    if (!same_secret(secret_string(request.header("secret")), call.settings.secret))
        return refuse(401, "The header secret is missing or is not the value of MSI_SECRET");
    if (request.parameter("api-version") != "2017-09-01")
        return refuse(400, "api-version is missing or not supported; use 2017-09-01");
    const std::string_view resource = request.parameter("resource");
    if (resource.empty()) return refuse(400, "resource is missing");
    if (!is_redis_audience(resource)) return refuse(400, "AADSTS500011: " + unknown_resource_text(resource));
    return std::nullopt;
}

http_response answer_for(source_call& call, const identity* who, expiry_style style) {
    if (who == nullptr || call.faults.has(fault_id::no_identity))
        return refuse_as_app_service(call.request, 400, "No managed identity found for the id given");
    const std::string_view resource = call.request.parameter("resource");
    handed_token handed = call.tokens.hand_out(call.kind, *who, resource, style, call.faults);
    handed.fields["resource"] = resource;
    handed.fields["token_type"] = "Bearer";
    return http_response::json(200, handed.fields);
}

} // namespace

http_response answer_app_service_2017(source_call& call) {
    if (auto wrong = find_error(call)) return std::move(*wrong);
    return answer_for(call, select_identity(call.authority(), call.request), {"linux-date", "none"});
}

http_response answer_azure_ml(source_call& call) {
    if (auto wrong = find_error(call)) return std::move(*wrong);
    // Without a client id the token may be that of the person who uses the workspace.
    const bool named = find_field(call.request.query, "clientid").has_value();
    const identity* const who =
        named ? select_identity(call.authority(), call.request) : &find_identity(call.authority(), identity_kind::developer);
    // Not the dates of App Service: the JavaScript SDK, which is used there, cannot read them.
    return answer_for(call, who, {"text", "none"});
}

} // namespace entrada::emulator
