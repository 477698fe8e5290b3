// Managed identities of Service Fabric: an https endpoint whose certificate the platform names by its thumbprint.
// Room: identity.
#include "identity/form.hpp"
#include "identity/local_endpoint.hpp"
#include "identity/managed_identity_source.hpp"

namespace entrada::identity {
namespace {

/// As certificate tools show it: digits in pairs, with colons or blanks between them, or without.
std::string plain_digits(std::string_view thumbprint) {
    std::string digits;
    for (const char c : thumbprint)
        if (c != ':' && c != ' ') digits += c;
    return digits;
}

class service_fabric_source final : public managed_identity_source {
public:
    service_fabric_source(managed_identity_options options, const environment& variables)
        : options_(std::move(options)), thumbprint_(plain_digits(variable(variables, "IDENTITY_SERVER_THUMBPRINT"))),
          endpoint_({.place = "Service Fabric's identity endpoint",
                     .url = "IDENTITY_ENDPOINT",
                     .secret = "IDENTITY_HEADER",
                     .https_only = true},
                    variables) {}

    result<access_token> ask(const inquiry& inquiry) override {
        if (names_an_identity(options_))
            return inquiry.failed("in Service Fabric the application's manifest chooses the identity; name none, nor in "
                                  "AZURE_CLIENT_ID");
        if (thumbprint_.size() != 40 || thumbprint_.find_first_not_of("0123456789abcdefABCDEF") != std::string::npos)
            return inquiry.failed("IDENTITY_SERVER_THUMBPRINT is not a thumbprint of 40 hex digits");
        const auto response = endpoint_.send(inquiry, request_for(inquiry), service_fabric_retries());
        if (!response.has_value()) return response.error();
        if (response->status == 200) return inquiry.token_from(*response);
        return endpoint_.refusal(inquiry, *response,
                                 response->status == 404 ? "give the application a managed identity in its manifest"
                                                         : std::string_view{});
    }

private:
    net::http_request request_for(const inquiry& inquiry) const {
        net::http_request request;
        request.url =
            with_parameter(with_parameter(endpoint_.url(), "api-version", "2019-07-01-preview"), "resource", inquiry.resource());
        request.headers = {{"Accept", "application/json"}, secret_header("Secret", "", endpoint_.secret())};
        request.pinned_sha1 = thumbprint_;
        return request;
    }

    managed_identity_options options_;
    std::string thumbprint_;
    local_endpoint endpoint_;
};

} // namespace

std::unique_ptr<managed_identity_source> make_service_fabric_source(const managed_identity_options& options,
                                                                    const environment& variables) {
    return std::make_unique<service_fabric_source>(options, variables);
}

} // namespace entrada::identity
