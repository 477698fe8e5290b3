// Errors in the words of Microsoft Entra ID.
// Room: emulator.
#pragma once

#include "emulator/http_message.hpp"
#include "emulator/token_authority.hpp"

#include <string>
#include <string_view>

namespace entrada::emulator {

struct entra_error {
    unsigned status = 400;
    std::string_view error; ///< the OAuth code, such as "invalid_client"
    unsigned number = 0;    ///< of AADSTS
    std::string text;       ///< what people read; ours, not Microsoft's
};

/// The usual status and code of a number of AADSTS; 400 and "invalid_request" for one that is not in our table.
[[nodiscard]] entra_error known_entra_error(unsigned number);

/// The answer with all fields that the real one has. The correlation id is the caller's, if it sent one.
[[nodiscard]] http_response to_response(const entra_error& cause, const http_request& request, wall_time now);

/// "2026-11-23 01:46:31Z"
[[nodiscard]] std::string format_timestamp(wall_time time);

/// The caller's `client-request-id`, from header or query, or a new one.
[[nodiscard]] std::string correlation_id(const http_request& request);

} // namespace entrada::emulator
