// A command as bytes on the wire, before it becomes an operation. Not for users.
// Room: client.
#pragma once

#include "entrada/detail/operation_memory.hpp"
#include "entrada/result.hpp"

#include <cstddef>
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

/// A command ready to go, or the reason why it must not. One block of memory: bytes that are written once, and room behind them,
/// where the operation that sends them may live. A pointer to it is all that moves.
class prepared {
public:
    /// Enough for the operation of a GET in a coroutine of Asio.
    static constexpr std::size_t room_bytes = 168;

    /// Bytes of `replies` commands, all of which must be written.
    explicit prepared(std::size_t size, std::uint32_t replies = 1)
        : head_(::new (operation_memory::allocate(block_bytes(size))) head{nullptr, size, replies}) {}
    explicit prepared(failure refused);
    prepared(prepared&& other) noexcept : head_(std::exchange(other.head_, nullptr)) {}
    prepared& operator=(prepared&&) = delete;
    ~prepared() {
        if (head_ != nullptr) end(head_);
    }

    [[nodiscard]] char* data() noexcept { return reinterpret_cast<char*>(head_ + 1); }
    [[nodiscard]] std::string_view view() const noexcept { return {reinterpret_cast<const char*>(head_ + 1), head_->size}; }
    /// Unused memory, aligned as by malloc.
    [[nodiscard]] void* room() noexcept { return reinterpret_cast<char*>(head_) + room_begin(head_->size); }
    [[nodiscard]] std::uint32_t replies() const noexcept { return head_->replies; }
    /// Null if it may go; else there are no replies.
    [[nodiscard]] const failure* refused() const noexcept { return head_->refused.get(); }

private:
    struct head {
        std::unique_ptr<failure> refused;
        std::size_t size;
        std::uint32_t replies; ///< how many commands the bytes are
    };

    [[nodiscard]] static constexpr std::size_t room_begin(std::size_t size) noexcept {
        constexpr std::size_t alignment = alignof(std::max_align_t);
        return (sizeof(head) + size + alignment - 1) / alignment * alignment;
    }
    [[nodiscard]] static constexpr std::size_t block_bytes(std::size_t size) noexcept { return room_begin(size) + room_bytes; }
    static void end(head* last) noexcept;

    head* head_;
};

[[nodiscard]] prepared prepare(const command& request);
[[nodiscard]] prepared prepare(const batch& all);

[[nodiscard]] prepared encode(std::initializer_list<std::string_view> words);
/// GET of the key.
[[nodiscard]] prepared encode_get(std::string_view key);

} // namespace entrada::detail
