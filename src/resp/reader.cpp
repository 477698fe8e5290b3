// The RESP reader: one pass from left to right, all decisions by bytes that every cut of the input shows alike.
// Room: resp.
#include "resp/reader.hpp"

#include "resp/number_scan.hpp"

#include <algorithm>
#include <cstring>
#include <limits>

namespace entrada::resp {
namespace {

constexpr std::size_t crlf_size = 2;
constexpr std::size_t verbatim_prefix_size = 4; // "txt:"

bool ends_in_crlf(std::string_view text, std::size_t at) noexcept { return text[at] == '\r' && text[at + 1] == '\n'; }

std::size_t skip_digits(std::string_view text, std::size_t at) noexcept {
    while (at < text.size() && text[at] >= '0' && text[at] <= '9') ++at;
    return at;
}

std::size_t skip_sign(std::string_view text, std::size_t at) noexcept {
    return at < text.size() && (text[at] == '-' || text[at] == '+') ? at + 1 : at;
}

bool is_big_number(std::string_view text) noexcept {
    const std::size_t start = skip_sign(text, 0);
    return start < text.size() && skip_digits(text, start) == text.size();
}

// [sign] digits [. digits] [e [sign] digits], or inf and nan. Redis before 7.2 prints "-nan" on some machines.
bool is_double(std::string_view text) noexcept {
    const std::size_t start = skip_sign(text, 0);
    if (text.substr(start) == "inf" || text.substr(start) == "nan") return true;
    std::size_t at = skip_digits(text, start);
    if (at == start) return false;
    if (at < text.size() && text[at] == '.') {
        const std::size_t fraction = at + 1;
        at = skip_digits(text, fraction);
        if (at == fraction) return false;
    }
    if (at < text.size() && (text[at] == 'e' || text[at] == 'E')) {
        const std::size_t exponent = skip_sign(text, at + 1);
        at = skip_digits(text, exponent);
        if (at == exponent) return false;
    }
    return at == text.size();
}

bool fits_type(std::string_view text, reply_type type) noexcept {
    switch (type) {
    case reply_type::null:
        return text.empty();
    case reply_type::boolean:
        return text == "t" || text == "f";
    case reply_type::double_number:
        return is_double(text);
    case reply_type::big_number:
        return is_big_number(text);
    default:
        return true;
    }
}

// People point clients at the wrong port; say so when the first byte tells.
const char* strange_type(char byte) noexcept {
    switch (byte) {
    case 0x15:
    case 0x16:
        return "a TLS record instead of a reply: the server speaks TLS on this port";
    case 'H':
        return "a reply that starts with 'H', as HTTP does: this port is not Redis";
    case ';':
    case '.':
        return "streamed strings and aggregates are not supported";
    default:
        return "a value of unknown type";
    }
}

const char* bad_length(std::string_view input) noexcept {
    if (input.size() > 1 && input[1] == '?') return "streamed strings and aggregates are not supported";
    return "a length that is no plain decimal number ended by CRLF";
}

limits sane(limits bounds) noexcept {
    constexpr std::size_t half = std::numeric_limits<std::size_t>::max() / 4; // sums of two never overflow
    bounds.depth_max = std::min<std::size_t>(bounds.depth_max, std::numeric_limits<std::uint16_t>::max());
    bounds.elements_max = std::min(bounds.elements_max, half);
    bounds.bulk_bytes_max = std::min(bounds.bulk_bytes_max, half);
    bounds.line_bytes_max = std::min(bounds.line_bytes_max, half);
    return bounds;
}

std::size_t plain_size_end(const limits& bounds) noexcept {
    constexpr std::size_t around = 16; // more than the head and the end of a string take
    if (bounds.total_bytes_max < around || bounds.line_bytes_max < around) return 0;
    return std::min(bounds.bulk_bytes_max, bounds.total_bytes_max - around) + 1;
}

} // namespace

reader::reader(limits bounds)
    : bounds_(sane(bounds)), plain_size_end_(plain_size_end(bounds_)), frames_(std::make_unique<frame[]>(bounds_.depth_max)) {}

void reader::take_any(std::string_view& input, event& out) {
    while (!take(input, out)) out = {};
}

bool reader::take(std::string_view& input, event& out) {
    if (phase_ == phase::bulk) return take_bulk_rest(input, out);
    if (phase_ == phase::broken) return fail(out, reason_, error_);
    if (input.empty()) return wait(input);
    switch (input.front()) {
    case '$':
        return take_bulk_head(input, out, reply_type::bulk_string);
    case '+':
        return take_line(input, out, reply_type::simple_string);
    case ':':
        return take_integer(input, out);
    case '*':
        return take_aggregate(input, out, reply_type::array);
    case '-':
        return take_line(input, out, reply_type::error);
    case '_':
        return take_line(input, out, reply_type::null);
    case '%':
        return take_aggregate(input, out, reply_type::map);
    case '~':
        return take_aggregate(input, out, reply_type::set);
    case '>':
        return take_aggregate(input, out, reply_type::push);
    case '#':
        return take_line(input, out, reply_type::boolean);
    case ',':
        return take_line(input, out, reply_type::double_number);
    case '(':
        return take_line(input, out, reply_type::big_number);
    case '=':
        return take_bulk_head(input, out, reply_type::verbatim_string);
    case '!':
        return take_bulk_head(input, out, reply_type::error);
    case '|':
        return take_attribute(input, out);
    default:
        return fail(out, strange_type(input.front()));
    }
}

bool reader::take_bulk_head(std::string_view& input, event& out, reply_type type) {
    const bool maybe_null = type == reply_type::bulk_string && input.size() > 1 && input[1] == '-';
    const number_scan head = maybe_null ? scan_minus_one(input) : scan_digits(input, 1);
    if (head.state == scan::bad) return fail(out, bad_length(input));
    if (head.state == scan::partial) return wait(input);
    const std::size_t prefix = type == reply_type::verbatim_string ? verbatim_prefix_size : 0;
    if (head.value > bounds_.bulk_bytes_max) return fail(out, "a string longer than bulk_bytes_max", errc::limit_exceeded);
    if (head.value < prefix) return fail(out, "a verbatim string without its format");

    const std::size_t payload_end = head.end + head.value;
    const std::size_t whole = maybe_null ? head.end : payload_end + crlf_size;
    if (over_total(whole)) return fail(out, "a reply longer than total_bytes_max", errc::limit_exceeded);
    if (prefix != 0 && input.size() >= head.end + prefix && input[head.end + prefix - 1] != ':')
        return fail(out, "a verbatim string without its format");
    const bool announced = head.value >= bounds_.stream_bytes_min && input.size() >= head.end + prefix;
    if (input.size() < whole && !announced) return wait(input);

    reply_bytes_ += whole;
    if (input.size() < whole) {
        bulk_type_ = type;
        input.remove_prefix(head.end + prefix);
        return start_bulk(out, head.value - prefix);
    }
    if (!maybe_null && !ends_in_crlf(input, payload_end))
        return fail(out, "a string that is not ended by CRLF where its length says");
    out.text = input.substr(head.end + prefix, head.value - prefix);
    input.remove_prefix(whole);
    return give(out, event_kind::value, maybe_null ? reply_type::null : type);
}

bool reader::start_bulk(event& out, std::size_t size) {
    phase_ = phase::bulk;
    bulk_size_ = size;
    bulk_received_ = 0;
    place_ = nullptr;
    waiting_ = 0;
    out.kind = event_kind::bulk_start;
    out.type = bulk_type_;
    out.push = in_push_;
    out.depth = static_cast<std::uint16_t>(depth_);
    out.size = size;
    return hidden_from_ == 0;
}

bool reader::take_bulk_rest(std::string_view& input, event& out) {
    const std::size_t size = std::min(input.size(), bulk_size_ - bulk_received_);
    if (place_ != nullptr && size != 0) std::memcpy(place_ + bulk_received_, input.data(), size);
    bulk_received_ += size;
    input.remove_prefix(size);
    if (bulk_received_ < bulk_size_ || input.size() < crlf_size) return wait(input);
    if (!ends_in_crlf(input, 0)) return fail(out, "a string that is not ended by CRLF where its length says");
    input.remove_prefix(crlf_size);
    phase_ = phase::head;
    if (place_ != nullptr) out.text = {place_, bulk_size_};
    return give(out, event_kind::value, bulk_type_);
}

bool reader::take_line(std::string_view& input, event& out, reply_type type) {
    // The type byte, line_bytes_max bytes and CRLF: a line feed is among these or the line is too long.
    const std::size_t window = std::min(input.size(), 1 + bounds_.line_bytes_max + crlf_size);
    const std::size_t from = std::min(waiting_, window);
    const void* found = std::memchr(input.data() + from, '\n', window - from);
    if (found == nullptr && window == 1 + bounds_.line_bytes_max + crlf_size)
        return fail(out, "a line longer than line_bytes_max", errc::limit_exceeded);
    if (found == nullptr) return wait(input);

    const auto line_feed = static_cast<std::size_t>(static_cast<const char*>(found) - input.data());
    if (input[line_feed - 1] != '\r') return fail(out, "a line feed without its carriage return");
    out.text = input.substr(1, line_feed - crlf_size);
    if (out.text.find('\r') != std::string_view::npos) return fail(out, "a carriage return inside a line");
    if (!fits_type(out.text, type)) return fail(out, "a null, boolean, double or big number that is none");
    if (over_total(line_feed + 1)) return fail(out, "a reply longer than total_bytes_max", errc::limit_exceeded);
    if (type == reply_type::boolean) out.integer = out.text == "t";
    reply_bytes_ += line_feed + 1;
    input.remove_prefix(line_feed + 1);
    return give(out, event_kind::value, type);
}

bool reader::take_integer(std::string_view& input, event& out) {
    const std::size_t start = skip_sign(input, 1);
    const number_scan head = scan_digits(input, start);
    if (head.state == scan::partial) return wait(input);
    const bool negative = input.size() > 1 && input[1] == '-';
    const std::uint64_t magnitude_max = std::uint64_t{std::numeric_limits<std::int64_t>::max()} + (negative ? 1 : 0);
    if (head.state == scan::bad || head.value > magnitude_max) return fail(out, "an integer that is no 64-bit decimal number");
    if (over_total(head.end)) return fail(out, "a reply longer than total_bytes_max", errc::limit_exceeded);
    out.integer = static_cast<std::int64_t>(negative ? 0 - head.value : head.value);
    out.text = input.substr(1, head.end - 1 - crlf_size);
    reply_bytes_ += head.end;
    input.remove_prefix(head.end);
    return give(out, event_kind::value, reply_type::integer);
}

bool reader::take_aggregate(std::string_view& input, event& out, reply_type type) {
    const bool maybe_null = type == reply_type::array && input.size() > 1 && input[1] == '-';
    const number_scan head = maybe_null ? scan_minus_one(input) : scan_digits(input, 1);
    if (head.state == scan::bad) return fail(out, bad_length(input));
    if (head.state == scan::partial) return wait(input);
    if (over_total(head.end)) return fail(out, "a reply longer than total_bytes_max", errc::limit_exceeded);
    reply_bytes_ += head.end;
    input.remove_prefix(head.end);
    if (maybe_null) return give(out, event_kind::value, reply_type::null);

    if (depth_ == bounds_.depth_max) return fail(out, "a reply nested deeper than depth_max", errc::limit_exceeded);
    const bool pairs = type == reply_type::map;
    const std::size_t room = bounds_.elements_max - std::min(elements_, bounds_.elements_max);
    if (head.value > (pairs ? room / 2 : room))
        return fail(out, "a reply of more values than elements_max", errc::limit_exceeded);
    out.size = pairs ? head.value * 2 : head.value;
    elements_ += out.size;
    if (type == reply_type::push && depth_ == 0) in_push_ = true; // inside EXEC's array a push is an element like any other
    return give(out, event_kind::aggregate, type);
}

bool reader::take_attribute(std::string_view& input, event& out) {
    const number_scan head = scan_digits(input, 1);
    if (head.state == scan::bad) return fail(out, bad_length(input));
    if (head.state == scan::partial) return wait(input);
    if (over_total(head.end)) return fail(out, "a reply longer than total_bytes_max", errc::limit_exceeded);
    reply_bytes_ += head.end;
    input.remove_prefix(head.end);
    waiting_ = 0;

    if (depth_ == bounds_.depth_max) return fail(out, "a reply nested deeper than depth_max", errc::limit_exceeded);
    // No one else announced the attribute itself: it counts as a value, too, or empty ones would be free.
    const std::size_t room = bounds_.elements_max - std::min(elements_, bounds_.elements_max);
    if (room == 0 || head.value > (room - 1) / 2)
        return fail(out, "a reply of more values than elements_max", errc::limit_exceeded);
    elements_ += 1 + head.value * 2;
    if (head.value != 0) {
        open(head.value * 2, true);
        if (hidden_from_ == 0) hidden_from_ = depth_;
    }
    return false;
}

bool reader::wait(std::string_view input) noexcept {
    waiting_ = input.size();
    return true; // an event is need_more until something else is written into it
}

bool reader::fail(event& out, const char* reason, errc error) noexcept {
    phase_ = phase::broken;
    reason_ = reason;
    error_ = error;
    out = {};
    out.kind = event_kind::broken;
    out.text = reason;
    out.error = error;
    return true;
}

bool reader::give(event& out, event_kind kind, reply_type type) noexcept {
    const bool shown = hidden_from_ == 0;
    waiting_ = 0;
    out.kind = kind;
    out.type = type;
    out.push = in_push_;
    out.depth = static_cast<std::uint16_t>(depth_);
    if (out.kind == event_kind::aggregate && out.size != 0) {
        open(out.size, false);
    } else {
        out.ends_reply = close_value();
    }
    return shown;
}

void reader::open(std::size_t children, bool attribute) noexcept { frames_[depth_++] = {children, attribute}; }

// A value is complete, and with it each aggregate whose last child it was. True: nothing is open any more.
bool reader::close_value() noexcept {
    while (depth_ != 0) {
        frame& top = frames_[depth_ - 1];
        if (--top.left != 0) return false;
        if (depth_ == hidden_from_) hidden_from_ = 0;
        --depth_;
        if (top.attribute) return false;
    }
    next_reply();
    return true;
}

void reader::next_reply() noexcept {
    elements_ = 1;
    reply_bytes_ = 0;
    in_push_ = false;
}

void reader::receive_into(char* place) noexcept { place_ = place; }

std::span<char> reader::wanted() noexcept {
    if (phase_ != phase::bulk || place_ == nullptr) return {};
    return {place_ + bulk_received_, bulk_size_ - bulk_received_};
}

void reader::received(std::size_t bytes) noexcept { bulk_received_ += std::min(bytes, bulk_size_ - bulk_received_); }

void reader::reset() noexcept {
    phase_ = phase::head;
    depth_ = 0;
    hidden_from_ = 0;
    waiting_ = 0;
    place_ = nullptr;
    next_reply();
}

} // namespace entrada::resp
