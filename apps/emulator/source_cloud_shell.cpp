// Cloud Shell: tokens of the person who sits there.
// Source: https://learn.microsoft.com/azure/cloud-shell/msi-authorization
// Room: emulator.
#include "base/text.hpp"
#include "emulator/source_entries.hpp"

namespace entrada::emulator {
namespace {

http_response error(unsigned status, std::string_view code, std::string_view message) {
    return http_response::json(status, {{"error", json::object{{"code", code}, {"message", message}}}});
}

} // namespace

http_response refuse_as_cloud_shell(const http_request&, unsigned status, std::string_view message) {
    return error(status, status >= 500 ? "InternalServerError" : "BadRequest", message);
}

http_response answer_cloud_shell(source_call& call) {
    const http_request& request = call.request;
    if (request.method != "POST") return error(405, "MethodNotAllowed", "Only POST is allowed");
    if (!base::equal_ignoring_case(request.header("Metadata"), "true"))
        return error(400, "BadRequest", "The header Metadata: true is missing");
    const auto form = parse_form(request.body);
    const std::string_view resource = form ? find_field(*form, "resource").value_or("") : "";
    if (resource.empty()) return error(400, "BadRequest", "The form field resource is missing");
    if (!is_redis_audience(resource) || call.faults.has(fault_id::unknown_audience))
        return error(400, "AudienceNotSupported", "Audience " + escape_untrusted(resource) + " is not a supported audience");
    if (call.faults.has(fault_id::no_identity)) return error(400, "BadRequest", "Nobody is signed in");

    const identity& who = find_identity(call.authority(), identity_kind::developer);
    handed_token handed = call.tokens.hand_out(call.kind, who, resource, {"text", "text"}, call.faults);
    handed.fields["resource"] = resource;
    handed.fields["token_type"] = "Bearer";
    return http_response::json(200, handed.fields);
}

} // namespace entrada::emulator
