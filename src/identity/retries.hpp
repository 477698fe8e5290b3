// Asking an endpoint again when its answer says that this may help.
// Room: identity.
#pragma once

#include "identity/inquiry.hpp"

#include <functional>

namespace entrada::identity {

struct retry_policy {
    int retries_max = 0;
    /// The pause before the first retry after this answer; nothing: this answer is final.
    std::optional<std::chrono::milliseconds> (*first_pause)(int status) = nullptr;
    bool doubles = true; ///< each pause is twice the one before
    /// All pauses together.
    std::chrono::milliseconds total_max = std::chrono::seconds(80);
    /// The `error` of an answer that is not final either, whatever its status.
    std::string_view passing_error{};
    /// Whether a Retry-After is waited for; if not, it ends the retries and is left to the caller.
    bool obeys_retry_after = true;
};

/// IMDS: 404 (identity being updated), 410 (service being updated, back within 70 s), 429 and 5xx; 0.8 s doubling, 3 s for 410.
/// Source: https://learn.microsoft.com/entra/identity/managed-identities-azure-resources/how-to-use-vm-token#retry-guidance
[[nodiscard]] const retry_policy& imds_retries() noexcept;
/// Endpoints beside the program, App Service's and its like: three times, a second apart.
[[nodiscard]] const retry_policy& local_retries() noexcept;
/// Service Fabric: 429 and errors that pass, a second and doubling, five times. Its 404 is final: there is no such identity.
/// Source: https://learn.microsoft.com/azure/service-fabric/how-to-managed-identity-service-fabric-app-code
[[nodiscard]] const retry_policy& service_fabric_retries() noexcept;
/// Microsoft Entra: 408, 429, 5xx and what it calls temporarily_unavailable once, after a second, unless it says itself when.
[[nodiscard]] const retry_policy& entra_retries() noexcept;

/// Makes the request of one try; a failure ends the tries and is returned as it is.
using request_maker = std::function<result<net::http_request>()>;

/// The last answer. Ends early if the deadline leaves no time for the next pause; a request without an answer is not repeated.
[[nodiscard]] result<net::http_response> send_with_retries(const inquiry& inquiry, const net::http_request& request,
                                                           const retry_policy& policy);
[[nodiscard]] result<net::http_response> send_with_retries(const inquiry& inquiry, const request_maker& make,
                                                           const retry_policy& policy);

} // namespace entrada::identity
