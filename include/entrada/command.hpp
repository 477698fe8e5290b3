// A Redis command in its wire form.
// Room: resp.
#pragma once

#include <charconv>
#include <concepts>
#include <cstdint>
#include <string>
#include <string_view>

namespace entrada {

/// A command and its arguments as an array of bulk strings, ready to be sent.
///
/// `command{"SET", key, value}.add("PX", 1000)`. Arguments are bytes; numbers are written in decimal.
class command {
public:
    template <class... Args>
    explicit command(std::string_view name, const Args&... args) {
        append(name);
        add(args...);
    }

    /// Adds arguments: text, bytes or integers.
    template <class... Args>
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
    template <std::integral Integer>
    void add_one(Integer number) {
        char digits[24];
        const auto end = std::to_chars(digits, digits + sizeof digits, number).ptr;
        append({digits, static_cast<std::size_t>(end - digits)});
    }

    std::string arguments_; ///< the bulk strings, without the array header
    std::size_t count_ = 0;
};

} // namespace entrada
