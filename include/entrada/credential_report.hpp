// What each credential said when no token could be had.
// Room: identity.
#pragma once

#include "entrada/failure.hpp"

#include <chrono>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace entrada {

/// One credential's part in a request for a token. Holds no secret; texts of services are escaped and cut.
struct credential_attempt {
    enum class outcome {
        unavailable, ///< it cannot exist here; a chain goes on
        failed,      ///< it exists, and was refused or could not be asked; a chain stops
        skipped,     ///< it was not asked, because one before it failed
    };

    std::string credential; ///< such as "ManagedIdentityCredential"
    outcome what = outcome::failed;
    std::string reason;
    int http_status = 0;                                  ///< 0: there was no answer
    std::string aadsts;                                   ///< such as "AADSTS7000215"; empty if the service gave none
    std::string correlation_id;                           ///< finds the request in the logs of Microsoft Entra
    std::string hint;                                     ///< what a person can do about it; may be empty
    std::optional<std::chrono::milliseconds> retry_after; ///< the service wants to be left alone for so long
    std::chrono::milliseconds elapsed{};
};

/// The facts of a failure to get a token: one attempt for a credential of its own, all of them for a chain.
class credential_report final : public failure_facts {
public:
    explicit credential_report(std::vector<credential_attempt> attempts) : attempts_(std::move(attempts)) {}
    [[nodiscard]] const std::vector<credential_attempt>& attempts() const noexcept { return attempts_; }

private:
    std::vector<credential_attempt> attempts_;
};

/// The report a failure of a credential carries; null if it carries none. Lives as long as the failure.
[[nodiscard]] const credential_report* credential_report_of(const failure& cause) noexcept;

/// "unavailable", "failed" or "skipped".
[[nodiscard]] std::string_view to_string(credential_attempt::outcome what) noexcept;

} // namespace entrada
