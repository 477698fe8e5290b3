#include "conn/byte_buffer.hpp"

#include <algorithm>
#include <bit>
#include <cstring>
#include <new>

namespace entrada::conn {
namespace {

constexpr std::size_t page_bytes = 4096;

} // namespace

std::span<char> byte_buffer::space(std::size_t size_min) {
    if (capacity_ - tail_ >= size_min) return {memory_.get() + tail_, capacity_ - tail_};
    const std::size_t held = tail_ - head_;
    if (capacity_ - held >= size_min) {
        std::memmove(memory_.get(), memory_.get() + head_, held);
    } else {
        const std::size_t grown = std::max(page_bytes, std::bit_ceil(held + size_min));
        std::unique_ptr<char[], free_memory> fresh(static_cast<char*>(std::aligned_alloc(page_bytes, grown)));
        if (!fresh) throw std::bad_alloc();
        if (held != 0) std::memcpy(fresh.get(), memory_.get() + head_, held);
        memory_ = std::move(fresh);
        capacity_ = grown;
    }
    head_ = 0;
    tail_ = held;
    return {memory_.get() + tail_, capacity_ - tail_};
}

void byte_buffer::release_if_empty() noexcept {
    if (head_ != tail_) return;
    memory_.reset();
    capacity_ = head_ = tail_ = 0;
}

} // namespace entrada::conn
