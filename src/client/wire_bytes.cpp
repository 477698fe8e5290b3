#include "entrada/detail/wire_bytes.hpp"

#include <charconv>
#include <cstring>

namespace entrada::detail {
namespace {

constexpr std::size_t digits_of(std::size_t number) noexcept {
    std::size_t digits = 1;
    while (number >= 10) {
        number /= 10;
        ++digits;
    }
    return digits;
}

char* put(char* out, std::string_view bytes) noexcept {
    std::memcpy(out, bytes.data(), bytes.size());
    return out + bytes.size();
}

char* put_head(char* out, char type, std::size_t number) noexcept {
    *out++ = type;
    out = std::to_chars(out, out + 20, number).ptr;
    return put(out, "\r\n");
}

} // namespace

wire_bytes encode(std::initializer_list<std::string_view> words) {
    std::size_t size = 3 + digits_of(words.size());
    for (const std::string_view word : words) size += 5 + digits_of(word.size()) + word.size();
    wire_bytes bytes(size);
    char* out = put_head(bytes.data(), '*', words.size());
    for (const std::string_view word : words) {
        out = put_head(out, '$', word.size());
        if (!word.empty()) out = put(out, word);
        out = put(out, "\r\n");
    }
    return bytes;
}

wire_bytes encode_get(std::string_view key) {
    constexpr std::string_view head = "*2\r\n$3\r\nGET\r\n$";
    const std::size_t digits = digits_of(key.size());
    wire_bytes bytes(head.size() + digits + 2 + key.size() + 2);
    char* out = put(bytes.data(), head);
    for (std::size_t left = key.size(), at = digits; at != 0; left /= 10) out[--at] = static_cast<char>('0' + left % 10);
    out = put(out + digits, "\r\n");
    if (!key.empty()) out = put(out, key);
    put(out, "\r\n");
    return bytes;
}

} // namespace entrada::detail
