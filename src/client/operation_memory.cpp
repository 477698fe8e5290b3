// Memory of operations: a short list of free blocks per thread instead of malloc and free per command.
#include "entrada/detail/client_core.hpp"

#include <new>

namespace entrada::detail {
namespace {

constexpr std::size_t block_bytes = 512;
constexpr int blocks_kept_max = 4096;

struct free_list {
    struct block {
        block* next;
    };
    ~free_list() {
        while (block* gone = first) {
            first = gone->next;
            ::operator delete(gone);
        }
        count = blocks_kept_max; // what is freed after this list has gone is not kept
    }
    block* first = nullptr;
    int count = 0;
};

thread_local free_list blocks;

} // namespace

void* allocate_operation(std::size_t size) {
    if (size > block_bytes) return ::operator new(size);
    if (free_list::block* taken = blocks.first) {
        blocks.first = taken->next;
        --blocks.count;
        return taken;
    }
    return ::operator new(block_bytes);
}

void free_operation(void* memory, std::size_t size) noexcept {
    if (size > block_bytes || blocks.count >= blocks_kept_max) {
        ::operator delete(memory);
        return;
    }
    blocks.first = ::new (memory) free_list::block{blocks.first};
    ++blocks.count;
}

} // namespace entrada::detail
