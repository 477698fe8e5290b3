// The bytes of a reply where they were received.
// Room: client.
#pragma once

#include "entrada/detail/received_block.hpp"

#include <string_view>
#include <utility>

namespace entrada {

/// A value without a copy of it: the lease keeps the memory that the client received it into.
///
/// For values that are looked at and let go, and for large ones. What is kept for long is better copied: a lease of a few bytes
/// may hold on to a quarter of a megabyte.
/// Thread safety: as a `std::string`; leases of one connection may go their ways to any threads, and outlive the client.
class lease {
public:
    lease() noexcept = default;
    lease(boost::intrusive_ptr<detail::received_block> block, std::string_view bytes) noexcept
        : block_(std::move(block)), bytes_(bytes) {}

    /// Valid while this lease or a copy of it lives.
    [[nodiscard]] std::string_view view() const noexcept { return bytes_; }

private:
    boost::intrusive_ptr<detail::received_block> block_;
    std::string_view bytes_;
};

} // namespace entrada
