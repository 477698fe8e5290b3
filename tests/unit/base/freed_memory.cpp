// Watches what memory holds when it is given back: this program's operator new keeps the size of each block in front of it.
// Room: tests of base.
#include "freed_memory.hpp"

#include <atomic>
#include <cstddef>
#include <cstdlib>
#include <new>

namespace {

struct alignas(std::max_align_t) header {
    std::size_t size;
};

// Threads of other tests may still be ending, and give back memory without a watch.
std::atomic<bool> watching = false;
std::string_view wanted;
std::atomic<unsigned> seen = 0;
std::atomic<unsigned> found = 0;

void look_and_free(void* block) noexcept {
    if (block == nullptr) return;
    header* const start = static_cast<header*>(block) - 1;
    if (watching.load(std::memory_order_acquire)) {
        ++seen;
        found += std::string_view(static_cast<const char*>(block), start->size).find(wanted) != std::string_view::npos;
    }
    std::free(start);
}

} // namespace

void* operator new(std::size_t size) {
    auto* const start = static_cast<header*>(std::malloc(sizeof(header) + size));
    if (start == nullptr) throw std::bad_alloc();
    start->size = size;
    return start + 1;
}

void operator delete(void* block) noexcept { look_and_free(block); }
void operator delete(void* block, std::size_t) noexcept { look_and_free(block); }

namespace entrada {

freed_memory_watch::freed_memory_watch(std::string_view bytes) noexcept {
    seen = found = 0;
    wanted = bytes;
    watching.store(true, std::memory_order_release);
}
freed_memory_watch::~freed_memory_watch() { watching = false; }
unsigned freed_memory_watch::blocks_seen() const noexcept { return seen; }
unsigned freed_memory_watch::blocks_with_the_bytes() const noexcept { return found; }

} // namespace entrada
