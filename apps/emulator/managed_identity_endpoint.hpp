// The token endpoints that a machine of Azure offers to the programs on it.
// Room: emulator.
#pragma once

#include "emulator/http_message.hpp"
#include "emulator/token_authority.hpp"

#include <string_view>

namespace entrada::emulator {

/// Answers as Azure's virtual machines do (IMDS) and as App Service and Container Apps do. Every answer carries a new token.
///
/// `authority` must live longer. Thread safety: as a const object.
class managed_identity_endpoint {
public:
    static constexpr std::string_view imds_path = "/metadata/identity/oauth2/token";
    static constexpr std::string_view app_service_path = "/msi/token";

    /// `secret` is what IDENTITY_HEADER holds.
    managed_identity_endpoint(const token_authority& authority, secret_string secret);

    [[nodiscard]] http_response answer_imds(const http_request& request) const;
    [[nodiscard]] http_response answer_app_service(const http_request& request) const;
    /// The error of either form for a service that is out of order.
    [[nodiscard]] http_response out_of_order(const http_request& request) const;

private:
    /// The managed identity that the selectors of the request name; null if there is none.
    [[nodiscard]] const identity* select(const http_request& request) const;

    const token_authority& authority_;
    secret_string secret_;
};

} // namespace entrada::emulator
