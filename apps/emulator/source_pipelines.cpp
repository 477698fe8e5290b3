// Azure Pipelines: a token of the service connection, which buys another one at the authority.
// Source: https://learn.microsoft.com/azure/devops/pipelines/release/configure-workload-identity
// Room: emulator.
#include "emulator/source_entries.hpp"

namespace entrada::emulator {

http_response refuse_as_pipelines(const http_request&, unsigned status, std::string_view message) {
    return http_response::json(status, {{"$id", "1"}, {"message", message}, {"typeKey", "EmulatorException"}});
}

http_response answer_pipelines(source_call& call) {
    constexpr auto life = std::chrono::minutes(10);
    const http_request& request = call.request;
    if (request.method != "POST") return refuse_as_pipelines(request, 405, "Only POST is allowed");
    const std::string expected = "Bearer " + std::string(call.settings.secret.reveal());
    if (!same_secret(secret_string(request.header("Authorization")), secret_string(expected)))
        return refuse_as_pipelines(request, 401, "Authorization is not Bearer and the value of SYSTEM_ACCESSTOKEN");
    if (request.parameter("api-version").empty()) return refuse_as_pipelines(request, 400, "api-version is missing; use 7.1");
    if (request.parameter("serviceConnectionId") != pipelines_connection_id)
        return refuse_as_pipelines(request, 404, "There is one service connection: AZURESUBSCRIPTION_SERVICE_CONNECTION_ID");
    const issued_token made = call.authority().issue_federated(life, pipelines_subject);
    const secret_string token = call.faults.has(fault_id::opaque) ? make_opaque(made.token) : made.token;
    return http_response::json(200, {{"oidcToken", token.reveal()}});
}

} // namespace entrada::emulator
