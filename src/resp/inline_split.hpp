// Splits a line that a person typed into arguments, by the quoting rules of Redis.
// Room: resp.
#pragma once

#include <cstddef>
#include <functional>
#include <string>
#include <string_view>

namespace entrada::resp {

/// Appends each argument, unquoted, to `out` and calls `each(start, size)` for it. False: the quotes do not match.
///
/// The rules are those of Redis to the byte, for the server behind reads the same line: "..." with \n \r \t \b \a and \xHH,
/// '...' with \' alone, quotes may start inside a word, and a closing quote must end it.
[[nodiscard]] bool split_inline(std::string_view line, std::string& out,
                                const std::function<void(std::size_t, std::size_t)>& each);

} // namespace entrada::resp
