// Managed identities of App Service, Functions and Container Apps.
// Room: identity.
#include "identity/form.hpp"
#include "identity/local_endpoint.hpp"
#include "identity/managed_identity_source.hpp"

namespace entrada::identity {
namespace {

class app_service_source final : public managed_identity_source {
public:
    app_service_source(managed_identity_options options, const environment& variables)
        : options_(std::move(options)),
          endpoint_({.place = "the identity endpoint of the app", .url = "IDENTITY_ENDPOINT", .secret = "IDENTITY_HEADER"},
                    variables) {}

    result<access_token> ask(const inquiry& inquiry) override {
        const auto response = endpoint_.send(inquiry, request_for(inquiry), local_retries());
        if (!response.has_value()) return response.error();
        if (response->status == 200) return inquiry.token_from(*response);
        return endpoint_.refusal(inquiry, *response, response->status == 400 ? hint() : std::string_view{});
    }

private:
    net::http_request request_for(const inquiry& inquiry) const {
        net::http_request request;
        request.url =
            with_parameter(with_parameter(endpoint_.url(), "api-version", "2019-08-01"), "resource", inquiry.resource());
        request.url = with_selector(request.url, options_,
                                    {.client_id = "client_id", .object_id = "object_id", .resource_id = "mi_res_id"});
        request.headers = {{"Accept", "application/json"}, secret_header("X-IDENTITY-HEADER", "", endpoint_.secret())};
        return request;
    }

    std::string_view hint() const {
        return names_an_identity(options_) ? "check that the identity you named is assigned to this app"
                                           : "enable the system-assigned identity of this app, or set AZURE_CLIENT_ID to the "
                                             "client id of a user-assigned one";
    }

    managed_identity_options options_;
    local_endpoint endpoint_;
};

} // namespace

std::unique_ptr<managed_identity_source> make_app_service_source(const managed_identity_options& options,
                                                                 const environment& variables) {
    return std::make_unique<app_service_source>(options, variables);
}

} // namespace entrada::identity
