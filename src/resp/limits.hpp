// Why a peer cannot make us use unbounded memory.
// Room: resp.
#pragma once

#include <cstddef>

namespace entrada::resp {

struct limits {
    std::size_t depth_max = 32;                                        ///< nesting; Redis' own replies stay below 8
    std::size_t elements_max = 16 * 1024 * 1024;                       ///< values in one reply, all levels together
    std::size_t bulk_bytes_max = std::size_t{512} * 1024 * 1024;       ///< proto-max-bulk-len of Redis
    std::size_t total_bytes_max = std::size_t{2} * 1024 * 1024 * 1024; ///< bytes of one reply
    std::size_t line_bytes_max = 64 * 1024;                            ///< simple strings, errors, numbers: one line
    /// Bulks at least this long that are not whole in the input are announced, so that they can be received in place.
    std::size_t stream_bytes_min = 16 * 1024;
};

} // namespace entrada::resp
