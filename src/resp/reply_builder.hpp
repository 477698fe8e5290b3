// Makes an owned reply of the reader's events.
// Room: resp.
#pragma once

#include "entrada/reply.hpp"
#include "resp/reader.hpp"

#include <cstddef>
#include <optional>
#include <string_view>
#include <vector>

namespace entrada {

/// One reply at a time: `begin`, `on_event` until it says true, `take`.
///
/// Long strings are received in place: on `bulk_start` give the reader `place(event.size)`; the `value` event that follows
/// is then recognised and not copied. Keeps its working memory from one reply to the next.
class reply_builder {
public:
    /// Forgets what was begun.
    void begin() noexcept;
    /// True: the reply is whole. `need_more`, `bulk_start` and `broken` change nothing.
    [[nodiscard]] bool on_event(const resp::event& what);
    /// Room for a string that comes next; valid until the next call of `on_event`, `begin` or `take`.
    [[nodiscard]] char* place(std::size_t size);
    [[nodiscard]] reply take() noexcept;

private:
    void close_from(std::size_t depth) noexcept;
    [[nodiscard]] std::size_t store(std::string_view text);

    reply built_;
    std::vector<std::size_t> open_;     ///< the node of the open aggregate at each depth
    std::optional<std::size_t> placed_; ///< where in the block the bytes of the next value may already stand
};

} // namespace entrada
