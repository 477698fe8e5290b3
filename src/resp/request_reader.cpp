// The server's side: finds the commands in what a client sends.
// Room: resp.
#include "resp/request_reader.hpp"

#include "resp/inline_split.hpp"

#include <algorithm>
#include <cstring>
#include <utility>

namespace entrada::resp {
namespace {

constexpr std::size_t crlf_size = 2;
constexpr char tls_handshake = 0x16;

bool ends_in_crlf(std::string_view text, std::size_t at) noexcept { return text[at] == '\r' && text[at + 1] == '\n'; }

// A browser can be made to send these to a local port; Redis hangs up on the same two words.
bool is_http(std::string_view name) noexcept { return is_name(name, "POST") || is_name(name, "HOST:"); }

bool is_login(std::string_view name) noexcept { return is_name(name, "AUTH") || is_name(name, "HELLO"); }

} // namespace

bool is_name(std::string_view name, std::string_view upper_case) noexcept {
    return std::ranges::equal(
        name, upper_case, [](char left, char right) { return (left >= 'a' && left <= 'z' ? left - 'a' + 'A' : left) == right; });
}

request request_reader::next(std::string_view& input) {
    request out;
    if (take(input, out) == scan::bad) {
        out = {};
        out.kind = request_kind::broken;
        out.text = reason_;
        out.error = error_;
    }
    return out;
}

// whole: `out` is filled; partial: more input is needed; bad: reason_ says why.
scan request_reader::take(std::string_view& input, request& out) {
    if (phase_ == phase::broken) return scan::bad;
    if (phase_ == phase::passing) return take_piece(input, out, 0);
    while (phase_ == phase::start) {
        if (input.empty()) return scan::partial;
        if (input.front() == tls_handshake) return fail("a TLS handshake on a port without TLS");
        const scan state = input.front() == '*' ? take_count(input) : take_inline(input, out);
        if (state != scan::whole || out.kind == request_kind::command) return state;
    }
    return take_arguments(input, out);
}

scan request_reader::take_count(std::string_view& input) {
    const bool negative = input.size() > 1 && input[1] == '-';
    const number_scan head = negative ? scan_minus_one(input) : scan_digits(input, 1);
    if (head.state == scan::bad) return fail("invalid multibulk length");
    if (head.state == scan::partial) return scan::partial;
    if (head.value > bounds_.arguments_max) return fail("invalid multibulk length", errc::limit_exceeded);
    if (head.value == 0) { // legal and without an answer
        input.remove_prefix(head.end);
        return scan::whole;
    }
    count_ = left_ = head.value;
    kept_ = 0;
    seen_ = head.end;
    phase_ = phase::arguments;
    return scan::whole;
}

scan request_reader::take_arguments(std::string_view& input, request& out) {
    while (left_ != 0) {
        const number_scan head = scan_argument_head(input, seen_);
        if (head.state != scan::whole) return head.state;
        const std::size_t end = head.end + head.value;
        if (end + crlf_size > bounds_.hold_bytes_max) return start_passing(input, out);
        if (input.size() < end + crlf_size) return scan::partial;
        if (!ends_in_crlf(input, end)) return fail("expected CRLF after an argument");
        keep({head.end, head.value});
        seen_ = end + crlf_size;
        --left_;
    }
    give_command(input, out, input, seen_);
    return is_http(out.arguments[0]) ? fail("an HTTP request, not Redis") : scan::whole;
}

number_scan request_reader::scan_argument_head(std::string_view input, std::size_t at) {
    if (at >= input.size()) return {scan::partial};
    number_scan head{scan::bad};
    if (input[at] != '$') {
        fail("expected '$' before an argument");
    } else if (head = scan_digits(input, at + 1); head.state == scan::bad) {
        fail("invalid bulk length");
    } else if (head.state == scan::whole && head.value > bounds_.bulk_bytes_max) {
        head.state = fail("invalid bulk length", errc::limit_exceeded);
    }
    return head;
}

void request_reader::keep(place argument) noexcept {
    if (kept_ < places_.size()) places_[kept_++] = argument;
}

void request_reader::give_command(std::string_view& input, request& out, std::string_view text, std::size_t size) {
    for (std::size_t i = 0; i < kept_; ++i) views_[i] = text.substr(places_[i].at, places_[i].size);
    out.kind = request_kind::command;
    out.starts_command = out.ends_command = true;
    out.arguments = {views_.data(), kept_};
    out.argument_count = count_;
    out.bytes = input.substr(0, size);
    input.remove_prefix(size);
    seen_ = 0;
    phase_ = phase::start;
}

scan request_reader::start_passing(std::string_view& input, request& out) {
    if (kept_ == 0) return fail("too long a command name", errc::limit_exceeded);
    for (std::size_t i = 0; i < kept_; ++i) views_[i] = input.substr(places_[i].at, places_[i].size);
    if (is_login(views_[0])) return fail("too long a login", errc::limit_exceeded);
    if (is_http(views_[0])) return fail("an HTTP request, not Redis");
    phase_ = phase::passing;
    bulk_left_ = 0;
    in_bulk_ = false;
    out.starts_command = true;
    out.arguments = {views_.data(), kept_};
    return take_piece(input, out, std::exchange(seen_, 0));
}

// `at`: what of the input is known to belong to the command.
scan request_reader::take_piece(std::string_view& input, request& out, std::size_t at) {
    const scan state = skip_arguments(input, at);
    if (at == 0 && state != scan::whole) return state;
    // Bytes before a wrong one belong to the command all the same: they are given first, the next call finds it again.
    out.kind = request_kind::passing;
    out.ends_command = state == scan::whole;
    out.argument_count = count_;
    out.bytes = input.substr(0, at);
    input.remove_prefix(at);
    phase_ = out.ends_command ? phase::start : phase::passing;
    return scan::whole;
}

scan request_reader::skip_arguments(std::string_view input, std::size_t& at) {
    for (;;) {
        const std::size_t size = std::min(bulk_left_, input.size() - at);
        at += size;
        bulk_left_ -= size;
        if (bulk_left_ != 0) return scan::partial;
        if (in_bulk_) {
            if (input.size() - at < crlf_size) return scan::partial;
            if (!ends_in_crlf(input, at)) return fail("expected CRLF after an argument");
            at += crlf_size;
            in_bulk_ = false;
            if (--left_ == 0) return scan::whole;
        }
        const number_scan head = scan_argument_head(input, at);
        if (head.state != scan::whole) return head.state;
        at = head.end;
        bulk_left_ = head.value;
        in_bulk_ = true;
    }
}

scan request_reader::take_inline(std::string_view& input, request& out) {
    const std::size_t window = std::min(input.size(), bounds_.hold_bytes_max);
    const std::size_t from = std::min(seen_, window);
    const void* found = std::memchr(input.data() + from, '\n', window - from);
    if (found == nullptr && window == bounds_.hold_bytes_max) return fail("too big inline request", errc::limit_exceeded);
    if (found == nullptr) {
        seen_ = window;
        return scan::partial;
    }
    const auto line_feed = static_cast<std::size_t>(static_cast<const char*>(found) - input.data());
    const std::string_view line = input.substr(0, line_feed);
    if (line.find('\0') != std::string_view::npos) return fail("a zero byte in an inline request"); // a line ends there for Redis
    kept_ = count_ = 0;
    unquoted_.clear();
    const bool balanced = split_inline(line, unquoted_, [this](std::size_t at, std::size_t size) {
        keep({at, size});
        ++count_;
    });
    if (!balanced) return fail("unbalanced quotes in request");
    if (count_ > bounds_.arguments_max) return fail("too many arguments in an inline request", errc::limit_exceeded);
    if (count_ == 0) { // an empty line, as people send to see whether anybody listens
        input.remove_prefix(line_feed + 1);
        seen_ = 0;
        return scan::whole;
    }
    give_command(input, out, unquoted_, line_feed + 1);
    return is_http(out.arguments[0]) ? fail("an HTTP request, not Redis") : scan::whole;
}

scan request_reader::fail(const char* reason, errc error) noexcept {
    phase_ = phase::broken;
    reason_ = reason;
    error_ = error;
    return scan::bad;
}

} // namespace entrada::resp
