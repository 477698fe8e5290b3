// JSON as the cache needs it: a writer that appends to text, and a view of what was read. Not for users.
// Room: cache. The reader behind it is Boost.JSON, which no public header includes: docs/why/0006-json-library.md.
#pragma once

#include "entrada/result.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace entrada::detail {

/// The first thing that went wrong, and where inside the value.
struct json_trouble {
    std::string path; ///< ".orders[3].price"; empty: the value itself
    std::string what; ///< without any part of the value

    /// Says it, unless something was said before. Returns false.
    bool say(std::string text);
    /// Puts ".name" or "[index]" before the path. Returns false.
    bool inside(std::string_view name);
    bool inside(std::size_t index);
    [[nodiscard]] failure to_failure(std::string_view doing, std::size_t size) const;
};

/// Nesting of a value, read or written; as in System.Text.Json.
inline constexpr std::size_t json_depth_max = 64;

/// Appends JSON without blanks. Functions that can fail return false and say why in `trouble()`.
class json_writer {
public:
    bool begin_object() { return open('{'); }
    void end_object() { close('}'); }
    bool begin_array() { return open('['); }
    void end_array() { close(']'); }
    /// The name of the next member.
    bool name(std::string_view text);

    void null();
    void boolean(bool value);
    void integer(std::int64_t value);
    void integer(std::uint64_t value);
    /// The shortest text that reads back as the same number. Fails for infinities and NaN, which JSON has not.
    bool number(double value);
    bool number(float value);
    /// Fails for text that is not UTF-8.
    bool text(std::string_view value);

    [[nodiscard]] json_trouble& trouble() noexcept { return trouble_; }
    [[nodiscard]] std::string take() && { return std::move(out_); }

private:
    bool open(char bracket);
    void close(char bracket);
    void separate();
    bool quote(std::string_view value);

    std::string out_;
    std::size_t depth_ = 0;
    json_trouble trouble_;
};

enum class json_kind : std::uint8_t { null, boolean, integer, unsigned_integer, number, text, array, object };

struct json_node {
    json_kind kind = json_kind::null;
    bool negative_zero = false; ///< of an integer: "-0", which is a number of its own for floating point
    std::uint32_t subtree = 1;  ///< nodes of this value with all its children
    std::size_t size = 0;       ///< elements, members, or bytes of text
    union {
        std::int64_t integer = 0;
        std::uint64_t unsigned_integer; ///< above the largest `integer`
        double number;
        std::size_t offset; ///< where the text starts
    };
};

class json_document;

/// One value inside a document; valid while the document lives.
class json_view {
public:
    [[nodiscard]] json_kind kind() const noexcept { return node().kind; }
    [[nodiscard]] bool boolean() const noexcept { return node().integer != 0; }
    /// Nothing if it is no whole number or does not fit.
    [[nodiscard]] std::optional<std::int64_t> integer() const noexcept;
    [[nodiscard]] std::optional<std::uint64_t> unsigned_integer() const noexcept;
    [[nodiscard]] bool is_integer() const noexcept {
        return kind() == json_kind::integer || kind() == json_kind::unsigned_integer;
    }
    /// The nearest double; nothing if it is no number.
    [[nodiscard]] std::optional<double> number() const noexcept;
    [[nodiscard]] std::string_view text() const noexcept;
    /// Elements of an array, members of an object.
    [[nodiscard]] std::size_t size() const noexcept { return node().size; }
    /// Children one after the other; in an object a name (a text) before each value. Preconditions: there is a first, there is a
    /// next.
    [[nodiscard]] json_view first() const noexcept { return {document_, index_ + 1}; }
    [[nodiscard]] json_view next() const noexcept { return {document_, index_ + node().subtree}; }
    /// "a text", "null": for errors.
    [[nodiscard]] std::string_view kind_name() const noexcept;

private:
    friend class json_document;
    json_view(const json_document* document, std::size_t index) noexcept : document_(document), index_(index) {}
    [[nodiscard]] const json_node& node() const noexcept;
    const json_document* document_;
    std::size_t index_;
};

/// Parsed JSON in two flat blocks.
class json_document {
public:
    /// Errors: `errc::value_unreadable` for text that is not JSON, too deep or of too many values.
    [[nodiscard]] static result<json_document> parse(std::string_view text);
    [[nodiscard]] json_view root() const noexcept { return {this, 0}; }

private:
    friend class json_view;
    friend class json_builder;
    std::vector<json_node> nodes_;
    std::string text_;
};

inline const json_node& json_view::node() const noexcept { return document_->nodes_[index_]; }

} // namespace entrada::detail
