// The one thing that is asked of a URL here: where it leads.
// Room: identity.
#pragma once

#include <string_view>

namespace entrada::identity {

/// The host of an absolute http or https URL, without port and brackets; empty if it is none.
[[nodiscard]] std::string_view host_of_url(std::string_view url);

} // namespace entrada::identity
