// How values become bytes in the cache and come back.
// Room: cache.
#pragma once

#include "entrada/detail/json_codec.hpp"

#include <boost/describe/class.hpp> // BOOST_DESCRIBE_STRUCT for users

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace entrada {

/// The bytes of a `T`. `std::string` and `std::vector<std::byte>` are stored as they are; all else as JSON:
/// described structs (BOOST_DESCRIBE_STRUCT) and enumerations (by name), bool, numbers, and `std::optional`, `std::vector`,
/// `std::map` and `std::unordered_map` of these.
///
/// Reading skips members that the type does not have; one that is missing is an error unless it is a `std::optional`.
/// 64-bit integers and doubles come back exactly as they were.
///
/// Specialise it for your own type to choose its bytes: `write` returns text (or a `result` of it), `read` a `result<T>`.
/// For types inside of described structs, specialise `json_as`.
///
/// Errors: `errc::value_unreadable`, with the place inside the value: `.orders[3].price`.
template <class T>
struct serializer {
    [[nodiscard]] static result<std::string> write(const T& value) {
        detail::json_writer out;
        if (!detail::write_json(out, value)) return out.trouble().to_failure("value to be stored", 0);
        return std::move(out).take();
    }

    [[nodiscard]] static result<T> read(std::string_view bytes) {
        const auto document = detail::json_document::parse(bytes);
        if (!document) return document.error();
        T value{};
        detail::json_trouble trouble;
        if (!detail::read_json(document->root(), value, trouble)) return trouble.to_failure("value", bytes.size());
        return value;
    }
};

template <>
struct serializer<std::string> {
    [[nodiscard]] static std::string_view write(std::string_view value) noexcept { return value; }
    [[nodiscard]] static result<std::string> read(std::string bytes) { return bytes; }
};

template <>
struct serializer<std::vector<std::byte>> {
    [[nodiscard]] static std::string_view write(const std::vector<std::byte>& value) noexcept {
        return {reinterpret_cast<const char*>(value.data()), value.size()};
    }
    [[nodiscard]] static result<std::vector<std::byte>> read(std::string_view bytes) {
        const auto* first = reinterpret_cast<const std::byte*>(bytes.data());
        return std::vector<std::byte>(first, first + bytes.size());
    }
};

} // namespace entrada
