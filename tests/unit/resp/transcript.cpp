// Events of the reader as text.
// Room: tests of resp.
#include "transcript.hpp"

#include "entrada/failure.hpp"

#include <array>
#include <cstring>
#include <memory>

namespace entrada::resp {
namespace {

const char* name_of(reply_type type) {
    static constexpr std::array names = {"null",  "simple_string", "error",  "integer",    "bulk_string",
                                         "array", "boolean",       "double", "big_number", "verbatim_string",
                                         "map",   "set",           "push"};
    return names.at(static_cast<std::size_t>(type));
}

} // namespace

std::string to_line(const event& what) {
    if (what.kind == event_kind::need_more) return "need_more";
    if (what.kind == event_kind::broken)
        return std::string(what.error == errc::limit_exceeded ? "limit: " : "broken: ") + std::string(what.text);
    std::string line = std::to_string(what.depth) + (what.push ? " push " : " ") + name_of(what.type);
    if (what.kind != event_kind::value) line += " of " + std::to_string(what.size);
    if (what.kind == event_kind::value && what.type != reply_type::null)
        line += " \"" + escape_untrusted(what.text, what.text.size()) + "\"";
    if (what.type == reply_type::integer || what.type == reply_type::boolean) line += " " + std::to_string(what.integer);
    if (what.ends_reply) line += " end";
    return line;
}

void feeder::feed(std::string_view piece) {
    // A block of its own size for each look, so that AddressSanitizer sees every step past the end.
    const std::size_t size = kept_.size() + piece.size();
    const auto block = std::make_unique<char[]>(size);
    if (!kept_.empty()) std::memcpy(block.get(), kept_.data(), kept_.size());
    if (!piece.empty()) std::memcpy(block.get() + kept_.size(), piece.data(), piece.size());
    std::string_view input{block.get(), size};
    for (;;) {
        const event what = reader_.next(input);
        if (what.kind == event_kind::need_more) break;
        take(what);
        if (what.kind == event_kind::broken) {
            input = {};
            break;
        }
    }
    kept_.assign(input.begin(), input.end());
}

void feeder::take(const event& what) {
    if (what.kind == event_kind::bulk_start) {
        ++announced_;
        place_.assign(what.size, '?');
        reader_.receive_into(place_.data());
        return;
    }
    const std::string line = to_line(what) + "\n";
    if (what.kind == event_kind::broken && transcript_.ends_with(line)) return; // it stays broken
    transcript_ += line;
}

std::string read_whole(std::string_view bytes, limits bounds) { return read_cut(bytes, {}, bounds); }

std::string read_cut(std::string_view bytes, const cuts& where, limits bounds) {
    feeder feed(bounds);
    std::size_t from = 0;
    for (const std::size_t cut : where) {
        feed.feed(bytes.substr(from, cut - from));
        from = cut;
    }
    feed.feed(bytes.substr(from));
    return feed.transcript();
}

} // namespace entrada::resp
