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
    bool ends_reply = false; ///< the last event of a top-level value
    bool push = false;       ///< belongs to an out-of-band push message, not to a reply
    std::uint16_t depth = 0;
    std::int64_t integer = 0;          ///< of an integer or boolean
    std::size_t size = 0;              ///< aggregate: children (two per map pair); bulk_start: bytes to come
    std::string_view text;             ///< value: its bytes, valid until the input changes. broken: what is wrong
    errc error = errc::protocol_error; ///< broken: `protocol_error` or `limit_exceeded`
};

/// Feeds on any cut of the bytes and gives the same events for all of them, but for `bulk_start`, which a `value` follows.
class reader {
public:
    explicit reader(limits bounds = {});

    /// Takes one event off the front of `input`. Attributes of RESP3 are skipped.
    [[nodiscard]] event next(std::string_view& input) {
        event out;
        out.text = take_plain(input, out.type);
        if (out.type == reply_type::null) {
            take_any(input, out);
        } else {
            out.kind = event_kind::value;
            out.ends_reply = true;
        }
        return out;
    }

    /// What most replies are, without the cost of an event: a bulk string of moderate length that is whole, or OK. `type` is
    /// `reply_type::null` if something else comes first in the input, which is then left as it is; use `next`.
    [[nodiscard]] std::string_view take_plain(std::string_view& input, reply_type& type) const noexcept;

    /// After `bulk_start`: where its bytes go. Precondition: room for `event.size` bytes, alive until the `value` event.
    /// Null: the bytes are thrown away and the `value` event has no text.
    void receive_into(char* place) noexcept;

    /// What is still missing of the bulk being received: read from the socket straight into it, then call `received`.
    /// Empty when no bulk is under way or no place was given. Call only with all earlier input consumed.
    [[nodiscard]] std::span<char> wanted() noexcept;
    void received(std::size_t bytes) noexcept;

    /// True between two top-level values.
    [[nodiscard]] bool idle() const noexcept { return phase_ == phase::head && reply_bytes_ == 0 && waiting_ == 0; }
    /// Forgets everything; for a new connection.
    void reset() noexcept;

private:
    struct frame {
        std::size_t left; ///< children still to come
        bool attribute;   ///< annotates the next value instead of being a child of the frame below
    };
    enum class phase : std::uint8_t { head, bulk, broken };

    void take_any(std::string_view& input, event& out);

    // Each takes one thing off the input and says whether `out` is for the caller; false: hidden in an attribute, go on.
    bool take(std::string_view& input, event& out);
    bool take_bulk_head(std::string_view& input, event& out, reply_type type);
    bool take_bulk_rest(std::string_view& input, event& out);
    bool take_line(std::string_view& input, event& out, reply_type type);
    bool take_integer(std::string_view& input, event& out);
    bool take_aggregate(std::string_view& input, event& out, reply_type type);
    bool take_attribute(std::string_view& input, event& out);
    bool start_bulk(event& out, std::size_t size);

    bool wait(std::string_view input) noexcept;
    bool fail(event& out, const char* reason, errc error = errc::protocol_error) noexcept;
    bool give(event& out, event_kind kind, reply_type type) noexcept;
    bool close_value() noexcept;
    void open(std::size_t children, bool attribute) noexcept;
    void next_reply() noexcept;
    [[nodiscard]] bool over_total(std::size_t bytes) const noexcept { return bytes > bounds_.total_bytes_max - reply_bytes_; }

    static constexpr std::size_t plain_digits_max = 4;

    limits bounds_;
    std::size_t plain_size_end_; ///< shorter strings, and OK, are within all limits; 0: none are
    std::unique_ptr<frame[]> frames_;
    std::size_t depth_ = 0;       ///< frames in use
    std::size_t hidden_from_ = 0; ///< the depth inside the outermost open attribute; 0: none is open
    std::size_t elements_ = 1;    ///< values announced for this reply
    std::size_t reply_bytes_ = 0; ///< consumed of this reply, a started bulk counted whole
    std::size_t waiting_ = 0;     ///< bytes at the front of the input that were seen and not consumed
    std::size_t bulk_size_ = 0;
    std::size_t bulk_received_ = 0;
    char* place_ = nullptr;
    const char* reason_ = "";
    errc error_ = errc::protocol_error;
    reply_type bulk_type_ = reply_type::bulk_string;
    phase phase_ = phase::head;
    bool in_push_ = false;
};

inline std::string_view reader::take_plain(std::string_view& input, reply_type& type) const noexcept {
    constexpr std::size_t size_min = 1 + plain_digits_max + 2; // of what is looked at before the length is known
    constexpr std::string_view ok = "+OK\r\n";
    type = reply_type::null;
    if (!idle() || input.size() < size_min) return {};
    const char* const bytes = input.data();
    if (bytes[0] != '$') {
        if (!input.starts_with(ok) || plain_size_end_ == 0) return {};
        type = reply_type::simple_string;
        input.remove_prefix(ok.size());
        return {bytes + 1, ok.size() - 3};
    }
    const auto digit = [bytes](std::size_t at) { return static_cast<std::size_t>(static_cast<unsigned char>(bytes[at])) - '0'; };
    std::size_t size = digit(1);
    if (size > 9) return {};
    std::size_t at = 2;
    for (; at <= plain_digits_max && size != 0 && digit(at) <= 9; ++at) size = size * 10 + digit(at);
    const std::size_t text_at = at + 2;
    const std::size_t whole = text_at + size + 2;
    if (bytes[at] != '\r' || bytes[at + 1] != '\n' || size >= plain_size_end_ || input.size() < whole) return {};
    if (bytes[whole - 2] != '\r' || bytes[whole - 1] != '\n') return {};
    type = reply_type::bulk_string;
    input.remove_prefix(whole);
    return {bytes + text_at, size};
}

} // namespace entrada::resp
