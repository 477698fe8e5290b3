// A command as bytes on the wire. Not for users.
// Room: client.
#pragma once

#include "entrada/detail/operation_memory.hpp"
#include "entrada/result.hpp"

#include <cstdint>
#include <initializer_list>
#include <memory>
#include <string_view>
#include <utility>

namespace entrada {
class batch;
class command;
} // namespace entrada

namespace entrada::detail {

/// Bytes that are written once, with room in front of them in the same block, where the operation that sends them may live.
class wire_bytes {
public:
    /// Enough for the operation of a GET in a coroutine.
    static constexpr std::size_t room_bytes = 192;

    wire_bytes() = default;
    /// Room for `size` bytes, all of which must be written.
    explicit wire_bytes(std::size_t size)
        : block_(static_cast<char*>(operation_memory::allocate(room_bytes + size))), size_(size) {}
    wire_bytes(wire_bytes&& other) noexcept : block_(std::exchange(other.block_, nullptr)), size_(other.size_) {}
    wire_bytes& operator=(wire_bytes&&) = delete;
    ~wire_bytes() {
        if (block_ != nullptr) operation_memory::free(block_, room_bytes + size_);
    }

    /// The room in front, aligned for any type; null if there are no bytes.
    [[nodiscard]] void* room() const noexcept { return block_; }
    [[nodiscard]] char* data() noexcept { return block_ + room_bytes; }
    [[nodiscard]] std::string_view view() const noexcept {
        return block_ == nullptr ? std::string_view() : std::string_view(block_ + room_bytes, size_);
    }

private:
    char* block_ = nullptr;
    std::size_t size_ = 0;
};

/// A command ready to go, or the reason why it must not.
struct prepared {
    wire_bytes bytes;
    std::unique_ptr<failure> refused;
    std::uint32_t replies = 1; ///< how many commands the bytes are
};

[[nodiscard]] prepared prepare(const command& request);
[[nodiscard]] prepared prepare(const batch& all);

[[nodiscard]] wire_bytes encode(std::initializer_list<std::string_view> words);
/// GET of the key.
[[nodiscard]] wire_bytes encode_get(std::string_view key);

} // namespace entrada::detail
