// Room: emulator.
#include "emulator/token_sources.hpp"

#include "emulator/source_entries.hpp"

#include <algorithm>
#include <array>
#include <utility>

namespace entrada::emulator {
namespace {

constexpr std::array table{
    token_source{source_kind::imds, "/metadata/identity/oauth2/token", answer_imds, refuse_as_imds},
    token_source{source_kind::app_service, "/msi/token", answer_app_service, refuse_as_app_service},
    token_source{source_kind::container_apps, "/container-apps/msi/token", answer_app_service, refuse_as_app_service},
    token_source{source_kind::app_service_2017, "/app-service-2017/msi/token", answer_app_service_2017, refuse_as_app_service},
    token_source{source_kind::azure_ml, "/azure-ml/msi/token", answer_azure_ml, refuse_as_app_service},
    token_source{source_kind::cloud_shell, "/cloud-shell/oauth2/token", answer_cloud_shell, refuse_as_cloud_shell},
    token_source{source_kind::azure_arc, "/azure-arc/metadata/identity/oauth2/token", answer_azure_arc, refuse_as_imds},
    token_source{source_kind::pipelines, "/pipelines/oidctoken", answer_pipelines, refuse_as_pipelines},
    token_source{source_kind::service_fabric, "/service-fabric/metadata/identity/oauth2/token", answer_service_fabric,
                 refuse_as_service_fabric},
};

} // namespace

const token_source* find_token_source(std::string_view path) noexcept {
    if (path.ends_with('/')) path.remove_suffix(1); // the JavaScript SDK puts one before the question mark
    const auto found = std::find_if(table.begin(), table.end(), [path](const token_source& one) { return one.path == path; });
    return found == table.end() ? nullptr : found;
}

const token_source& token_source_of(source_kind kind) {
    return *std::find_if(table.begin(), table.end(), [kind](const token_source& one) { return one.kind == kind; });
}

token_sources::token_sources(const token_authority& authority, fault_board& faults, source_settings settings)
    : faults_(faults), settings_(std::move(settings)), tokens_(authority) {}

http_response token_sources::answer(const token_source& source, const http_request& request) {
    const met_faults faults = faults_.meet(source.kind);
    const refusal refuse = [&](unsigned status, std::string_view message) { return source.refuse(request, status, message); };
    std::optional<http_response> made;
    if (faults.outage) made = answer_instead(*faults.outage, request, refuse, tokens_.now(faults));
    source_call call{source.kind, request, faults, settings_, tokens_, arc_keys_};
    if (!made) made = source.answer(call);
    change_answer(*made, faults);
    return std::move(*made);
}

} // namespace entrada::emulator
