// What the fuzz targets share.
// Room: tests, fuzzing.
#pragma once

#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <memory>
#include <string>
#include <string_view>

namespace entrada::fuzz {

/// Ends the program as a finding unless `holds`.
inline void require(bool holds, const char* what) {
    if (holds) return;
    std::fprintf(stderr, "does not hold: %s\n", what);
    std::abort();
}

/// Numbers that depend on the input alone, so that each input has its own cuts and limits and keeps them when it is replayed.
class derived_numbers {
public:
    derived_numbers(std::string_view bytes, std::uint64_t salt) noexcept : state_(salt ^ 0xcbf29ce484222325U) {
        for (const char c : bytes) state_ = (state_ ^ static_cast<unsigned char>(c)) * 0x100000001b3U;
    }
    std::size_t below(std::size_t end) noexcept {
        state_ ^= state_ << 13;
        state_ ^= state_ >> 7;
        state_ ^= state_ << 17;
        return static_cast<std::size_t>((state_ >> 11) % end);
    }

private:
    std::uint64_t state_;
};

/// Bytes in a block of exactly their size, so that AddressSanitizer sees every step past the end.
class exact_block {
public:
    exact_block(std::string_view first, std::string_view second)
        : size_(first.size() + second.size()), bytes_(std::make_unique<char[]>(size_)) {
        if (!first.empty()) std::memcpy(bytes_.get(), first.data(), first.size());
        if (!second.empty()) std::memcpy(bytes_.get() + first.size(), second.data(), second.size());
    }
    [[nodiscard]] std::string_view view() const noexcept { return {bytes_.get(), size_}; }

private:
    std::size_t size_;
    std::unique_ptr<char[]> bytes_;
};

} // namespace entrada::fuzz
