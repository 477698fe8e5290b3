#include "entrada/detail/operation_memory.hpp"

namespace entrada::detail {
namespace {

constexpr int blocks_kept_max = 4096;

} // namespace

/// Frees what the lists of its thread hold; what is freed later is not kept any more.
struct operation_memory::at_thread_end {
    at_thread_end() noexcept { kept_max = blocks_kept_max; }
    ~at_thread_end() {
        kept_max = 0;
        for (free_list& list : lists) {
            while (block* gone = list.first) {
                list.first = gone->next;
                ::operator delete(gone);
            }
            list.count = 0;
        }
    }
};

void operation_memory::free_surplus(free_list& list, void* memory) noexcept {
    thread_local const at_thread_end end_of_lists; // begins to exist here, and does no more after its end
    if (list.count >= kept_max) {
        ::operator delete(memory);
        return;
    }
    list.first = ::new (memory) block{list.first};
    ++list.count;
}

} // namespace entrada::detail
