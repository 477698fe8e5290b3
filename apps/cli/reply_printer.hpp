// Replies of Redis as text for people, as lines for programs, and as JSON.
// Room: cli.
#pragma once

#include "entrada/reply.hpp"

#include <boost/json/fwd.hpp>

#include <string>

namespace entrada::cli {

/// As redis-cli shows it on a terminal: `1) "a"`, `(integer) 5`, `(nil)`. Control bytes are escaped. Ends with a line end.
[[nodiscard]] std::string text_of(reply_view value);

/// As redis-cli writes into a pipe: one value per line, as it is.
[[nodiscard]] std::string lines_of(reply_view value);

/// Text as JSON text (or `{"base64": ...}`), maps as objects where all keys are text, else as arrays of pairs, errors inside
/// of arrays as `{"error": ...}`.
[[nodiscard]] boost::json::value json_of(reply_view value);

} // namespace entrada::cli
