// The token in what a developer's tool printed.
// Room: identity.
#pragma once

#include "identity/developer_tool.hpp"

#include <string_view>

namespace entrada::identity {

/// Under which names a tool writes them.
struct tool_token_names {
    std::string_view token;
    std::string_view ends;         ///< with a zone, or seconds since 1970
    std::string_view ends_local{}; ///< the same in the zone of this machine, for tools that do not write the other one
};

/// Trouble that quotes nothing of the output: if it was cut, it may hold most of a token.
[[nodiscard]] result<access_token> read_tool_token(const inquiry& inquiry, const developer_tool& tool, const tool_call& call,
                                                   std::string_view out, const tool_token_names& names);

/// The moment that a time without a zone is meant to be on this machine; in the hour that a clock goes through twice, the earlier
/// one.
[[nodiscard]] std::optional<std::chrono::system_clock::time_point> parse_local_time(std::string_view text);

} // namespace entrada::identity
