#include "entrada/detail/received_block.hpp"

#include <array>
#include <cstdlib>
#include <new>

namespace entrada::detail {
namespace {

constexpr std::size_t page_bytes = 4096;

// Of the process: at most eight blocks that nobody uses are kept, of these sizes.
constexpr std::size_t kept_bytes_min = std::size_t{64} * 1024;
constexpr std::size_t kept_bytes_max = std::size_t{2} * 1024 * 1024;
constinit std::array<std::atomic<received_block*>, 8> kept{};

/// A kept block of at least `capacity` bytes that is not much too large, or null.
received_block* take_kept(std::size_t capacity) noexcept {
    if (capacity < kept_bytes_min) return nullptr;
    for (auto& place : kept) {
        if (place.load(std::memory_order_relaxed) == nullptr) continue;
        received_block* const found = place.exchange(nullptr, std::memory_order_acq_rel);
        if (found == nullptr) continue;
        if (found->capacity() >= capacity && found->capacity() <= 4 * capacity) return found;
        received_block* empty = nullptr;
        if (!place.compare_exchange_strong(empty, found, std::memory_order_acq_rel)) std::free(found);
    }
    return nullptr;
}

bool keep(received_block* unused) noexcept {
    if (unused->capacity() < kept_bytes_min || unused->capacity() > kept_bytes_max) return false;
    for (auto& place : kept) {
        received_block* empty = nullptr;
        if (place.load(std::memory_order_relaxed) == nullptr
            && place.compare_exchange_strong(empty, unused, std::memory_order_acq_rel))
            return true;
    }
    return false;
}

} // namespace

boost::intrusive_ptr<received_block> received_block::make(std::size_t capacity) {
    if (received_block* const found = take_kept(capacity)) return boost::intrusive_ptr<received_block>(found);
    const std::size_t whole = (head_bytes + capacity + page_bytes - 1) / page_bytes * page_bytes;
    if (whole < capacity) throw std::bad_alloc();
    void* const memory = std::aligned_alloc(page_bytes, whole);
    if (memory == nullptr) throw std::bad_alloc();
    return boost::intrusive_ptr<received_block>(::new (memory) received_block(whole - head_bytes));
}

void received_block::retire(received_block* last) noexcept {
    if (!keep(last)) std::free(last);
}

} // namespace entrada::detail
