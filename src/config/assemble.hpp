// Makes settings of what files, environment and configuration strings say.
// Room: config.
#pragma once

#include "config/connection_string.hpp"
#include "config/layer.hpp"
#include "entrada/settings.hpp"

#include <span>

namespace entrada::config {

/// Later layers win, key by key. Of a host name and a connection string the later one decides, in one layer the host name;
/// a connection string replaces all that earlier layers say about the server.
///
/// Errors: `errc::setting_unknown`, `errc::setting_invalid`. That there is no host is for the caller to find.
[[nodiscard]] result<settings> assemble(std::span<const layer> layers);

/// Takes over the first endpoint and the keys that have a meaning here; the others become warnings.
/// Errors: `errc::setting_missing` without an endpoint, `errc::setting_invalid` for one that cannot be used.
[[nodiscard]] result<void> apply_connection_string(settings& target, const connection_string& source);

/// The last word, after all other keys: without a password, TLS or a host that may get tokens a configuration string means
/// no login, as in StackExchange.Redis; warns where TLS is on here and would not be there.
void finish_connection_string(settings& target);

} // namespace entrada::config
