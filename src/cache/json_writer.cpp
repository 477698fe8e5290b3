#include "entrada/detail/json.hpp"

#include <charconv>
#include <cmath>

namespace entrada::detail {
namespace {

// Bytes of the UTF-8 sequence that starts here, or 0 if none does.
std::size_t utf8_length(std::string_view text) noexcept {
    const auto byte = [&](std::size_t i) { return static_cast<unsigned char>(text[i]); };
    const auto follows = [&](std::size_t i) { return i < text.size() && (byte(i) & 0xc0) == 0x80; };
    const unsigned lead = byte(0);
    if (lead < 0x80) return 1;
    if (lead < 0xc2) return 0; // a continuation, or an overlong form
    if (lead < 0xe0) return follows(1) ? 2 : 0;
    if (lead < 0xf0) {
        const bool overlong = lead == 0xe0 && text.size() > 1 && byte(1) < 0xa0;
        const bool surrogate = lead == 0xed && text.size() > 1 && byte(1) >= 0xa0;
        return follows(1) && follows(2) && !overlong && !surrogate ? 3 : 0;
    }
    const bool outside =
        lead > 0xf4 || (text.size() > 1 && ((lead == 0xf0 && byte(1) < 0x90) || (lead == 0xf4 && byte(1) >= 0x90)));
    return !outside && follows(1) && follows(2) && follows(3) ? 4 : 0;
}

void append_escape(std::string& out, char c) {
    static constexpr char digits[] = "0123456789abcdef";
    switch (c) {
    case '"':
        out += "\\\"";
        return;
    case '\\':
        out += "\\\\";
        return;
    case '\n':
        out += "\\n";
        return;
    case '\r':
        out += "\\r";
        return;
    case '\t':
        out += "\\t";
        return;
    default:
        break;
    }
    const auto byte = static_cast<unsigned char>(c);
    out += {'\\', 'u', '0', '0', digits[byte >> 4], digits[byte & 15]};
}

bool is_plain(char c) noexcept {
    const auto byte = static_cast<unsigned char>(c);
    return byte >= 0x20 && byte < 0x80 && c != '"' && c != '\\';
}

template <class Number>
void append_number(std::string& out, Number value) {
    char digits[32]; // the longest double has 24
    out.append(digits, std::to_chars(digits, digits + sizeof digits, value).ptr);
}

} // namespace

bool json_trouble::say(std::string text) {
    if (what.empty()) what = std::move(text);
    return false;
}

bool json_trouble::inside(std::string_view name) {
    path.insert(0, "." + escape_untrusted(name, 64));
    return false;
}

bool json_trouble::inside(std::size_t index) {
    path.insert(0, "[" + std::to_string(index) + "]");
    return false;
}

failure json_trouble::to_failure(std::string_view doing, std::size_t size) const {
    const std::string bytes = size == 0 ? "" : " of " + std::to_string(size) + " bytes";
    return {errc::value_unreadable, std::string(doing) + bytes + (path.empty() ? "" : ", at " + path) + ": " + what};
}

bool json_writer::open(char bracket) {
    if (depth_ == json_depth_max) return trouble_.say("nested deeper than " + std::to_string(json_depth_max) + " levels");
    separate();
    ++depth_;
    out_ += bracket;
    return true;
}

void json_writer::close(char bracket) {
    --depth_;
    out_ += bracket;
}

// What was written last says whether a comma is due.
void json_writer::separate() {
    if (!out_.empty() && out_.back() != '{' && out_.back() != '[' && out_.back() != ':') out_ += ',';
}

bool json_writer::name(std::string_view value) {
    separate();
    if (!quote(value)) return false;
    out_ += ':';
    return true;
}

void json_writer::null() {
    separate();
    out_ += "null";
}

void json_writer::boolean(bool value) {
    separate();
    out_ += value ? "true" : "false";
}

void json_writer::integer(std::int64_t value) {
    separate();
    append_number(out_, value);
}

void json_writer::integer(std::uint64_t value) {
    separate();
    append_number(out_, value);
}

bool json_writer::number(double value) {
    if (!std::isfinite(value)) return trouble_.say("not a finite number; JSON has neither infinities nor NaN");
    separate();
    append_number(out_, value);
    return true;
}

bool json_writer::number(float value) {
    if (!std::isfinite(value)) return trouble_.say("not a finite number; JSON has neither infinities nor NaN");
    separate();
    append_number(out_, value);
    return true;
}

bool json_writer::text(std::string_view value) {
    separate();
    return quote(value);
}

bool json_writer::quote(std::string_view value) {
    out_ += '"';
    while (!value.empty()) {
        std::size_t plain = 0;
        while (plain < value.size() && is_plain(value[plain])) ++plain;
        out_.append(value.substr(0, plain));
        value.remove_prefix(plain);
        if (value.empty()) break;
        const std::size_t length = utf8_length(value);
        if (length == 0) return trouble_.say("text that is not UTF-8; store bytes as std::vector<std::byte>");
        if (length == 1)
            append_escape(out_, value.front());
        else
            out_.append(value.substr(0, length));
        value.remove_prefix(length);
    }
    out_ += '"';
    return true;
}

} // namespace entrada::detail
