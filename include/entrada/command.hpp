// A Redis command in its wire form.
// Room: resp.
#pragma once

#include <charconv>
#include <concepts>
#include <cstdint>
#include <string>
#include <string_view>

namespace entrada {

namespace command_detail {
template <class T>
concept number = std::integral<T> && !std::same_as<T, char> && !std::same_as<T, bool>;
}

/// Text, bytes or integers. A single `char` or `bool` is refused: whether its letter or its number is meant cannot be known.
template <class T>
concept command_argument = command_detail::number<T> || std::convertible_to<const T&, std::string_view>;

/// A command and its arguments as an array of bulk strings, ready to be sent.
///
/// `command{"SET", key, value}.add("PX", 1000)`. Arguments are bytes; numbers are written in decimal.
class command {
public:
    template <command_argument... Args>
    explicit command(std::string_view name, const Args&... args) {
        arguments_.reserve((wire_size_hint(name) + ... + wire_size_hint(args)));
        append(name);
        add(args...);
    }

    /// Adds arguments.
    template <command_argument... Args>
    command& add(const Args&... args) {
        (add_one(args), ...);
        return *this;
    }

    /// The name as given, such as "GET".
    [[nodiscard]] std::string_view name() const noexcept;
    [[nodiscard]] std::size_t argument_count() const noexcept { return count_ - 1; }
    /// The wire bytes: `*2\r\n$3\r\nGET\r\n...`. Source: https://redis.io/docs/latest/develop/reference/protocol-spec/
    [[nodiscard]] std::string wire() const;
    /// The same, appended to `out`.
    void write_to(std::string& out) const;

private:
    void append(std::string_view argument);
    void add_one(std::string_view argument) { append(argument); }
    template <command_detail::number Integer>
    void add_one(Integer number) {
        char digits[24];
        const auto end = std::to_chars(digits, digits + sizeof digits, number).ptr;
        append({digits, static_cast<std::size_t>(end - digits)});
    }

    static std::size_t wire_size_hint(std::string_view argument) noexcept { return argument.size() + 16; }
    template <command_detail::number Integer>
    static std::size_t wire_size_hint(Integer) noexcept {
        return 32;
    }

    std::string arguments_; ///< the bulk strings, without the array header
    std::size_t count_ = 0;
};

} // namespace entrada
