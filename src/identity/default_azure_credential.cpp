#include "entrada/default_azure_credential.hpp"

#include "base/text.hpp"
#include "entrada/azure_cli_credential.hpp"
#include "entrada/azure_developer_cli_credential.hpp"
#include "entrada/azure_powershell_credential.hpp"
#include "entrada/chained_credential.hpp"
#include "entrada/environment_credential.hpp"
#include "entrada/managed_identity_credential.hpp"
#include "entrada/workload_identity_credential.hpp"
#include "identity/inquiry.hpp"
#include "identity/tenant.hpp"

#include <algorithm>
#include <array>

namespace entrada {
namespace {

using options = default_azure_credential_options;
using credential = std::shared_ptr<token_credential>;

constexpr std::string_view selecting_variable = "AZURE_TOKEN_CREDENTIALS";
constexpr std::string_view nothing_found_hint =
    "run where Azure gives an identity, sign in with `az login`, or set AZURE_TENANT_ID, "
    "AZURE_CLIENT_ID and AZURE_CLIENT_SECRET; at a desk without Azure, "
    "run the program under `entrada emulator -- COMMAND`";

/// Says the same to every call.
class refusing_credential final : public token_credential {
public:
    enum class kind { unavailable, failed };
    refusing_credential(std::string_view name, kind what, std::string reason, credential_context context)
        : name_(name), what_(what), reason_(std::move(reason)), context_(std::move(context)) {}

    result<access_token> get_token(const token_request& request) override {
        const identity::inquiry inquiry(name_, request, context_);
        return what_ == kind::failed ? inquiry.failed(reason_) : inquiry.unavailable(reason_);
    }
    std::string_view name() const noexcept override { return name_; }

private:
    std::string name_;
    kind what_;
    std::string reason_;
    credential_context context_;
};

credential make_environment(const options& from, const credential_context& context, bool) {
    environment_credential_options chosen{.tenant_id = from.tenant_id, .authority_host = from.authority_host};
    chosen.additionally_allowed_tenants = from.additionally_allowed_tenants;
    return std::make_shared<environment_credential>(std::move(chosen), context);
}

credential make_workload_identity(const options& from, const credential_context& context, bool) {
    workload_identity_options chosen{.tenant_id = from.tenant_id,
                                     .client_id = from.workload_identity_client_id,
                                     .token_file = {},
                                     .authority_host = from.authority_host};
    chosen.additionally_allowed_tenants = from.additionally_allowed_tenants;
    return std::make_shared<workload_identity_credential>(std::move(chosen), context);
}

template <class Credential, class Options>
credential make_tool(const options& from, const credential_context& context, bool in_chain) {
    Options chosen;
    chosen.tenant_id = from.tenant_id.empty() ? std::string(variable(context.variables, "AZURE_TENANT_ID")) : from.tenant_id;
    chosen.process_timeout = from.process_timeout;
    chosen.additionally_allowed_tenants = from.additionally_allowed_tenants;
    chosen.failures_are_unavailable = in_chain;
    return std::make_shared<Credential>(std::move(chosen), context);
}

credential make_managed_identity(const options& from, const credential_context& context, bool in_chain) {
    managed_identity_options chosen{.client_id = from.managed_identity_client_id,
                                    .object_id = {},
                                    .resource_id = from.managed_identity_resource_id,
                                    .probe = in_chain};
    if (chosen.client_id.empty() && chosen.resource_id.empty()) chosen.client_id = variable(context.variables, "AZURE_CLIENT_ID");
    return std::make_shared<managed_identity_credential>(chosen, context);
}

enum class part { production, development, elsewhere };

/// Every name that the SDKs know, in the order in which they are asked. A new credential gets its maker here.
struct entry {
    std::string_view name;
    part belongs_to;
    credential (*make)(const options&, const credential_context&, bool in_chain) = nullptr;
    bool options::*excluded = nullptr;
};

constexpr std::array catalogue{
    entry{"EnvironmentCredential", part::production, make_environment, &options::exclude_environment},
    entry{"WorkloadIdentityCredential", part::production, make_workload_identity, &options::exclude_workload_identity},
    entry{"ManagedIdentityCredential", part::production, make_managed_identity, &options::exclude_managed_identity},
    entry{"AzureCliCredential", part::development, make_tool<azure_cli_credential, azure_cli_options>,
          &options::exclude_azure_cli},
    entry{"AzurePowerShellCredential", part::development, make_tool<azure_powershell_credential, azure_powershell_options>,
          &options::exclude_azure_powershell},
    entry{"AzureDeveloperCliCredential", part::development,
          make_tool<azure_developer_cli_credential, azure_developer_cli_options>, &options::exclude_azure_developer_cli},
    entry{"VisualStudioCredential", part::elsewhere},
    entry{"VisualStudioCodeCredential", part::elsewhere},
    entry{"InteractiveBrowserCredential", part::elsewhere},
    entry{"BrokerCredential", part::elsewhere},
};

credential refuse(std::string_view name, refusing_credential::kind what, std::string reason, const credential_context& context) {
    return std::make_shared<refusing_credential>(name, what, std::move(reason), context);
}

/// All that are not excluded, or those of one part.
credential make_chain(const options& from, const credential_context& context, std::optional<part> only) {
    std::vector<credential> links;
    for (const auto& known : catalogue) {
        const bool wanted = known.make != nullptr && (!only || known.belongs_to == *only);
        if (wanted && !(from.*known.excluded)) links.push_back(known.make(from, context, true));
    }
    if (links.empty())
        return refuse("DefaultAzureCredential", refusing_credential::kind::failed,
                      "every credential that AZURE_TOKEN_CREDENTIALS leaves is excluded by the options", context);
    return std::make_shared<chained_credential>(
        std::move(links), chained_credential_options{
                              .name = "DefaultAzureCredential", .hint = std::string(nothing_found_hint), .log = context.log});
}

std::string remedy() {
    std::string text = "; use prod, dev";
    for (const auto& known : catalogue)
        if (known.make != nullptr) text.append(", ").append(known.name);
    return text + ", or leave it unset";
}

/// AZURE_TOKEN_CREDENTIALS names one.
credential choose_single(std::string_view selected, const options& from, const credential_context& context) {
    using kind = refusing_credential::kind;
    const std::string variable_name(selecting_variable);
    const auto known =
        std::ranges::find_if(catalogue, [&](const entry& one) { return base::equal_ignoring_case(one.name, selected); });
    if (known == catalogue.end())
        return refuse("DefaultAzureCredential", kind::failed,
                      variable_name + " has the unknown value \"" + escape_untrusted(selected, 60) + '"' + remedy(), context);
    if (known->make == nullptr)
        return refuse(known->name, kind::unavailable,
                      variable_name + " names it, but it is not supported on this platform" + remedy(), context);
    if (from.*known->excluded)
        return refuse(known->name, kind::failed, variable_name + " names it, but the options exclude it", context);
    return known->make(from, context, false);
}

credential choose(options from, const credential_context& context) {
    using kind = refusing_credential::kind;
    if (!from.managed_identity_client_id.empty() && !from.managed_identity_resource_id.empty())
        return refuse("DefaultAzureCredential", kind::failed,
                      "the managed identity is named twice: use one of client id and resource id", context);
    if (from.additionally_allowed_tenants.empty())
        from.additionally_allowed_tenants = identity::allowed_tenants_of(context.variables);
    const auto selected = base::trim(variable(context.variables, selecting_variable));
    if (selected.empty() && from.selection_required)
        return refuse("DefaultAzureCredential", kind::failed,
                      std::string(selecting_variable) + " is not set, and the options require it" + remedy(), context);
    if (selected.empty()) return make_chain(from, context, std::nullopt);
    if (base::equal_ignoring_case(selected, "prod")) return make_chain(from, context, part::production);
    if (base::equal_ignoring_case(selected, "dev")) return make_chain(from, context, part::development);
    return choose_single(selected, from, context);
}

} // namespace

default_azure_credential::default_azure_credential(default_azure_credential_options options, credential_context context)
    : chosen_(choose(std::move(options), identity::with_defaults(std::move(context)))) {}

result<access_token> default_azure_credential::get_token(const token_request& request) { return chosen_->get_token(request); }

} // namespace entrada
