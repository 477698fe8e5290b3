// Guesses what a mistyped word was meant to be.
// Room: config.
#pragma once

#include <span>
#include <string>
#include <string_view>

namespace entrada::config {

/// The known word closest to `word` in any case, or an empty view if none is close.
[[nodiscard]] std::string_view nearest(std::string_view word, std::span<const std::string_view> known);

/// "; did you mean X?" or nothing.
[[nodiscard]] std::string suggestion(std::string_view word, std::span<const std::string_view> known);

} // namespace entrada::config
