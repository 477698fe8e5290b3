// Files that hold one secret.
// Room: identity.
#pragma once

#include "entrada/secret_string.hpp"

#include <cstddef>
#include <string>
#include <variant>

namespace entrada::identity {

/// The content without the blanks around it, or why there is none. Follows symbolic links: Kubernetes replaces them to rotate a
/// token. Regular files of at most `bytes_max` only, so that reading ends.
[[nodiscard]] std::variant<secret_string, std::string> read_small_file(const std::string& path, std::size_t bytes_max);

} // namespace entrada::identity
