#include "identity/base64url.hpp"

#include <cstdint>

namespace entrada::identity {
namespace {

/// -1 for characters outside the alphabet.
int sextet(char c) {
    if (c >= 'A' && c <= 'Z') return c - 'A';
    if (c >= 'a' && c <= 'z') return c - 'a' + 26;
    if (c >= '0' && c <= '9') return c - '0' + 52;
    if (c == '-') return 62;
    return c == '_' ? 63 : -1;
}

/// The 64 characters that both alphabets share all but the last two of.
std::string encode(std::string_view bytes, std::string_view last_two) {
    static constexpr std::string_view shared = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789";
    const auto character = [&](std::uint32_t value) { return value < 62 ? shared[value] : last_two[value - 62]; };
    std::string text;
    text.reserve(bytes.size() * 4 / 3 + 4); // bytes may be secret: growing would leave copies behind
    std::uint32_t window = 0;
    int bits = 0;
    for (const char c : bytes) {
        window = (window << 8 | static_cast<unsigned char>(c)) & 0xffffU;
        for (bits += 8; bits >= 6; bits -= 6) text += character(window >> (bits - 6) & 63U);
    }
    if (bits > 0) text += character(window << (6 - bits) & 63U);
    return text;
}

} // namespace

std::string encode_base64url(std::string_view bytes) { return encode(bytes, "-_"); }

std::string encode_base64(std::string_view bytes) {
    auto text = encode(bytes, "+/");
    text.append((4 - text.size() % 4) % 4, '=');
    return text;
}

std::optional<std::string> decode_base64url(std::string_view text) {
    while (text.ends_with('=')) text.remove_suffix(1);
    if (text.size() % 4 == 1) return std::nullopt;
    std::string bytes;
    bytes.reserve(text.size() * 3 / 4);
    std::uint32_t window = 0;
    int bits = 0;
    for (const char c : text) {
        const int value = sextet(c);
        if (value < 0) return std::nullopt;
        window = (window << 6 | static_cast<std::uint32_t>(value)) & 0xffffU;
        bits += 6;
        if (bits < 8) continue;
        bits -= 8;
        bytes += static_cast<char>(window >> bits & 0xffU);
    }
    return bytes;
}

} // namespace entrada::identity
