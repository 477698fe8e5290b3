// To whom a token may be sent. The same token opens every cache of its identity.
// Room: entra.
#pragma once

#include "entrada/credentials_provider.hpp"

#include <optional>
#include <string>
#include <vector>

namespace entrada::entra {

/// Nothing if a token may go to `server`: over verified TLS, to a name of Azure's or one of `allowed_hosts`.
/// Errors: `errc::token_host_refused`, with what to do.
[[nodiscard]] std::optional<failure> refuse_host(const peer& server, const std::vector<std::string>& allowed_hosts);

} // namespace entrada::entra
