// Base64 as JSON Web Tokens use it.
// Room: emulator.
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace entrada::emulator {

/// RFC 4648 section 5, without padding.
[[nodiscard]] std::string to_base64url(std::string_view bytes);
/// Nothing for anything that `to_base64url` could not have made.
[[nodiscard]] std::optional<std::string> from_base64url(std::string_view text);

} // namespace entrada::emulator
