// Reads RESP2 and RESP3 values from bytes as they arrive. No I/O, no copies, no allocation after construction.
// Room: resp.
#pragma once

#include "entrada/errc.hpp"
#include "entrada/reply.hpp"
#include "resp/limits.hpp"

#include <cstdint>
#include <memory>
#include <span>
#include <string_view>

namespace entrada::resp {

enum class event_kind : std::uint8_t {
    need_more,  ///< the input ends inside a value; keep the rest of it and come again with more
    value,      ///< a whole value that is no aggregate
    aggregate,  ///< the head of an array, map, set or push; its children follow
    bulk_start, ///< a long bulk string is not whole yet: give a place with `receive_into`
    broken,     ///< not RESP, or over a limit; the connection is of no more use
};

struct event {
    event_kind kind = event_kind::need_more;
    reply_type type = reply_type::null;
    bool ends_reply = false;  ///< the last event of a top-level value
    bool push = false;        ///< belongs to an out-of-band push message, not to a reply
    std::uint16_t depth = 0;
    std::int64_t integer = 0; ///< of an integer or boolean
    std::size_t size = 0;     ///< aggregate: children (two per map pair); bulk_start: bytes to come
    std::string_view text;    ///< value: its bytes, valid until the input changes. broken: what is wrong
    errc error = errc::protocol_error; ///< broken: `protocol_error` or `limit_exceeded`
};

/// Feeds on any cut of the bytes and gives the same events for all of them, but for `bulk_start`, which a `value` follows.
class reader {
public:
    explicit reader(limits bounds = {});

    /// Takes one event off the front of `input`. Attributes of RESP3 are skipped.
    [[nodiscard]] event next(std::string_view& input);

    /// After `bulk_start`: where its bytes go. Precondition: room for `event.size` bytes, alive until the `value` event.
    /// Null: the bytes are thrown away and the `value` event has no text.
    void receive_into(char* place) noexcept;

    /// What is still missing of the bulk being received: read from the socket straight into it, then call `received`.
    /// Empty when no bulk is under way or no place was given. Call only with all earlier input consumed.
    [[nodiscard]] std::span<char> wanted() noexcept;
    void received(std::size_t bytes) noexcept;

    /// True between two top-level values.
    [[nodiscard]] bool idle() const noexcept;
    /// Forgets everything; for a new connection.
    void reset() noexcept;
};

} // namespace entrada::resp
