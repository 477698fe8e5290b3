// One place settings come from, flattened to "Section:Key" as .NET does.
// Room: config.
#pragma once

#include "base/text.hpp"
#include "entrada/environment.hpp"
#include "entrada/result.hpp"

#include <filesystem>
#include <map>
#include <string>
#include <string_view>

namespace entrada::config {

struct entry {
    std::string value;
    std::string origin; ///< "appsettings.json: Redis:Port" or "environment variable Redis__Port"
};

/// Entries of the sections `Redis` and `ConnectionStrings`, by full path.
using layer = std::map<std::string, entry, base::less_ignoring_case>;

/// Reads JSON text with comments and trailing commas; `name` stands for it in errors.
/// Errors: `errc::setting_invalid` with line and column, or for a key that stands twice.
[[nodiscard]] result<layer> layer_from_json(std::string_view text, const std::string& name);

/// An empty layer if the file does not exist.
/// Errors: as above, and `errc::file_unreadable`.
[[nodiscard]] result<layer> layer_from_file(const std::filesystem::path& file);

/// `Redis__HostName` for `Redis:HostName`; the prefixes of Azure App Service for connection strings.
[[nodiscard]] layer layer_from_environment(const environment& variables);

} // namespace entrada::config
