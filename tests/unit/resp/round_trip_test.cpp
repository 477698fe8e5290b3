// Any tree of values, written as RESP3 and read again, is the same tree.
// Room: tests of resp.
#include "entrada/failure.hpp"
#include "resp/reply_builder.hpp"

#include <gtest/gtest.h>
#include <rapidcheck.h>
#include <rapidcheck/gtest.h>

#include <algorithm>
#include <ostream>

namespace entrada {

struct tree {
    reply_type type = reply_type::null;
    std::string text{};
    std::vector<tree> children{};  ///< of aggregates; keys and values of a map by turns
    std::vector<tree> attribute{}; ///< written before the value, an even number; the reader skips it
};

std::string to_wire(const tree& value);

void showValue(const tree& value, std::ostream& out) { out << '"' << escape_untrusted(to_wire(value), 2000) << '"'; }

namespace {

std::string join(const std::vector<tree>& values) {
    std::string out;
    for (const tree& value : values) out += to_wire(value);
    return out;
}

std::string line(char type, std::string_view text) { return type + std::string(text) + "\r\n"; }
std::string counted(char type, std::size_t count, const std::string& rest) { return line(type, std::to_string(count)) + rest; }

std::string value_to_wire(const tree& value) {
    const std::string text = value.text + "\r\n";
    switch (value.type) {
    case reply_type::null:
        return "_\r\n";
    case reply_type::simple_string:
        return line('+', value.text);
    case reply_type::error:
        return counted('!', value.text.size(), text);
    case reply_type::integer:
        return line(':', value.text);
    case reply_type::bulk_string:
        return counted('$', value.text.size(), text);
    case reply_type::boolean:
        return line('#', value.text);
    case reply_type::double_number:
        return line(',', value.text);
    case reply_type::big_number:
        return line('(', value.text);
    case reply_type::verbatim_string:
        return counted('=', value.text.size() + 4, "txt:" + text);
    case reply_type::array:
        return counted('*', value.children.size(), join(value.children));
    case reply_type::set:
        return counted('~', value.children.size(), join(value.children));
    case reply_type::push:
        return counted('>', value.children.size(), join(value.children));
    case reply_type::map:
        return counted('%', value.children.size() / 2, join(value.children));
    }
    return {};
}

rc::Gen<std::string> text_of(reply_type type) {
    switch (type) {
    case reply_type::null:
        return rc::gen::just(std::string());
    case reply_type::boolean:
        return rc::gen::element<std::string>("t", "f");
    case reply_type::integer:
        return rc::gen::map(rc::gen::arbitrary<std::int64_t>(), [](std::int64_t n) { return std::to_string(n); });
    case reply_type::big_number:
        return rc::gen::map(rc::gen::nonEmpty(rc::gen::container<std::string>(rc::gen::inRange('0', ':'))),
                            [](std::string s) { return "-" + s; });
    case reply_type::double_number:
        return rc::gen::element<std::string>("inf", "-inf", "nan", "1.5", "-0", "1e+20", "2.5e-7");
    case reply_type::simple_string:
        return rc::gen::container<std::string>(rc::gen::inRange<char>(' ', '~'));
    default:
        return rc::gen::arbitrary<std::string>(); // any bytes
    }
}

rc::Gen<tree> scalar() {
    const auto type = rc::gen::element(reply_type::null, reply_type::simple_string, reply_type::error, reply_type::integer,
                                       reply_type::bulk_string, reply_type::boolean, reply_type::double_number,
                                       reply_type::big_number, reply_type::verbatim_string);
    return rc::gen::mapcat(type, [](reply_type chosen) {
        return rc::gen::map(text_of(chosen),
                            [chosen](std::string text) { return tree{.type = chosen, .text = std::move(text)}; });
    });
}

std::vector<tree> even(std::vector<tree> values) {
    if (values.size() % 2 != 0) values.pop_back();
    return values;
}

rc::Gen<tree> any_tree(int depth) {
    if (depth == 0) return scalar();
    const auto children = rc::gen::scale(0.3, rc::gen::container<std::vector<tree>>(any_tree(depth - 1)));
    const auto type = rc::gen::element(reply_type::array, reply_type::map, reply_type::set, reply_type::push);
    const auto aggregate = rc::gen::apply(
        [](reply_type chosen, std::vector<tree> values) {
            return tree{.type = chosen, .children = chosen == reply_type::map ? even(std::move(values)) : std::move(values)};
        },
        type, children);
    const auto with_attribute = rc::gen::apply(
        [](tree value, std::vector<tree> attribute) {
            value.attribute = even(std::move(attribute));
            return value;
        },
        scalar(), children);
    return rc::gen::weightedOneOf<tree>({{4, scalar()}, {3, aggregate}, {1, with_attribute}});
}

bool same(reply_view read, const tree& written) {
    if (read.type() != written.type || read.text() != written.text || read.size() != written.children.size()) return false;
    return std::equal(read.begin(), read.end(), written.children.begin(), written.children.end(), same);
}

reply read_in_pieces(std::string_view bytes, std::size_t piece_size, resp::limits bounds) {
    resp::reader reader(bounds);
    reply_builder builder;
    builder.begin();
    std::size_t shown = 0;
    std::string_view input = bytes.substr(0, 0);
    for (;;) {
        const resp::event what = reader.next(input);
        RC_ASSERT(what.kind != resp::event_kind::broken);
        if (what.kind == resp::event_kind::bulk_start) reader.receive_into(builder.place(what.size));
        if (builder.on_event(what)) break;
        if (what.kind != resp::event_kind::need_more) continue;
        RC_ASSERT(shown < bytes.size());
        const std::size_t consumed = shown - input.size();
        shown = std::min(shown + piece_size, bytes.size());
        input = bytes.substr(consumed, shown - consumed);
    }
    RC_ASSERT(reader.idle() && input.empty() && shown == bytes.size());
    return builder.take();
}

RC_GTEST_PROP(any_tree_of_values, is_the_same_after_writing_and_reading, ()) {
    const tree written = *any_tree(4);
    const std::string bytes = to_wire(written);
    const std::size_t piece_size = *rc::gen::inRange<std::size_t>(1, bytes.size() + 1);
    const resp::limits bounds{.stream_bytes_min = *rc::gen::inRange<std::size_t>(1, 50)};
    const reply read = read_in_pieces(bytes, piece_size, bounds);
    RC_ASSERT(same(read.root(), written));
}

} // namespace

std::string to_wire(const tree& value) {
    const std::string attribute = value.attribute.empty() ? "" : counted('|', value.attribute.size() / 2, join(value.attribute));
    return attribute + value_to_wire(value);
}

} // namespace entrada
