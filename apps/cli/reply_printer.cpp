#include "cli/reply_printer.hpp"

#include "cli/console.hpp"

#include <boost/json.hpp>

#include <charconv>
#include <cmath>

namespace entrada::cli {
namespace {

namespace json = boost::json;

std::string quoted(std::string_view text) {
    static constexpr char digits[] = "0123456789abcdef";
    std::string out = "\"";
    for (const char c : text) {
        const auto byte = static_cast<unsigned char>(c);
        switch (c) {
        case '"':
            out += "\\\"";
            break;
        case '\\':
            out += "\\\\";
            break;
        case '\n':
            out += "\\n";
            break;
        case '\r':
            out += "\\r";
            break;
        case '\t':
            out += "\\t";
            break;
        case '\a':
            out += "\\a";
            break;
        case '\b':
            out += "\\b";
            break;
        default:
            if (byte >= 0x20 && byte < 0x7f)
                out += c;
            else
                out += {'\\', 'x', digits[byte >> 4], digits[byte & 15]};
        }
    }
    return out += '"';
}

// Bytes that a terminal would act on, made visible; the text stands without quotes.
std::string harmless(std::string_view text) {
    std::string out = quoted(text);
    return out.substr(1, out.size() - 2);
}

std::string leaf(reply_view value) {
    const std::string text(value.text());
    switch (value.type()) {
    case reply_type::null:
        return "(nil)";
    case reply_type::simple_string:
        return harmless(text);
    case reply_type::error:
        return "(error) " + harmless(text);
    case reply_type::integer:
    case reply_type::big_number:
        return "(integer) " + harmless(text);
    case reply_type::boolean:
        return value.integer() != 0 ? "(true)" : "(false)";
    case reply_type::double_number:
        return "(double) " + harmless(text);
    default:
        return quoted(text);
    }
}

struct aggregate_form {
    std::string_view empty;
    std::string_view mark;
};

aggregate_form form_of(reply_type type) {
    switch (type) {
    case reply_type::map:
        return {"(empty hash)", "# "};
    case reply_type::set:
        return {"(empty set)", "~ "};
    case reply_type::push:
        return {"(empty push)", "> "};
    default:
        return {"(empty array)", ") "};
    }
}

void append_text(std::string& out, reply_view value, std::size_t indent);

// `number`, right-aligned to the width of the last one.
std::string numbered(std::size_t number, std::size_t last, std::string_view mark) {
    const std::string text = std::to_string(number);
    return std::string(std::to_string(last).size() - text.size(), ' ') + text + std::string(mark);
}

void append_aggregate(std::string& out, reply_view value, std::size_t indent) {
    const auto form = form_of(value.type());
    const bool map = value.type() == reply_type::map;
    const std::size_t rows = map ? value.size() / 2 : value.size();
    if (rows == 0) {
        out.append(form.empty).append("\n");
        return;
    }
    std::size_t row = 0;
    for (auto child = value.begin(); child != value.end(); ++child) {
        const std::string head = numbered(++row, rows, form.mark);
        if (row > 1) out.append(indent, ' ');
        out += head;
        if (map) {
            std::string key;
            append_text(key, *child, indent + head.size());
            key.pop_back(); // its line end
            out += key + " => ";
            ++child;
        }
        append_text(out, *child, indent + head.size());
    }
}

void append_text(std::string& out, reply_view value, std::size_t indent) {
    if (value.is_aggregate())
        append_aggregate(out, value, indent);
    else
        out += leaf(value) + "\n";
}

void append_lines(std::string& out, reply_view value) {
    if (!value.is_aggregate()) {
        out.append(value.is_null() ? std::string_view() : value.text()).append("\n");
        return;
    }
    for (const reply_view child : value) append_lines(out, child);
}

json::value json_of_number(reply_view value) {
    const auto text = value.text();
    double number = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
    const bool whole = error == std::errc{} && end == text.data() + text.size();
    if (whole && std::isfinite(number)) return number;
    return json::string(text); // "inf" and "nan" are no numbers of JSON
}

json::value json_of_map(reply_view value) {
    json::object object;
    json::array pairs;
    for (auto child = value.begin(); child != value.end(); ++child) {
        json::value key = json_of(*child);
        json::value element = json_of(*++child);
        if (const auto* name = key.if_string()) object[*name] = element;
        pairs.push_back(json::array{std::move(key), std::move(element)});
    }
    if (object.size() == pairs.size()) return object;
    return pairs;
}

} // namespace

std::string text_of(reply_view value) {
    std::string out;
    if (value.type() == reply_type::verbatim_string) {
        out.append(value.text()); // made for people, with its own line ends
        if (!out.ends_with('\n')) out += '\n';
    } else {
        append_text(out, value, 0);
    }
    return out;
}

std::string lines_of(reply_view value) {
    std::string out;
    append_lines(out, value);
    return out;
}

json::value json_of(reply_view value) {
    switch (value.type()) {
    case reply_type::null:
        return nullptr;
    case reply_type::integer:
        return value.integer();
    case reply_type::boolean:
        return value.integer() != 0;
    case reply_type::double_number:
        return json_of_number(value);
    case reply_type::error:
        return {{"error", json_of_bytes(value.text())}};
    case reply_type::map:
        return json_of_map(value);
    case reply_type::array:
    case reply_type::set:
    case reply_type::push: {
        json::array elements;
        for (const reply_view child : value) elements.push_back(json_of(child));
        return elements;
    }
    default:
        return json_of_bytes(value.text());
    }
}

} // namespace entrada::cli
