// What an error reply of Redis means.
// Room: resp.
#pragma once

#include "entrada/failure.hpp"

#include <string_view>

namespace entrada::resp {

/// The first word of an error reply, such as "WRONGPASS" or "NOPROTO"; the word after it if that is "ERR", as Azure puts
/// one in front of some. A plain "ERR text" gives the first word of its text.
[[nodiscard]] std::string_view error_word(std::string_view error_text) noexcept;

/// The failure for an error reply: code by its first words; detail with the command, the server's words (escaped, cut, marked
/// as its own, without echoed arguments and tokens) and, where a person can do something, what.
/// `command_name`: only the name, such as "GET"; never arguments.
[[nodiscard]] failure to_failure(std::string_view error_text, std::string_view command_name);

} // namespace entrada::resp
