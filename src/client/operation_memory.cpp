// Memory of operations: short lists of free blocks per thread and size instead of malloc and free per command.
#include "entrada/detail/wire_bytes.hpp"

#include <array>
#include <new>

namespace entrada::detail {
namespace {

constexpr std::size_t step_bytes = 32;
constexpr std::size_t kept_bytes_max = 1024;
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

/// One for each multiple of the step.
thread_local std::array<free_list, kept_bytes_max / step_bytes> lists;

constexpr std::size_t list_of(std::size_t size) noexcept { return (size - 1) / step_bytes; }

} // namespace

void* allocate_operation(std::size_t size) {
    if (size > kept_bytes_max) return ::operator new(size);
    free_list& list = lists[list_of(size)];
    if (free_list::block* taken = list.first) {
        list.first = taken->next;
        --list.count;
        return taken;
    }
    return ::operator new((list_of(size) + 1) * step_bytes);
}

void free_operation(void* memory, std::size_t size) noexcept {
    if (size > kept_bytes_max) {
        ::operator delete(memory);
        return;
    }
    free_list& list = lists[list_of(size)];
    if (list.count >= blocks_kept_max) {
        ::operator delete(memory);
        return;
    }
    list.first = ::new (memory) free_list::block{list.first};
    ++list.count;
}

} // namespace entrada::detail
