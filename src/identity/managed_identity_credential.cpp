#include "entrada/managed_identity_credential.hpp"

#include "identity/form.hpp"
#include "identity/managed_identity_source.hpp"

#include <unistd.h>

namespace entrada {
namespace identity {
namespace {

int selectors_in(const managed_identity_options& options) {
    return int{!options.client_id.empty()} + int{!options.object_id.empty()} + int{!options.resource_id.empty()};
}

} // namespace

bool names_an_identity(const managed_identity_options& options) { return selectors_in(options) > 0; }

std::string with_selector(std::string url, const managed_identity_options& options, const selector_names& names) {
    if (!options.client_id.empty()) return with_parameter(std::move(url), names.client_id, options.client_id);
    if (!options.object_id.empty()) return with_parameter(std::move(url), names.object_id, options.object_id);
    if (!options.resource_id.empty()) return with_parameter(std::move(url), names.resource_id, options.resource_id);
    return url;
}

source_pointer find_managed_identity_source(const managed_identity_options& options, const environment& variables,
                                            const arc_places& places) {
    const auto is_set = [&](std::string_view name) { return !variable(variables, name).empty(); };
    if (is_set("IDENTITY_ENDPOINT") && is_set("IDENTITY_HEADER"))
        return is_set("IDENTITY_SERVER_THUMBPRINT") ? make_service_fabric_source(options, variables)
                                                    : make_app_service_source(options, variables);
    if (is_set("MSI_ENDPOINT") && is_set("MSI_SECRET"))
        return is_set("WEBSITE_SITE_NAME") ? make_app_service_2017_source(options, variables)
                                           : make_machine_learning_source(options, variables);
    if (is_set("MSI_ENDPOINT")) return make_cloud_shell_source(options, variables);
    const bool agent_here = !is_set("AZURE_POD_IDENTITY_AUTHORITY_HOST") && ::access(places.agent.c_str(), F_OK) == 0;
    if ((is_set("IDENTITY_ENDPOINT") && is_set("IMDS_ENDPOINT")) || agent_here)
        return make_arc_source(options, variables, places);
    return make_imds_source(options, variables);
}

} // namespace identity

managed_identity_credential::managed_identity_credential(managed_identity_options options, credential_context context)
    : context_(identity::with_defaults(std::move(context))) {
    if (identity::selectors_in(options) <= 1) source_ = identity::find_managed_identity_source(options, context_.variables);
}

managed_identity_credential::~managed_identity_credential() = default;

result<access_token> managed_identity_credential::get_token(const token_request& request) {
    const identity::inquiry inquiry(name(), request, context_);
    if (auto problem = identity::problem_of_scope(inquiry)) return *std::move(problem);
    if (source_ == nullptr)
        return inquiry.failed("an identity is named more than once: use one of client id, object id and resource id");
    return source_->ask(inquiry);
}

} // namespace entrada
