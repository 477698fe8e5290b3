// The version of the library.
// Room: base.
#pragma once

#include <string_view>

namespace entrada {

inline constexpr std::string_view version = "0.1.0";

} // namespace entrada
