// Bytes between a socket and the code: filled at the end, consumed at the front.
// Room: conn.
#pragma once

#include <cstddef>
#include <cstdlib>
#include <cstring>
#include <memory>
#include <span>
#include <string_view>

namespace entrada::conn {

/// Memory is page-aligned and never zeroed: both cost measurably on the hot path (docs/why/0001-connection.md).
class byte_buffer {
public:
    [[nodiscard]] std::string_view data() const noexcept { return {memory_.get() + head_, tail_ - head_}; }
    [[nodiscard]] std::size_t size() const noexcept { return tail_ - head_; }
    [[nodiscard]] std::size_t capacity() const noexcept { return capacity_; }

    /// At least `size_min` bytes to write into behind the data. Moves the data; views of it become invalid.
    [[nodiscard]] std::span<char> space(std::size_t size_min);
    void commit(std::size_t bytes) noexcept { tail_ += bytes; }
    void append(std::string_view bytes) {
        if (bytes.empty()) return;
        const std::span<char> room =
            capacity_ - tail_ >= bytes.size() ? std::span(memory_.get() + tail_, bytes.size()) : space(bytes.size());
        std::memcpy(room.data(), bytes.data(), bytes.size());
        commit(bytes.size());
    }

    void consume(std::size_t bytes) noexcept {
        head_ += bytes;
        if (head_ == tail_) head_ = tail_ = 0;
    }

    void clear() noexcept { head_ = tail_ = 0; }
    /// Gives back the memory if there is no data in it.
    void release_if_empty() noexcept;

private:
    struct free_memory {
        void operator()(char* memory) const noexcept { std::free(memory); }
    };
    std::unique_ptr<char[], free_memory> memory_;
    std::size_t capacity_ = 0;
    std::size_t head_ = 0;
    std::size_t tail_ = 0;
};

} // namespace entrada::conn
