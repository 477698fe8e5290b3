// Files that hold one secret.
// Room: identity.
#pragma once

#include "entrada/secret_string.hpp"

#include <cstddef>
#include <string>
#include <variant>

namespace entrada::identity {

struct small_file_rules {
    std::size_t bytes_max = 0;
    /// Without the blanks around it.
    bool trimmed = true;
    /// Kubernetes replaces links to rotate a token; where a path comes from somebody else, a link leads astray.
    bool follow_links = true;
};

struct file_problem {
    std::string reason;
    bool forbidden = false; ///< it exists, and this process may not read it
};

/// The content, or why there is none. Regular files of at most `bytes_max` only, so that reading ends; empty ones are refused.
[[nodiscard]] std::variant<secret_string, file_problem> read_small_file(const std::string& path, const small_file_rules& rules);

/// Tells whether a file was replaced or written since; equal for two files that do not exist.
struct file_stamp {
    long long seconds = 0;
    long long nanoseconds = 0;
    long long size = -1;
    unsigned long long number = 0;
    friend bool operator==(const file_stamp&, const file_stamp&) = default;
};
[[nodiscard]] file_stamp stamp_of(const std::string& path);

} // namespace entrada::identity
