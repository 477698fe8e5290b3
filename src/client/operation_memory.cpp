// Memory of operations: short lists of free blocks per thread and size instead of malloc and free per command.
#include "entrada/detail/wire_bytes.hpp"

#include <array>
#include <new>

namespace entrada::detail {
namespace {

constexpr std::size_t step_bytes = 32;
constexpr std::size_t kept_bytes_max = 1024;
constexpr int blocks_kept_max = 4096;

struct block {
    block* next;
};

struct free_list {
    block* first;
    int count;
};

/// One for each multiple of the step. Plain data, so that the compiler has nothing to check before each use.
constinit thread_local std::array<free_list, kept_bytes_max / step_bytes> lists{};

/// Ends with its thread and frees what the lists hold; what is freed later is not kept any more.
struct at_thread_end {
    ~at_thread_end() {
        for (free_list& list : lists) {
            while (block* gone = list.first) {
                list.first = gone->next;
                ::operator delete(gone);
            }
            list.count = blocks_kept_max;
        }
    }
    /// The object begins to exist with its first use.
    void begin() const noexcept {}
};
thread_local at_thread_end end_of_lists;

constexpr std::size_t list_of(std::size_t size) noexcept { return (size - 1) / step_bytes; }

} // namespace

void* allocate_operation(std::size_t size) {
    if (size > kept_bytes_max) return ::operator new(size);
    free_list& list = lists[list_of(size)];
    if (block* taken = list.first) {
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
    if (list.first == nullptr) end_of_lists.begin();
    list.first = ::new (memory) block{list.first};
    ++list.count;
}

} // namespace entrada::detail
