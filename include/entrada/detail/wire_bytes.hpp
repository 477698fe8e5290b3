// A command as bytes on the wire. Not for users.
// Room: client.
#pragma once

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

/// Memory of operations and their bytes, kept for the next one on the same thread.
[[nodiscard]] void* allocate_operation(std::size_t size);
void free_operation(void* memory, std::size_t size) noexcept;

/// Bytes that are written once and moved around.
class wire_bytes {
public:
    wire_bytes() = default;
    /// Room for `size` bytes, all of which must be written.
    explicit wire_bytes(std::size_t size) : bytes_(static_cast<char*>(allocate_operation(size))), size_(size) {}
    wire_bytes(wire_bytes&& other) noexcept
        : bytes_(std::exchange(other.bytes_, nullptr)), size_(std::exchange(other.size_, 0)) {}
    wire_bytes& operator=(wire_bytes&&) = delete;
    ~wire_bytes() {
        if (bytes_ != nullptr) free_operation(bytes_, size_);
    }

    [[nodiscard]] char* data() noexcept { return bytes_; }
    [[nodiscard]] std::string_view view() const noexcept { return {bytes_, size_}; }

private:
    char* bytes_ = nullptr;
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
/// The same for a command of one key, whose wire form up to there is `head`.
[[nodiscard]] wire_bytes encode_key(std::string_view head, std::string_view key);

} // namespace entrada::detail
