// Small questions about ASCII text: configuration, host names and headers compare without regard to case.
// Room: base.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace entrada::base {

[[nodiscard]] constexpr char to_lower(char c) noexcept { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; }
[[nodiscard]] std::string to_lower(std::string_view text);
[[nodiscard]] bool equal_ignoring_case(std::string_view left, std::string_view right) noexcept;
[[nodiscard]] bool starts_with_ignoring_case(std::string_view text, std::string_view prefix) noexcept;
[[nodiscard]] bool ends_with_ignoring_case(std::string_view text, std::string_view suffix) noexcept;

/// Without the blanks, tabs and line ends around it.
[[nodiscard]] std::string_view trim(std::string_view text) noexcept;

/// The parts between separators, trimmed, empty ones left out.
[[nodiscard]] std::vector<std::string_view> split(std::string_view text, char separator);

/// For maps whose keys are compared without regard to case.
struct less_ignoring_case {
    using is_transparent = void;
    [[nodiscard]] bool operator()(std::string_view left, std::string_view right) const noexcept;
};

} // namespace entrada::base
