// Reads the form of dpkg's status file and of apt's package lists.
#pragma once

#include "package_cache/package_record.hpp"

#include <string_view>

namespace package_cache {

/// All packages of a file, in its order. A paragraph without name or version, such as one of a removed package, is left out.
/// Source: https://www.debian.org/doc/debian-policy/ch-controlfields.html
[[nodiscard]] std::vector<package_record> parse_packages(std::string_view text);

/// "libc6 (>= 2.36), default-mta | mail-transport-agent"
[[nodiscard]] std::vector<relation> parse_relations(std::string_view text);

} // namespace package_cache
