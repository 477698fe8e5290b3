// A command as bytes on the wire; short ones without an allocation. Not for users.
// Room: client.
#pragma once

#include "entrada/result.hpp"

#include <array>
#include <cstring>
#include <initializer_list>
#include <memory>
#include <string_view>

namespace entrada::detail {

/// Bytes that are written once and moved around.
class wire_bytes {
public:
    wire_bytes() = default;
    wire_bytes(wire_bytes&& other) noexcept : heap_(std::move(other.heap_)), size_(other.size_) {
        if (!heap_) std::memcpy(inline_.data(), other.inline_.data(), size_);
    }
    wire_bytes& operator=(wire_bytes&&) = delete;

    /// Room for `size` bytes, all of which must be written. Once.
    [[nodiscard]] char* make(std::size_t size) {
        size_ = size;
        if (size <= inline_.size()) return inline_.data();
        heap_ = std::make_unique_for_overwrite<char[]>(size);
        return heap_.get();
    }

    [[nodiscard]] std::string_view view() const noexcept { return {heap_ ? heap_.get() : inline_.data(), size_}; }

private:
    std::array<char, 104> inline_; ///< a GET or DEL with a key of up to 70 bytes
    std::unique_ptr<char[]> heap_;
    std::size_t size_ = 0;
};

/// A command ready to go, or the reason why it must not.
struct prepared {
    wire_bytes bytes;
    std::unique_ptr<failure> refused;
};

[[nodiscard]] wire_bytes encode(std::initializer_list<std::string_view> words);
/// The command's name inside its wire form.
[[nodiscard]] std::string_view name_in(std::string_view wire) noexcept;

} // namespace entrada::detail
