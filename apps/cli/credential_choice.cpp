#include "cli/credential_choice.hpp"

#include "base/text.hpp"
#include "entrada/azure_cli_credential.hpp"
#include "entrada/azure_developer_cli_credential.hpp"
#include "entrada/azure_pipelines_credential.hpp"
#include "entrada/azure_powershell_credential.hpp"
#include "entrada/client_certificate_credential.hpp"
#include "entrada/client_secret_credential.hpp"

#include <algorithm>
#include <array>

namespace entrada::cli {
namespace {

using credential = std::shared_ptr<token_credential>;

credential_context context_of(const settings& from) {
    credential_context context;
    if (from.variables) context.variables = *from.variables;
    context.log = from.log;
    return context;
}

credential make_secret(const settings& from) {
    credential_context context = context_of(from);
    const auto text = [&](std::string_view name) { return std::string(variable(context.variables, name)); };
    client_secret_options options;
    options.tenant_id = text("AZURE_TENANT_ID");
    options.client_id = text("AZURE_CLIENT_ID");
    options.client_secret = secret_string(variable(context.variables, "AZURE_CLIENT_SECRET"));
    return std::make_shared<client_secret_credential>(std::move(options), std::move(context));
}

credential make_certificate(const settings& from) {
    credential_context context = context_of(from);
    const auto text = [&](std::string_view name) { return std::string(variable(context.variables, name)); };
    client_certificate_options options;
    options.tenant_id = text("AZURE_TENANT_ID");
    options.client_id = text("AZURE_CLIENT_ID");
    options.certificate_path = text("AZURE_CLIENT_CERTIFICATE_PATH");
    options.password = secret_string(variable(context.variables, "AZURE_CLIENT_CERTIFICATE_PASSWORD"));
    const std::string chain = text("AZURE_CLIENT_SEND_CERTIFICATE_CHAIN");
    options.send_certificate_chain = chain == "1" || base::equal_ignoring_case(chain, "true");
    return std::make_shared<client_certificate_credential>(std::move(options), std::move(context));
}

/// Those that take all they need from the environment.
template <class Credential, class Options>
credential make_from_environment(const settings& from) {
    return std::make_shared<Credential>(Options{}, context_of(from));
}

struct named_credential {
    std::string_view name;
    credential (*make)(const settings&); ///< null: a member of the default chain, which AZURE_TOKEN_CREDENTIALS selects
};

constexpr std::array known{
    named_credential{"DefaultAzureCredential", nullptr},
    named_credential{"EnvironmentCredential", nullptr},
    named_credential{"WorkloadIdentityCredential", nullptr},
    named_credential{"ManagedIdentityCredential", nullptr},
    named_credential{"AzureCliCredential", make_from_environment<azure_cli_credential, azure_cli_options>},
    named_credential{"AzureDeveloperCliCredential",
                     make_from_environment<azure_developer_cli_credential, azure_developer_cli_options>},
    named_credential{"AzurePowerShellCredential", make_from_environment<azure_powershell_credential, azure_powershell_options>},
    named_credential{"ClientSecretCredential", make_secret},
    named_credential{"ClientCertificateCredential", make_certificate},
    named_credential{"AzurePipelinesCredential", make_from_environment<azure_pipelines_credential, azure_pipelines_options>},
};

} // namespace

std::vector<std::string_view> credential_names() {
    std::vector<std::string_view> names;
    for (const auto& one : known) names.push_back(one.name);
    return names;
}

std::string_view find_credential_name(std::string_view text) {
    const auto found = std::ranges::find_if(known, [text](const auto& one) { return base::equal_ignoring_case(one.name, text); });
    return found == known.end() ? std::string_view() : found->name;
}

credential make_credential(std::string_view name, settings from) {
    const auto found = std::ranges::find(known, name, &named_credential::name);
    if (found->make != nullptr) return found->make(from);
    if (!from.variables) from.variables = process_environment();
    if (found == known.begin())
        from.variables->erase("AZURE_TOKEN_CREDENTIALS");
    else
        (*from.variables)["AZURE_TOKEN_CREDENTIALS"] = name;
    return from.make_credential();
}

} // namespace entrada::cli
