// Base64 as JSON Web Tokens write it, and as everybody else does.
// Room: identity.
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace entrada::identity {

/// Decodes base64url, with or without padding. Nothing for any other character and for lengths that cannot be.
[[nodiscard]] std::optional<std::string> decode_base64url(std::string_view text);

/// Without padding.
[[nodiscard]] std::string encode_base64url(std::string_view bytes);
/// With `+`, `/` and padding.
[[nodiscard]] std::string encode_base64(std::string_view bytes);

} // namespace entrada::identity
