#include "entrada/detail/json.hpp"

#include <boost/json/basic_parser_impl.hpp>

#include <charconv>
#include <limits>

namespace entrada::detail {

// Takes the events of Boost.JSON's parser and lays the values out flat, each before its children.
//
// Not its own tree: one value would be one allocation and more, and its doubles are off by a bit where the text has many digits.
class json_builder {
public:
    // Names that the parser asks for.
    static constexpr std::size_t max_array_size = std::numeric_limits<std::size_t>::max();
    static constexpr std::size_t max_object_size = max_array_size;
    static constexpr std::size_t max_string_size = max_array_size;
    static constexpr std::size_t max_key_size = max_array_size;
    using error_code = boost::json::error_code;
    using string_view = boost::json::string_view;

    explicit json_builder(json_document& out) : out_(out) {}

    bool on_document_begin(error_code&) { return true; }
    bool on_document_end(error_code&) { return true; }
    bool on_array_begin(error_code& error) { return open(json_kind::array, error); }
    bool on_object_begin(error_code& error) { return open(json_kind::object, error); }
    bool on_array_end(std::size_t size, error_code&) { return close(size); }
    bool on_object_end(std::size_t size, error_code&) { return close(size); }
    bool on_string_part(string_view part, std::size_t, error_code&) { return collect(part); }
    bool on_string(string_view last, std::size_t size, error_code& error) { return finish_text(last, size, error); }
    bool on_key_part(string_view part, std::size_t, error_code&) { return collect(part); }
    bool on_key(string_view last, std::size_t size, error_code& error) { return finish_text(last, size, error); }
    bool on_number_part(string_view part, error_code&) { return digits_.append(part.data(), part.size()), true; }

    bool on_int64(std::int64_t value, string_view last, error_code& error) {
        json_node* node = add(json_kind::integer, error);
        if (!node) return false;
        digits_.append(last.data(), last.size());
        node->integer = value;
        node->negative_zero = value == 0 && digits_.starts_with('-');
        digits_.clear();
        return true;
    }

    bool on_uint64(std::uint64_t value, string_view, error_code& error) {
        digits_.clear();
        json_node* node = add(json_kind::unsigned_integer, error);
        if (node) node->unsigned_integer = value;
        return node != nullptr;
    }

    // The text is read again: the parser's own value may differ from the nearest double in its last bit.
    bool on_double(double value, string_view last, error_code& error) {
        digits_.append(last.data(), last.size());
        json_node* node = add(json_kind::number, error);
        if (!node) return false;
        node->number = value;
        std::from_chars(digits_.data(), digits_.data() + digits_.size(), node->number);
        digits_.clear();
        return true;
    }

    bool on_bool(bool value, error_code& error) {
        json_node* node = add(json_kind::boolean, error);
        if (node) node->integer = value ? 1 : 0;
        return node != nullptr;
    }

    bool on_null(error_code& error) { return add(json_kind::null, error) != nullptr; }
    bool on_comment_part(string_view, error_code&) { return true; }
    bool on_comment(string_view, error_code&) { return true; }

private:
    // As many values as a reply of Redis may have: more would take gigabytes for the text of a few.
    static constexpr std::size_t nodes_max = std::size_t{16} * 1024 * 1024;

    json_node* add(json_kind kind, error_code& error) {
        if (out_.nodes_.size() == nodes_max) {
            error = boost::json::error::array_too_large;
            return nullptr;
        }
        out_.nodes_.emplace_back().kind = kind;
        return &out_.nodes_.back();
    }

    bool open(json_kind kind, error_code& error) {
        open_.push_back(out_.nodes_.size());
        return add(kind, error) != nullptr;
    }

    bool close(std::size_t size) {
        json_node& node = out_.nodes_[open_.back()];
        node.size = size;
        node.subtree = static_cast<std::uint32_t>(out_.nodes_.size() - open_.back());
        open_.pop_back();
        return true;
    }

    bool collect(string_view part) {
        out_.text_.append(part.data(), part.size());
        return true;
    }

    bool finish_text(string_view last, std::size_t size, error_code& error) {
        collect(last);
        json_node* node = add(json_kind::text, error);
        if (!node) return false;
        node->size = size;
        node->offset = out_.text_.size() - size;
        return true;
    }

    json_document& out_;
    std::vector<std::size_t> open_;
    std::string digits_;
};

result<json_document> json_document::parse(std::string_view text) {
    json_document out;
    out.text_.reserve(text.size());
    boost::json::parse_options options;
    options.max_depth = json_depth_max;
    boost::json::basic_parser<json_builder> parser(options, out);
    boost::system::error_code error;
    const auto read = parser.write_some(false, text.data(), text.size(), error);
    const bool more_follows = !error && text.find_first_not_of(" \t\r\n", read) != std::string_view::npos;
    if (more_follows) error = boost::json::error::extra_data;
    if (!error) return out;
    json_trouble trouble;
    trouble.say("not JSON at byte " + std::to_string(read) + " (" + error.message() + ")");
    return trouble.to_failure("value", text.size());
}

std::optional<std::int64_t> json_view::integer() const noexcept {
    return kind() == json_kind::integer ? std::optional(node().integer) : std::nullopt;
}

std::optional<std::uint64_t> json_view::unsigned_integer() const noexcept {
    if (kind() == json_kind::unsigned_integer) return node().unsigned_integer;
    if (kind() == json_kind::integer && node().integer >= 0) return static_cast<std::uint64_t>(node().integer);
    return std::nullopt;
}

std::optional<double> json_view::number() const noexcept {
    switch (kind()) {
    case json_kind::integer:
        return node().negative_zero ? -0.0 : static_cast<double>(node().integer);
    case json_kind::unsigned_integer:
        return static_cast<double>(node().unsigned_integer);
    case json_kind::number:
        return node().number;
    default:
        return std::nullopt;
    }
}

std::string_view json_view::text() const noexcept {
    return kind() == json_kind::text ? std::string_view(document_->text_).substr(node().offset, node().size) : std::string_view();
}

std::string_view json_view::kind_name() const noexcept {
    switch (kind()) {
    case json_kind::null:
        return "null";
    case json_kind::boolean:
        return "a boolean";
    case json_kind::integer:
    case json_kind::unsigned_integer:
        return "a whole number";
    case json_kind::number:
        return "a number with a fraction or exponent";
    case json_kind::text:
        return "a text";
    case json_kind::array:
        return "an array";
    case json_kind::object:
        return "an object";
    }
    return "a value";
}

} // namespace entrada::detail
