// Tokens with any claims and no signature, for code that only reads them.
// Room: tests.
#pragma once

#include <string>
#include <string_view>

namespace entrada::test {

[[nodiscard]] inline std::string base64url(std::string_view bytes) {
    static constexpr char alphabet[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
    std::string text;
    unsigned window = 0;
    int bits = 0;
    for (const char c : bytes) {
        window = (window << 8 | static_cast<unsigned char>(c)) & 0xffffU;
        for (bits += 8; bits >= 6;) text += alphabet[window >> (bits -= 6) & 63U];
    }
    if (bits > 0) text += alphabet[window << (6 - bits) & 63U];
    return text;
}

/// A token whose payload is `claims`, as it is.
[[nodiscard]] inline std::string make_token(std::string_view claims) {
    return base64url(R"({"typ":"JWT","alg":"RS256"})") + '.' + base64url(claims) + ".c2lnbmF0dXJl";
}

} // namespace entrada::test
