// What token endpoints answer: a token, or an error in one of their dialects.
// Room: identity.
#pragma once

#include "entrada/access_token.hpp"

#include <chrono>
#include <optional>
#include <string>
#include <string_view>
#include <variant>

namespace entrada::identity {

/// The token of a success body, or why there is none, in words that hold nothing of the body.
/// Its end is `expires_in` from `received` if given, for that needs no clock to be right; else `expires_on`; else what the token
/// says.
[[nodiscard]] std::variant<access_token, std::string> read_token_answer(std::string_view body,
                                                                        std::chrono::system_clock::time_point received);

/// An error body of Entra, IMDS, App Service, Service Fabric or Cloud Shell.
struct error_answer {
    bool is_json = false;
    std::string error;          ///< such as "invalid_client"
    std::string description;    ///< its first sentence, without the trace that follows
    std::string aadsts;         ///< such as "AADSTS7000215", if the service is Entra
    std::string correlation_id; ///< finds the request in the service's logs

    /// "invalid_client: AADSTS7000215: ..." or what of it there is; escaped and cut.
    [[nodiscard]] std::string to_string() const;
};

[[nodiscard]] error_answer read_error_answer(std::string_view body);

/// What a person can do about an AADSTS code; empty for codes that say it themselves.
/// Source: https://learn.microsoft.com/entra/identity-platform/reference-error-codes
[[nodiscard]] std::string_view hint_for_aadsts(std::string_view code) noexcept;

} // namespace entrada::identity
