// How values become bytes in the cache and come back.
// Room: cache.
#pragma once

#include "entrada/result.hpp"

#include <string>
#include <string_view>

namespace entrada {

/// Specialise for your own type to choose its bytes; the default is JSON for described structs.
template <class T>
struct serializer;

template <>
struct serializer<std::string> {
    [[nodiscard]] static std::string write(const std::string& value) { return value; }
    [[nodiscard]] static result<std::string> read(std::string bytes) { return bytes; }
};

} // namespace entrada
