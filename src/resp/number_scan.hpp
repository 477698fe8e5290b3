// Lengths and integers of the protocol, read strictly and from left to right.
// Room: resp.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>

namespace entrada::resp {

enum class scan : std::uint8_t {
    whole,
    partial, ///< right so far, but the bytes end
    bad,
};

struct number_scan {
    scan state = scan::partial;
    std::size_t end = 0; ///< whole: the index past the CRLF
    std::uint64_t value = 0;
};

/// Digits and a CRLF, from index `at` on: no sign, no leading zero, at most 19 digits (all of them fit 64 bits).
/// Stops at the first wrong byte, so every cut of the bytes ends the same way.
inline number_scan scan_digits(std::string_view input, std::size_t at) noexcept {
    constexpr std::size_t digits_max = 19;
    std::uint64_t value = 0;
    std::size_t i = at;
    for (; i < input.size(); ++i) {
        const auto digit = static_cast<std::uint64_t>(static_cast<unsigned char>(input[i])) - '0';
        if (digit > 9) break;
        if (i - at == digits_max || (value == 0 && i > at)) return {scan::bad};
        value = value * 10 + digit;
    }
    if (i == input.size()) return {scan::partial};
    if (i == at || input[i] != '\r') return {scan::bad};
    if (i + 1 == input.size()) return {scan::partial};
    if (input[i + 1] != '\n') return {scan::bad};
    return {scan::whole, i + 2, value};
}

/// The "-1" and CRLF of the null forms, from index 1 on.
inline number_scan scan_minus_one(std::string_view input) noexcept {
    constexpr std::string_view expected = "-1\r\n";
    const std::string_view seen = input.substr(1, expected.size());
    if (!expected.starts_with(seen)) return {scan::bad};
    if (seen.size() < expected.size()) return {scan::partial};
    return {scan::whole, 1 + expected.size()};
}

} // namespace entrada::resp
