// Memory of operations: short lists of free blocks per thread and size instead of malloc and free per command. Not for users.
// Room: client.
#pragma once

#include <array>
#include <cstddef>
#include <new>

namespace entrada::detail {

/// The free blocks of one thread. Plain data, so that the compiler has nothing to check before each use.
class operation_memory {
public:
    [[nodiscard]] static void* allocate(std::size_t size) {
        if (size > kept_bytes_max) return ::operator new(size);
        free_list& list = lists[list_of(size)];
        block* const taken = list.first;
        if (taken == nullptr) return ::operator new((list_of(size) + 1) * step_bytes);
        list.first = taken->next;
        --list.count;
        return taken;
    }

    /// On any thread; it then keeps the block.
    static void free(void* memory, std::size_t size) noexcept {
        if (size > kept_bytes_max) {
            ::operator delete(memory);
            return;
        }
        free_list& list = lists[list_of(size)];
        if (list.count >= kept_max) {
            free_surplus(list, memory);
            return;
        }
        list.first = ::new (memory) block{list.first};
        ++list.count;
    }

private:
    struct block {
        block* next;
    };
    struct free_list {
        block* first;
        int count;
    };
    struct at_thread_end;

    static constexpr std::size_t step_bytes = 32;
    static constexpr std::size_t kept_bytes_max = 1024;

    static constexpr std::size_t list_of(std::size_t size) noexcept { return (size - 1) / step_bytes; }
    static void free_surplus(free_list& list, void* memory) noexcept;

    /// One for each multiple of the step.
    static constinit inline thread_local std::array<free_list, kept_bytes_max / step_bytes> lists{};
    /// Blocks that each list may hold: none before the thread's end is watched, and none after it.
    static constinit inline thread_local int kept_max = 0;
};

} // namespace entrada::detail
