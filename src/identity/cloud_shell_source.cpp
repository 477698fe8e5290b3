// The identity of Azure Cloud Shell: that of the user who sits before it.
// Room: identity.
#include "identity/form.hpp"
#include "identity/local_endpoint.hpp"
#include "identity/managed_identity_source.hpp"

namespace entrada::identity {
namespace {

class cloud_shell_source final : public managed_identity_source {
public:
    cloud_shell_source(managed_identity_options options, const environment& variables)
        : options_(std::move(options)), endpoint_({.place = "Cloud Shell", .url = "MSI_ENDPOINT"}, variables) {}

    result<access_token> ask(const inquiry& inquiry) override {
        if (names_an_identity(options_))
            return inquiry.failed("Cloud Shell has the identity of its user only; name no other, nor in AZURE_CLIENT_ID");
        const auto response = endpoint_.send(inquiry, request_for(inquiry), local_retries());
        if (!response.has_value()) return response.error();
        return response->status == 200 ? inquiry.token_from(*response) : refusal(inquiry, *response);
    }

private:
    net::http_request request_for(const inquiry& inquiry) const {
        net::http_request request;
        request.method = "POST";
        request.url = endpoint_.url();
        request.headers = {
            {"Accept", "application/json"}, {"Content-Type", "application/x-www-form-urlencoded"}, {"Metadata", "true"}};
        request.body = form().add("resource", inquiry.resource()).body();
        return request;
    }

    /// Cloud Shell serves a list of audiences. For others its user has the Azure CLI, further down the chain.
    failure refusal(const inquiry& inquiry, const net::http_response& response) const {
        auto read = endpoint_.read_refusal(inquiry, response);
        if (read.answer.error != "AudienceNotSupported") return endpoint_.refusal(inquiry, response, {});
        read.facts.hint =
            "Cloud Shell has no tokens for this resource: use the Azure CLI, AZURE_TOKEN_CREDENTIALS=AzureCliCredential";
        return inquiry.unavailable(std::move(read.text), std::move(read.facts));
    }

    managed_identity_options options_;
    local_endpoint endpoint_;
};

} // namespace

std::unique_ptr<managed_identity_source> make_cloud_shell_source(const managed_identity_options& options,
                                                                 const environment& variables) {
    return std::make_unique<cloud_shell_source>(options, variables);
}

} // namespace entrada::identity
