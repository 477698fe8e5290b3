// Microsoft Entra of the clouds that exist.
// Room: identity.
#pragma once

#include <string_view>

namespace entrada::authority_hosts {

/// For `authority_host` of a credential's options and for AZURE_AUTHORITY_HOST. Any other https host is taken as it is: no
/// discovery service is asked whether Microsoft knows it, so private clouds need no switch for that. Source:
/// https://learn.microsoft.com/entra/identity-platform/authentication-national-cloud
inline constexpr std::string_view azure_public = "https://login.microsoftonline.com";
inline constexpr std::string_view azure_government = "https://login.microsoftonline.us";
inline constexpr std::string_view azure_china = "https://login.chinacloudapi.cn";

} // namespace entrada::authority_hosts
