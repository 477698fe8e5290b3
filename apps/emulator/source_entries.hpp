// The sources of tokens, one file each, and what several of them share.
// Room: emulator.
#pragma once

#include "emulator/token_sources.hpp"

namespace entrada::emulator {

namespace json = boost::json;

http_response answer_imds(source_call& call);
http_response answer_app_service(source_call& call);
http_response answer_app_service_2017(source_call& call);
http_response answer_azure_ml(source_call& call);
http_response answer_cloud_shell(source_call& call);
http_response answer_service_fabric(source_call& call);
http_response answer_azure_arc(source_call& call);
http_response answer_pipelines(source_call& call);

// Errors in the form of each.
http_response refuse_as_imds(const http_request& request, unsigned status, std::string_view message);
http_response refuse_as_app_service(const http_request& request, unsigned status, std::string_view message);
http_response refuse_as_cloud_shell(const http_request& request, unsigned status, std::string_view message);
http_response refuse_as_service_fabric(const http_request& request, unsigned status, std::string_view message);
http_response refuse_as_pipelines(const http_request& request, unsigned status, std::string_view message);

/// Metadata: true, GET, no forwarding, nothing twice, a version and a resource of Redis. Empty: all is well.
[[nodiscard]] std::optional<http_response> find_metadata_error(source_call& call);
/// A token in the form of the metadata service, for the identity that the request selects.
[[nodiscard]] http_response answer_as_metadata_service(source_call& call);

/// The managed identity that the selectors of the request name, or the system-assigned one; null if there is none.
[[nodiscard]] const identity* select_identity(const token_authority& authority, const http_request& request);
[[nodiscard]] const identity& find_identity(const token_authority& authority, identity_kind kind);

/// AADSTS500011, as the authority says it.
[[nodiscard]] std::string unknown_resource_text(std::string_view resource);

} // namespace entrada::emulator
