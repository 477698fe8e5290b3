// Memory that bytes of replies were received into, shared by the connection and by those who keep a reply. Not for users.
// Room: conn.
#pragma once

#include <boost/smart_ptr/intrusive_ptr.hpp>

#include <atomic>
#include <cstddef>
#include <cstdint>

namespace entrada::detail {

/// Goes with its last holder. Large blocks are kept for the next who needs one: fresh memory costs as much as a copy.
/// Thread safety: holding and letting go from any thread.
class received_block {
public:
    /// Never zeroed. Throws `std::bad_alloc`.
    [[nodiscard]] static boost::intrusive_ptr<received_block> make(std::size_t capacity);

    [[nodiscard]] char* data() noexcept { return reinterpret_cast<char*>(this) + head_bytes; }
    [[nodiscard]] std::size_t capacity() const noexcept { return capacity_; }
    /// Whether anybody but the caller holds it; what others read before they let go is over.
    [[nodiscard]] bool is_shared() const noexcept { return holders_.load(std::memory_order_acquire) != 1; }

private:
    friend void intrusive_ptr_add_ref(received_block* held) noexcept { held->holders_.fetch_add(1, std::memory_order_relaxed); }
    friend void intrusive_ptr_release(received_block* held) noexcept {
        if (held->holders_.fetch_sub(1, std::memory_order_acq_rel) == 1) retire(held);
    }
    explicit received_block(std::size_t capacity) noexcept : capacity_(capacity) {}
    static void retire(received_block* last) noexcept;

    /// The bytes start at a cache line: where they start and where the kernel has them must not differ by a few bytes.
    static constexpr std::size_t head_bytes = 64;

    std::atomic<std::uint32_t> holders_{0};
    std::size_t capacity_;
};

} // namespace entrada::detail
