// Turns C++ values into JSON and back, by their types. Not for users: see serializer.hpp.
// Room: cache.
#pragma once

#include "entrada/detail/json.hpp"

#include <boost/describe/enum.hpp>
#include <boost/describe/enumerators.hpp>
#include <boost/describe/members.hpp>
#include <boost/describe/modifiers.hpp>
#include <boost/mp11/algorithm.hpp>

#include <array>
#include <concepts>
#include <limits>
#include <map>
#include <optional>
#include <type_traits>
#include <unordered_map>
#include <utility>
#include <vector>

namespace entrada {

/// Specialise for a type that appears inside described structs and is itself not described, such as a date:
///
///     template <> struct entrada::json_as<date> {
///         using type = std::string;                                // what stands in the JSON
///         static std::string to(const date& value);
///         static std::optional<date> from(const std::string& text); // nothing: unreadable
///     };
template <class T>
struct json_as;

} // namespace entrada

namespace entrada::detail {

template <class T>
concept stored_as_other = requires {
    typename json_as<T>::type;
};

// Characters are text in some programs and numbers in others, so they are neither here.
template <class T>
concept whole_number =
    std::integral<T> && !std::same_as<
        T,
        bool> && !std::same_as<T, char> && !std::same_as<T, wchar_t> && !std::same_as<T, char8_t> && !std::same_as<T, char16_t> && !std::same_as<T, char32_t>;

template <class T>
concept described_enum = std::is_enum_v<T> && boost::describe::has_describe_enumerators<T>::value;

template <class T>
concept described_struct = std::is_class_v<T> && boost::describe::has_describe_members<T>::value;

template <class T>
inline constexpr bool is_optional = false;
template <class T>
inline constexpr bool is_optional<std::optional<T>> = true;
template <class T>
inline constexpr bool is_list = false;
template <class T, class A>
inline constexpr bool is_list<std::vector<T, A>> = true;
template <class T>
inline constexpr bool is_dictionary = false;
template <class T, class C, class A>
inline constexpr bool is_dictionary<std::map<std::string, T, C, A>> = true;
template <class T, class H, class E, class A>
inline constexpr bool is_dictionary<std::unordered_map<std::string, T, H, E, A>> = true;

/// Types with a JSON form of their own; what is inside containers and structs is asked when it is met.
template <class T>
concept has_json_form =
    stored_as_other<T> || std::same_as<T, bool> || whole_number<T> || std::same_as<T, float> || std::same_as<T, double> || std::
        same_as<T, std::string> || is_optional<T> || is_list<T> || is_dictionary<T> || described_enum<T> || described_struct<T>;

template <class T>
using members_of = boost::describe::describe_members<T, boost::describe::mod_any_access | boost::describe::mod_inherited>;

template <class T>
constexpr void require_json_form() {
    static_assert(
        has_json_form<T>,
        "entrada: this type cannot be stored in the cache. Describe it with BOOST_DESCRIBE_STRUCT or BOOST_DESCRIBE_ENUM, "
        "specialise entrada::json_as for it, or entrada::serializer if it is the whole value. Known by themselves are bool, "
        "integers, float, double, std::string, and std::optional, std::vector, std::map and std::unordered_map of these.");
}

template <class T>
bool write_json(json_writer& out, const T& value);
template <class T>
bool read_json(json_view in, T& value, json_trouble& trouble);

inline bool expected(std::string_view what, json_view found, json_trouble& trouble) {
    return trouble.say("expected " + std::string(what) + ", found " + std::string(found.kind_name()));
}

// ---- writing

template <class T>
bool write_struct(json_writer& out, const T& value) {
    if (!out.begin_object()) return false;
    bool fine = true;
    boost::mp11::mp_for_each<members_of<T>>([&](auto member) {
        if (!fine) return;
        fine = out.name(member.name) && write_json(out, value.*member.pointer);
        if (!fine) out.trouble().inside(std::string_view(member.name));
    });
    out.end_object();
    return fine;
}

template <class T>
bool write_list(json_writer& out, const T& values) {
    if (!out.begin_array()) return false;
    std::size_t index = 0;
    for (const auto& element : values) {
        if (!write_json<typename T::value_type>(out, element)) return out.trouble().inside(index);
        ++index;
    }
    out.end_array();
    return true;
}

template <class T>
bool write_dictionary(json_writer& out, const T& entries) {
    if (!out.begin_object()) return false;
    for (const auto& [name, element] : entries) {
        if (!out.name(name) || !write_json(out, element)) return out.trouble().inside(std::string_view(name));
    }
    out.end_object();
    return true;
}

template <class T>
bool write_enum(json_writer& out, T value) {
    const char* found = nullptr;
    boost::mp11::mp_for_each<boost::describe::describe_enumerators<T>>([&](auto enumerator) {
        if (!found && enumerator.value == value) found = enumerator.name;
    });
    return found ? out.text(found) : out.trouble().say("a value of an enumeration that has no name");
}

template <class T>
bool write_json(json_writer& out, const T& value) {
    require_json_form<T>();
    if constexpr (stored_as_other<T>) {
        return write_json<typename json_as<T>::type>(out, json_as<T>::to(value));
    } else if constexpr (std::same_as<T, bool>) {
        return out.boolean(value), true;
    } else if constexpr (whole_number<T>) {
        return out.integer(static_cast<std::conditional_t<std::is_signed_v<T>, std::int64_t, std::uint64_t>>(value)), true;
    } else if constexpr (std::floating_point<T>) {
        return out.number(value);
    } else if constexpr (std::same_as<T, std::string>) {
        return out.text(value);
    } else if constexpr (is_optional<T>) {
        return value ? write_json(out, *value) : (out.null(), true);
    } else if constexpr (is_list<T>) {
        return write_list(out, value);
    } else if constexpr (is_dictionary<T>) {
        return write_dictionary(out, value);
    } else if constexpr (described_enum<T>) {
        return write_enum(out, value);
    } else if constexpr (described_struct<T>) {
        return write_struct(out, value);
    }
}

// ---- reading

template <class T>
bool read_struct(json_view in, T& value, json_trouble& trouble) {
    if (in.kind() != json_kind::object) return expected("an object", in, trouble);
    std::array<bool, boost::mp11::mp_size<members_of<T>>::value + 1> seen{}; // one more, for a struct without members
    json_view name = in;
    for (std::size_t i = 0; i < in.size(); ++i) {
        name = i == 0 ? in.first() : name.next().next();
        bool fine = true;
        std::size_t index = 0;
        boost::mp11::mp_for_each<members_of<T>>([&](auto member) {
            const std::size_t here = index++;
            if (!fine || name.text() != member.name) return;
            std::remove_cvref_t<decltype(value.*member.pointer)> fresh{}; // of two members of one name the last counts
            seen[here] = fine = read_json(name.next(), fresh, trouble);
            if (fine) value.*member.pointer = std::move(fresh);
        });
        if (!fine) return trouble.inside(name.text());
    }
    std::size_t index = 0;
    boost::mp11::mp_for_each<members_of<T>>([&](auto member) {
        constexpr bool may_miss = is_optional<std::remove_cvref_t<decltype(value.*member.pointer)>>;
        if (!seen[index++] && !may_miss && trouble.what.empty()) {
            trouble.say("is missing");
            trouble.inside(std::string_view(member.name));
        }
    });
    return trouble.what.empty();
}

template <class T>
bool read_list(json_view in, T& values, json_trouble& trouble) {
    if (in.kind() != json_kind::array) return expected("an array", in, trouble);
    values.reserve(in.size());
    json_view element = in;
    for (std::size_t i = 0; i < in.size(); ++i) {
        element = i == 0 ? in.first() : element.next();
        typename T::value_type fresh{};
        if (!read_json(element, fresh, trouble)) return trouble.inside(i);
        values.push_back(std::move(fresh));
    }
    return true;
}

template <class T>
bool read_dictionary(json_view in, T& entries, json_trouble& trouble) {
    if (in.kind() != json_kind::object) return expected("an object", in, trouble);
    json_view name = in;
    for (std::size_t i = 0; i < in.size(); ++i) {
        name = i == 0 ? in.first() : name.next().next();
        typename T::mapped_type fresh{};
        if (!read_json(name.next(), fresh, trouble)) return trouble.inside(name.text());
        entries.insert_or_assign(std::string(name.text()), std::move(fresh));
    }
    return true;
}

template <class T>
bool read_integer(json_view in, T& value, json_trouble& trouble) {
    if (!in.is_integer()) return expected("a whole number", in, trouble);
    if (const auto number = in.integer(); number && std::in_range<T>(*number)) {
        value = static_cast<T>(*number);
        return true;
    }
    if (const auto number = in.unsigned_integer(); number && std::in_range<T>(*number)) {
        value = static_cast<T>(*number);
        return true;
    }
    return trouble.say("a whole number that does not fit into " + std::to_string(sizeof(T) * 8) + " bits"
                       + (std::is_signed_v<T> ? "" : " without sign"));
}

template <class T>
bool read_number(json_view in, T& value, json_trouble& trouble) {
    const auto number = in.number();
    if (!number) return expected("a number", in, trouble);
    constexpr double largest = (std::numeric_limits<T>::max)();
    if (!(*number <= largest && *number >= -largest)) return trouble.say("a number out of range");
    value = static_cast<T>(*number);
    return true;
}

// By name; by number, too, as .NET writes enumerations unless told otherwise.
template <class T>
bool read_enum(json_view in, T& value, json_trouble& trouble) {
    if (in.kind() != json_kind::text && !in.is_integer()) return expected("the name of an enumerator", in, trouble);
    std::underlying_type_t<T> number{};
    const bool numeric = in.is_integer();
    if (numeric && !read_integer(in, number, trouble)) return false;
    bool found = false;
    boost::mp11::mp_for_each<boost::describe::describe_enumerators<T>>([&](auto enumerator) {
        const bool same =
            numeric ? static_cast<std::underlying_type_t<T>>(enumerator.value) == number : in.text() == enumerator.name;
        if (found || !same) return;
        value = enumerator.value;
        found = true;
    });
    return found || trouble.say("no enumerator of this enumeration");
}

template <class T>
bool read_optional(json_view in, T& value, json_trouble& trouble) {
    value.reset();
    return in.kind() == json_kind::null || read_json(in, value.emplace(), trouble);
}

template <class T>
bool read_other(json_view in, T& value, json_trouble& trouble) {
    typename json_as<T>::type stored{};
    if (!read_json(in, stored, trouble)) return false;
    std::optional<T> read = json_as<T>::from(stored);
    if (!read) return trouble.say("not of the form this type is stored in");
    value = std::move(*read);
    return true;
}

template <class T>
bool read_json(json_view in, T& value, json_trouble& trouble) {
    require_json_form<T>();
    if constexpr (stored_as_other<T>) {
        return read_other(in, value, trouble);
    } else if constexpr (std::same_as<T, bool>) {
        if (in.kind() != json_kind::boolean) return expected("true or false", in, trouble);
        return value = in.boolean(), true;
    } else if constexpr (whole_number<T>) {
        return read_integer(in, value, trouble);
    } else if constexpr (std::floating_point<T>) {
        return read_number(in, value, trouble);
    } else if constexpr (std::same_as<T, std::string>) {
        if (in.kind() != json_kind::text) return expected("a text", in, trouble);
        return value = in.text(), true;
    } else if constexpr (is_optional<T>) {
        return read_optional(in, value, trouble);
    } else if constexpr (is_list<T>) {
        return read_list(in, value, trouble);
    } else if constexpr (is_dictionary<T>) {
        return read_dictionary(in, value, trouble);
    } else if constexpr (described_enum<T>) {
        return read_enum(in, value, trouble);
    } else if constexpr (described_struct<T>) {
        return read_struct(in, value, trouble);
    }
}

} // namespace entrada::detail
