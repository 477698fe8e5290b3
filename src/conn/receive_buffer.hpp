// Bytes from the socket, in memory that may be kept by those who were given a part of it.
// Room: conn.
#pragma once

#include "entrada/detail/received_block.hpp"

#include <span>
#include <string_view>

namespace entrada::conn {

/// Bytes that somebody else holds are never written again: while there are such, new ones go behind them or into another block.
class receive_buffer {
public:
    [[nodiscard]] std::string_view data() const noexcept { return {begin(), tail_ - head_}; }
    [[nodiscard]] std::size_t capacity() const noexcept { return block_ ? block_->capacity() : 0; }
    /// What holds `data()`. Precondition: there was data.
    [[nodiscard]] detail::received_block& block() const noexcept { return *block_; }

    /// At least `size_min` bytes to write into behind the data. Moves the data; views of it become invalid.
    [[nodiscard]] std::span<char> space(std::size_t size_min);
    void commit(std::size_t bytes) noexcept { tail_ += bytes; }
    void consume(std::size_t bytes) noexcept { head_ += bytes; }
    void clear() noexcept { head_ = tail_; }
    /// Gives back the memory if there is no data in it.
    void release_if_empty() noexcept;

private:
    [[nodiscard]] const char* begin() const noexcept { return block_ ? block_->data() + head_ : nullptr; }
    void move_to_front() noexcept;
    void move_to_another_block(std::size_t size_min);

    boost::intrusive_ptr<detail::received_block> block_;
    std::size_t head_ = 0;
    std::size_t tail_ = 0;
};

} // namespace entrada::conn
