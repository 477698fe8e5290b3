#include "entrada/default_azure_credential.hpp"

#include "base/text.hpp"
#include "entrada/chained_credential.hpp"
#include "entrada/environment_credential.hpp"
#include "entrada/managed_identity_credential.hpp"
#include "entrada/workload_identity_credential.hpp"
#include "identity/inquiry.hpp"

#include <algorithm>
#include <array>

namespace entrada {
namespace {

using options = default_azure_credential_options;
using credential = std::shared_ptr<token_credential>;

constexpr std::string_view selecting_variable = "AZURE_TOKEN_CREDENTIALS";
constexpr std::string_view nothing_found_hint = "run where Azure gives an identity, or set AZURE_TENANT_ID, AZURE_CLIENT_ID and "
                                                "AZURE_CLIENT_SECRET; at a desk without Azure, "
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
    return std::make_shared<environment_credential>(
        environment_credential_options{.tenant_id = from.tenant_id, .authority_host = from.authority_host}, context);
}

credential make_workload_identity(const options& from, const credential_context& context, bool) {
    return std::make_shared<workload_identity_credential>(workload_identity_options{.tenant_id = from.tenant_id,
                                                                                    .client_id = from.workload_identity_client_id,
                                                                                    .token_file = {},
                                                                                    .authority_host = from.authority_host},
                                                          context);
}

credential make_managed_identity(const options& from, const credential_context& context, bool in_chain) {
    managed_identity_options chosen{.client_id = from.managed_identity_client_id,
                                    .object_id = {},
                                    .resource_id = from.managed_identity_resource_id,
                                    .probe = in_chain};
    if (chosen.client_id.empty() && chosen.resource_id.empty()) chosen.client_id = variable(context.variables, "AZURE_CLIENT_ID");
    return std::make_shared<managed_identity_credential>(chosen, context);
}

/// Every name that the SDKs know. A new credential gets its maker here.
struct entry {
    std::string_view name;
    credential (*make)(const options&, const credential_context&, bool in_chain);
    std::string_view absent_because;
};

constexpr std::string_view not_built = "it is not part of this version of Entrada";
constexpr std::string_view not_here = "it is not supported on this platform";

constexpr std::array catalogue{
    entry{"EnvironmentCredential", make_environment, {}},
    entry{"WorkloadIdentityCredential", make_workload_identity, {}},
    entry{"ManagedIdentityCredential", make_managed_identity, {}},
    entry{"AzureCliCredential", nullptr, not_built},
    entry{"AzureDeveloperCliCredential", nullptr, not_built},
    entry{"AzurePowerShellCredential", nullptr, not_built},
    entry{"VisualStudioCredential", nullptr, not_here},
    entry{"VisualStudioCodeCredential", nullptr, not_here},
    entry{"InteractiveBrowserCredential", nullptr, not_here},
    entry{"BrokerCredential", nullptr, not_here},
};

credential refuse(std::string_view name, refusing_credential::kind what, std::string reason, const credential_context& context) {
    return std::make_shared<refusing_credential>(name, what, std::move(reason), context);
}

credential make_chain(const options& from, const credential_context& context) {
    std::vector<credential> links;
    for (const auto& known : catalogue)
        if (known.make != nullptr) links.push_back(known.make(from, context, true));
    return std::make_shared<chained_credential>(
        std::move(links), chained_credential_options{
                              .name = "DefaultAzureCredential", .hint = std::string(nothing_found_hint), .log = context.log});
}

std::string remedy() {
    std::string text = "; use prod";
    for (const auto& known : catalogue)
        if (known.make != nullptr) text.append(", ").append(known.name);
    return text + ", or leave " + std::string(selecting_variable) + " unset";
}

credential choose(const options& from, const credential_context& context) {
    using kind = refusing_credential::kind;
    if (!from.managed_identity_client_id.empty() && !from.managed_identity_resource_id.empty())
        return refuse("DefaultAzureCredential", kind::failed,
                      "the managed identity is named twice: use one of client id and resource id", context);
    const auto selected = base::trim(variable(context.variables, selecting_variable));
    if (selected.empty() || base::equal_ignoring_case(selected, "prod")) return make_chain(from, context);
    if (base::equal_ignoring_case(selected, "dev"))
        return refuse("DefaultAzureCredential", kind::unavailable,
                      std::string(selecting_variable)
                          + "=dev asks for developer tools, which are not part of this version of Entrada" + remedy(),
                      context);
    const auto known =
        std::ranges::find_if(catalogue, [&](const entry& one) { return base::equal_ignoring_case(one.name, selected); });
    if (known == catalogue.end())
        return refuse("DefaultAzureCredential", kind::failed,
                      std::string(selecting_variable) + " has the unknown value \"" + escape_untrusted(selected, 60) + '"'
                          + remedy(),
                      context);
    if (known->make == nullptr)
        return refuse(known->name, kind::unavailable,
                      std::string(selecting_variable) + " names it, but " + std::string(known->absent_because) + remedy(),
                      context);
    return known->make(from, context, false);
}

} // namespace

default_azure_credential::default_azure_credential(default_azure_credential_options options, credential_context context)
    : chosen_(choose(options, identity::with_defaults(std::move(context)))) {}

result<access_token> default_azure_credential::get_token(const token_request& request) { return chosen_->get_token(request); }

} // namespace entrada
