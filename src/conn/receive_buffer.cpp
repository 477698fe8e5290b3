#include "conn/receive_buffer.hpp"

#include <cstring>

namespace entrada::conn {

std::span<char> receive_buffer::space(std::size_t size_min) {
    if (block_ && !block_->is_shared() && (head_ == tail_ || capacity() - tail_ < size_min)) move_to_front();
    if (!block_ || capacity() - tail_ < size_min) move_to_another_block(size_min);
    return {block_->data() + tail_, capacity() - tail_};
}

void receive_buffer::move_to_front() noexcept {
    std::memmove(block_->data(), block_->data() + head_, tail_ - head_);
    tail_ -= head_;
    head_ = 0;
}

void receive_buffer::move_to_another_block(std::size_t size_min) {
    const std::string_view held = data();
    auto fresh = detail::received_block::make(held.size() + size_min);
    if (!held.empty()) std::memcpy(fresh->data(), held.data(), held.size());
    tail_ = held.size();
    head_ = 0;
    block_ = std::move(fresh);
}

void receive_buffer::release_if_empty() noexcept {
    if (head_ != tail_) return;
    block_.reset();
    head_ = tail_ = 0;
}

} // namespace entrada::conn
