// The metadata service of virtual machines, scale sets and AKS nodes.
// Source: https://learn.microsoft.com/entra/identity/managed-identities-azure-resources/how-to-use-vm-token
// Room: emulator.
#include "base/text.hpp"
#include "emulator/entra_error.hpp"
#include "emulator/expiry_forms.hpp"
#include "emulator/source_entries.hpp"

#include <algorithm>

namespace entrada::emulator {
namespace {

struct selector {
    std::string_view name;
    std::string identity::*id;
};

constexpr selector selectors[]{
    {"client_id", &identity::client_id},    {"clientid", &identity::client_id},     {"object_id", &identity::object_id},
    {"principal_id", &identity::object_id}, {"msi_res_id", &identity::resource_id}, {"mi_res_id", &identity::resource_id},
};

http_response error(unsigned status, std::string_view code, std::string_view description) {
    return http_response::json(status, {{"error", code}, {"error_description", description}});
}

bool has_repeated_key(const http_fields& query) {
    for (auto one = query.begin(); one != query.end(); ++one)
        for (auto other = std::next(one); other != query.end(); ++other)
            if (base::equal_ignoring_case(one->first, other->first)) return true;
    return false;
}

std::size_t selectors_in(const http_request& request) {
    return static_cast<std::size_t>(std::count_if(std::begin(selectors), std::end(selectors), [&](const selector& one) {
        return find_field(request.query, one.name).has_value();
    }));
}

const identity* find_user_assigned(const token_authority& authority) {
    const auto& all = authority.identities();
    const auto found =
        std::find_if(all.begin(), all.end(), [](const identity& one) { return one.kind == identity_kind::user_assigned; });
    return found == all.end() ? nullptr : &*found;
}

} // namespace

const identity& find_identity(const token_authority& authority, identity_kind kind) {
    const auto& all = authority.identities();
    return *std::find_if(all.begin(), all.end(), [kind](const identity& one) { return one.kind == kind; });
}

const identity* select_identity(const token_authority& authority, const http_request& request) {
    if (selectors_in(request) == 0) return &find_identity(authority, identity_kind::system_assigned);
    for (const identity& one : authority.identities()) {
        if (one.resource_id.empty()) continue;
        for (const selector& by : selectors) {
            const auto asked = find_field(request.query, by.name);
            if (asked && base::equal_ignoring_case(*asked, one.*by.id)) return &one;
        }
    }
    return nullptr;
}

std::string unknown_resource_text(std::string_view resource) {
    return "The resource principal named " + escape_untrusted(resource)
           + " was not found in the tenant of the emulator, which knows https://redis.azure.com alone.";
}

http_response refuse_as_imds(const http_request&, unsigned status, std::string_view message) {
    return error(status, status >= 500 ? "server_error" : "invalid_request", message);
}

std::optional<http_response> find_metadata_error(source_call& call) {
    const http_request& request = call.request;
    if (!base::equal_ignoring_case(request.header("Metadata"), "true"))
        return error(400, "invalid_request", "Required metadata header not specified");
    if (!request.header("X-Forwarded-For").empty()) return error(400, "invalid_request", "Requests through a proxy are refused");
    if (request.method != "GET") return error(405, "method_not_allowed", "Only GET is allowed");
    if (has_repeated_key(request.query)) return error(400, "invalid_request", "A query variable is given twice");
    if (request.parameter("api-version").empty())
        return error(400, "invalid_request", "Required query variable 'api-version' is missing");
    const std::string_view resource = request.parameter("resource");
    if (resource.empty()) return error(400, "invalid_request", "Required query variable 'resource' is missing");
    if (!is_redis_audience(resource))
        return to_response({400, "invalid_resource", 500011, unknown_resource_text(resource)}, request, call.authority().now());
    if (selectors_in(request) > 1) return error(400, "invalid_request", "Only one identity can be asked for");
    return std::nullopt;
}

http_response answer_as_metadata_service(source_call& call) {
    const http_request& request = call.request;
    const bool ignores = call.faults.has(fault_id::old_agent);
    if (call.faults.has(fault_id::no_identity)) return error(400, "invalid_request", "Identity not found");
    if (call.faults.has(fault_id::several_identities) && selectors_in(request) == 0)
        return error(400, "invalid_request",
                     "Multiple user assigned identities exist, please specify the clientId / resourceId of the identity in the "
                     "token request");
    const identity* who =
        ignores ? &find_identity(call.authority(), identity_kind::system_assigned) : select_identity(call.authority(), request);
    if (call.faults.has(fault_id::system_off) && who != nullptr && who->kind == identity_kind::system_assigned)
        who = selectors_in(request) == 0 ? find_user_assigned(call.authority()) : nullptr;
    if (who == nullptr) return error(400, "invalid_request", "Identity not found");

    const std::string_view resource = request.parameter("resource");
    handed_token handed = call.tokens.hand_out(call.kind, *who, resource, {"text", "text"}, call.faults);
    json::object& body = handed.fields;
    if (const auto* rest = body.if_contains("expires_in")) body["ext_expires_in"] = json::value(*rest);
    body["not_before"] = std::to_string(to_seconds(handed.made.issued));
    body["refresh_token"] = "";
    body["resource"] = resource;
    body["token_type"] = "Bearer";
    if (ignores) return http_response::json(200, body);
    body["client_id"] = who->client_id;
    for (const selector& by : selectors)
        if (const auto asked = find_field(request.query, by.name)) body[by.name] = who->*by.id;
    return http_response::json(200, body);
}

http_response answer_imds(source_call& call) {
    if (auto wrong = find_metadata_error(call)) return std::move(*wrong);
    return answer_as_metadata_service(call);
}

} // namespace entrada::emulator
