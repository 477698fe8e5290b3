// Room: emulator.
#include "emulator/authority_endpoint.hpp"

#include "base/text.hpp"
#include "emulator/expiry_forms.hpp"

#include <boost/json/array.hpp>

#include <algorithm>
#include <utility>

namespace entrada::emulator {
namespace {

namespace json = boost::json;

constexpr std::string_view assertion_type = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer";

std::string_view value(const http_fields& form, std::string_view name) { return find_field(form, name).value_or(""); }

/// "https://redis.azure.com/.default" -> "https://redis.azure.com". Empty: not a scope of this flow.
std::string_view resource_of(std::string_view scope) {
    constexpr std::string_view suffix = "/.default";
    if (!scope.ends_with(suffix) || scope.find(' ') != std::string_view::npos) return {};
    return scope.substr(0, scope.size() - suffix.size());
}

bool is_for(const jwt& token, std::string_view audience) {
    if (token.text("aud") == audience) return true;
    const json::value* list = token.claims.if_contains("aud");
    return list != nullptr && list->is_array()
           && std::any_of(list->get_array().begin(), list->get_array().end(), [&](const json::value& one) {
                  return one.is_string() && std::string_view(one.get_string()) == audience;
              });
}

http_response not_found(const http_request& request) {
    return http_response::json(404,
                               {{"error", "not_found"}, {"error_description", "nothing at " + escape_untrusted(request.path)}});
}

entra_error wrong_tenant(std::string_view tenant) {
    return {400, "invalid_request", 90002,
            "Tenant '" + escape_untrusted(tenant) + "' not found. The emulator has one tenant: " + std::string(tenant_id) + "."};
}

} // namespace

authority_endpoint::authority_endpoint(const token_authority& authority, fault_board& faults, authority_options options)
    : authority_(authority), faults_(faults), options_(std::move(options)), tokens_(authority) {}

bool authority_endpoint::has(identity_kind kind) const {
    return std::find(options_.credentials.begin(), options_.credentials.end(), kind) != options_.credentials.end();
}

http_response authority_endpoint::answer(const http_request& request) {
    const std::string_view path = request.path;
    const auto slash = path.find('/', 1);
    if (slash == std::string_view::npos) return not_found(request);
    const std::string_view tenant = path.substr(1, slash - 1);
    const std::string_view rest = path.substr(slash);
    const bool known = base::equal_ignoring_case(tenant, tenant_id);
    if (rest == "/oauth2/v2.0/token") {
        if (request.method != "POST")
            return http_response::json(405, {{"error", "invalid_request"}, {"error_description", "POST only"}});
        return known ? answer_token(request) : to_response(wrong_tenant(tenant), request, authority_.now());
    }
    if (request.method != "GET") return not_found(request);
    if (path == "/common/discovery/instance") return answer_instances();
    if (!known && tenant != "common" && tenant != "organizations")
        return to_response(wrong_tenant(tenant), request, authority_.now());
    if (rest == "/v2.0/.well-known/openid-configuration") return answer_metadata(tenant, true);
    if (rest == "/.well-known/openid-configuration") return answer_metadata(tenant, false);
    if (rest == "/discovery/v2.0/keys" || rest == "/discovery/keys")
        return http_response::json(200, {{"keys", json::array{authority_.key().public_key()}}});
    return not_found(request);
}

http_response authority_endpoint::answer_metadata(std::string_view tenant, bool version_2) const {
    const std::string base = options_.base_url + "/" + std::string(tenant);
    const std::string flow = base + (version_2 ? "/oauth2/v2.0" : "/oauth2");
    return http_response::json(
        200, {{"token_endpoint", base + "/oauth2/v2.0/token"},
              {"token_endpoint_auth_methods_supported", json::array{"client_secret_post", "private_key_jwt"}},
              {"jwks_uri", base + (version_2 ? "/discovery/v2.0/keys" : "/discovery/keys")},
              {"response_modes_supported", json::array{"query", "fragment", "form_post"}},
              {"subject_types_supported", json::array{"pairwise"}},
              {"id_token_signing_alg_values_supported", json::array{"RS256"}},
              {"response_types_supported", json::array{"code", "id_token", "token"}},
              {"scopes_supported", json::array{"openid"}},
              // Tokens of Microsoft's resources are of version 1 and name its issuer, and so do ours.
              {"issuer", version_2 ? options_.base_url + "/" + std::string(tenant_id) + "/v2.0" : std::string(token_issuer)},
              {"authorization_endpoint", flow + "/authorize"},
              {"device_authorization_endpoint", flow + "/devicecode"},
              {"end_session_endpoint", flow + "/logout"},
              {"claims_supported", json::array{"sub", "iss", "aud", "exp", "iat", "oid", "tid", "ver"}},
              {"cloud_instance_name", "entrada-emulator.invalid"}});
}

http_response authority_endpoint::answer_instances() const {
    const std::string host = options_.base_url.substr(options_.base_url.find("//") + 2);
    return http_response::json(
        200,
        {{"tenant_discovery_endpoint",
          options_.base_url + "/" + std::string(tenant_id) + "/v2.0/.well-known/openid-configuration"},
         {"api-version", "1.1"},
         {"metadata",
          json::array{json::object{{"preferred_network", host}, {"preferred_cache", host}, {"aliases", json::array{host}}}}}});
}

http_response authority_endpoint::answer_token(const http_request& request) {
    const met_faults faults = faults_.meet(source_kind::entra);
    const wall_time now = tokens_.now(faults);
    const refusal refuse = [&](unsigned status, std::string_view message) {
        const unsigned number = status == 429 ? 90055 : status >= 500 ? 90033 : 90002;
        entra_error cause = known_entra_error(number);
        return to_response({status, cause.error, number, std::string(message) + "."}, request, now);
    };
    std::optional<http_response> made;
    if (faults.outage) made = answer_instead(*faults.outage, request, refuse, now);
    if (!made) made = exchange(request, faults);
    change_answer(*made, faults);
    return std::move(*made);
}

http_response authority_endpoint::exchange(const http_request& request, const met_faults& faults) {
    const auto form = parse_form(request.body);
    const auto cause =
        form ? find_error(*form, faults) : std::optional(entra_error{400, "invalid_request", 9002313, "The body is not a form."});
    if (cause) return to_response(*cause, request, authority_.now());
    return grant(resource_of(value(*form, "scope")), kind_of(*form), faults);
}

/// Of a form without errors.
identity_kind authority_endpoint::kind_of(const http_fields& form) const {
    if (!value(form, "client_secret").empty()) return identity_kind::service_principal;
    const auto assertion = jwt::parse(base::trim(value(form, "client_assertion")));
    return assertion && is_certificate_assertion(*assertion, value(form, "client_id")) ? identity_kind::certificate
                                                                                       : identity_kind::workload;
}

std::optional<entra_error> authority_endpoint::find_request_error(const http_fields& form) const {
    for (const std::string_view name : {"grant_type", "client_id", "scope"})
        if (value(form, name).empty())
            return entra_error{400, "invalid_request", 900144,
                               "The request body must contain the parameter '" + std::string(name) + "'."};
    if (value(form, "grant_type") != "client_credentials")
        return entra_error{400, "unsupported_grant_type", 70003, "The emulator knows the grant type client_credentials alone."};
    const std::string_view client = value(form, "client_id");
    const bool known =
        !options_.credentials.empty() && base::equal_ignoring_case(client, make_identity(identity_kind::workload).client_id);
    if (!known)
        return entra_error{400, "unauthorized_client", 700016,
                           "Application with identifier '" + escape_untrusted(client)
                               + "' was not found in the tenant. Start the emulator with --identities service-principal, "
                                 "certificate or workload, and use AZURE_CLIENT_ID as it sets it."};
    const std::string_view resource = resource_of(value(form, "scope"));
    if (resource.empty())
        return entra_error{400, "invalid_scope", 70011, "The scope must be one resource followed by /.default."};
    if (!is_redis_audience(resource))
        return entra_error{400, "invalid_resource", 500011,
                           "The resource principal named " + escape_untrusted(resource) + " was not found in the tenant."};
    return std::nullopt;
}

std::optional<entra_error> authority_endpoint::find_error(const http_fields& form, const met_faults& faults) {
    if (auto wrong = find_request_error(form)) return wrong;
    const std::string_view client = value(form, "client_id");
    if (!value(form, "client_secret").empty()) return find_secret_error(client, secret_string(value(form, "client_secret")));
    if (value(form, "client_assertion").empty() || value(form, "client_assertion_type") != assertion_type)
        return entra_error{401, "invalid_client", 7000218,
                           "The request body must contain 'client_assertion' or 'client_secret'."};
    const std::string_view assertion = base::trim(value(form, "client_assertion")); // .NET sends the file's line end along
    if (auto wrong = find_assertion_error(assertion, client)) return wrong;
    return faults.has(fault_id::once_only) ? find_reuse(*jwt::parse(assertion)) : std::nullopt;
}

std::optional<entra_error> authority_endpoint::find_secret_error(std::string_view client_id, const secret_string& secret) const {
    if (has(identity_kind::service_principal) && same_secret(secret, options_.secret)) return std::nullopt;
    return entra_error{401, "invalid_client", 7000215,
                       "Invalid client secret provided for app '" + escape_untrusted(client_id)
                           + "'. The value is AZURE_CLIENT_SECRET as the emulator sets it."};
}

std::optional<entra_error> authority_endpoint::find_assertion_error(std::string_view assertion, std::string_view client_id) {
    const auto token = jwt::parse(assertion);
    if (!token) return entra_error{400, "invalid_request", 50027, "The client assertion is not a token."};
    if (!is_certificate_assertion(*token, client_id)) return find_federated_error(*token);
    return emulator::find_assertion_error(*token, options_.certificate ? &*options_.certificate : nullptr, client_id,
                                          options_.base_url + "/" + std::string(tenant_id) + "/oauth2/v2.0/token",
                                          authority_.now());
}

std::optional<entra_error> authority_endpoint::find_federated_error(const jwt& token) const {
    const auto invalid = [](unsigned number, std::string text) {
        return entra_error{401, "invalid_client", number, std::move(text)};
    };
    const bool pipeline = token.text("sub") == pipelines_subject;
    if (!has(pipeline ? identity_kind::pipeline : identity_kind::workload))
        return invalid(70021, "No matching federated identity record found for presented assertion.");
    const std::string text = "No matching federated identity record found for presented assertion ";
    if (token.text("iss") != federated_issuer) return invalid(700211, text + "issuer.");
    if (!is_for(token, federated_audience)) return invalid(700212, text + "audience.");
    if (!pipeline && token.text("sub") != federated_subject) return invalid(700213, text + "subject.");
    if (!authority_.key().verifies(token)) return invalid(700027, "The signature of the client assertion is wrong.");
    const std::int64_t now = to_seconds(authority_.now());
    if (token.seconds("exp").value_or(0) <= now || token.seconds("nbf").value_or(now) > now)
        return invalid(700024, "Client assertion is not within its valid time range. Read the federated token file again.");
    return std::nullopt;
}

/// Entra itself tolerates a repeated assertion, and msal-node relies on it.
std::optional<entra_error> authority_endpoint::find_reuse(const jwt& token) {
    const std::int64_t now = to_seconds(authority_.now());
    std::erase_if(seen_, [now](const auto& one) { return one.second <= now; });
    const bool fresh = seen_.emplace(token.text("jti"), token.seconds("exp").value_or(now)).second;
    if (fresh) return std::nullopt;
    return entra_error{401, "invalid_client", 50027, "The client assertion was used before (its jti is known)."};
}

http_response authority_endpoint::grant(std::string_view audience, identity_kind kind, const met_faults& faults) {
    handed_token handed = tokens_.hand_out(source_kind::entra, make_identity(kind), audience, {"none", "number"}, faults);
    json::object body{{"token_type", "Bearer"}};
    for (auto& [name, field] : handed.fields) body[name] = field;
    if (const auto* rest = body.if_contains("expires_in")) body["ext_expires_in"] = json::value(*rest);
    return http_response::json(200, body);
}

} // namespace entrada::emulator
