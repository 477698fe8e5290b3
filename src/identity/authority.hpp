// Which Microsoft Entra to ask, and for which tenant.
// Room: identity.
#pragma once

#include <string>
#include <string_view>
#include <variant>

namespace entrada::identity {

inline constexpr std::string_view public_authority = "https://login.microsoftonline.com";

/// Where tokens of a tenant are asked for.
struct token_endpoint {
    std::string url;
    bool local = false; ///< on this machine: never through a proxy
};

/// `authority` is `https://host[:port][/]` or a bare host; empty: the public cloud. Or what is wrong with one of them.
/// Secrets go there, hence https only.
[[nodiscard]] std::variant<token_endpoint, std::string> token_endpoint_of(std::string_view authority, std::string_view tenant);

} // namespace entrada::identity
