// The variables a program was started with, as a value.
// Room: base.
#pragma once

#include <functional>
#include <map>
#include <string>
#include <string_view>

namespace entrada {

/// Variables as a program sees them; a parameter everywhere, so that tests do not touch the real ones.
using environment = std::map<std::string, std::string, std::less<>>;

/// A copy of this process' variables. Not safe while another thread changes them with `setenv`, as with all readers of them.
[[nodiscard]] environment process_environment();

/// The value of `name`; an empty view if it is not set. The view lives as long as `variables`.
[[nodiscard]] std::string_view variable(const environment& variables, std::string_view name);

} // namespace entrada
