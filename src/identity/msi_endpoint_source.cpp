// Managed identities of Azure Machine Learning, and of App Service before 2019: one protocol, two habits.
// Room: identity.
#include "identity/form.hpp"
#include "identity/local_endpoint.hpp"
#include "identity/managed_identity_source.hpp"

namespace entrada::identity {
namespace {

class msi_endpoint_source final : public managed_identity_source {
public:
    /// With `default_client_id`, the identity that is meant when none is named: Azure Machine Learning may give a token of the
    /// *user* otherwise.
    msi_endpoint_source(managed_identity_options options, const environment& variables, std::string_view default_client_id)
        : options_(std::move(options)), default_client_id_(default_client_id),
          endpoint_({.place = "the identity endpoint", .url = "MSI_ENDPOINT", .secret = "MSI_SECRET"}, variables) {}

    result<access_token> ask(const inquiry& inquiry) override {
        if (!options_.object_id.empty() || !options_.resource_id.empty())
            return inquiry.failed("this place knows identities by their client id only; name the client id instead");
        const auto response = endpoint_.send(inquiry, request_for(inquiry), local_retries());
        if (!response.has_value()) return response.error();
        if (response->status == 200) return inquiry.token_from(*response);
        return endpoint_.refusal(inquiry, *response,
                                 response->status == 400 ? "check that the identity is assigned to this workspace or app"
                                                         : std::string_view{});
    }

private:
    net::http_request request_for(const inquiry& inquiry) const {
        net::http_request request;
        request.url =
            with_parameter(with_parameter(endpoint_.url(), "api-version", "2017-09-01"), "resource", inquiry.resource());
        const auto& client_id = options_.client_id.empty() ? default_client_id_ : options_.client_id;
        if (!client_id.empty()) request.url = with_parameter(request.url, "clientid", client_id);
        request.headers = {{"Accept", "application/json"}, secret_header("secret", "", endpoint_.secret())};
        return request;
    }

    managed_identity_options options_;
    std::string default_client_id_;
    local_endpoint endpoint_;
};

} // namespace

std::unique_ptr<managed_identity_source> make_app_service_2017_source(const managed_identity_options& options,
                                                                      const environment& variables) {
    return std::make_unique<msi_endpoint_source>(options, variables, std::string_view{});
}

std::unique_ptr<managed_identity_source> make_machine_learning_source(const managed_identity_options& options,
                                                                      const environment& variables) {
    return std::make_unique<msi_endpoint_source>(options, variables, variable(variables, "DEFAULT_IDENTITY_CLIENT_ID"));
}

} // namespace entrada::identity
