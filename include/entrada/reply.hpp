// A reply of Redis, owned: a tree kept in two flat blocks.
// Room: resp.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace entrada {

/// The types of RESP2 and RESP3. A RESP2 null bulk or null array is `null`.
/// Source: https://redis.io/docs/latest/develop/reference/protocol-spec/
enum class reply_type : std::uint8_t {
    null, simple_string, error, integer, bulk_string, array, boolean, double_number, big_number, verbatim_string, map, set, push
};

class reply;

/// One value inside a reply; valid while the reply lives.
class reply_view {
public:
    [[nodiscard]] reply_type type() const noexcept;
    [[nodiscard]] bool is_null() const noexcept { return type() == reply_type::null; }
    [[nodiscard]] bool is_error() const noexcept { return type() == reply_type::error; }
    [[nodiscard]] bool is_aggregate() const noexcept;
    /// The bytes of any value that is no aggregate, as sent: "42" for an integer, "1.5" for a double. Verbatim strings come without their "txt:".
    [[nodiscard]] std::string_view text() const noexcept;
    /// The value of an integer; 0 for any other type.
    [[nodiscard]] std::int64_t integer() const noexcept;
    /// Children of an aggregate; a map of n pairs has 2n: key, value, key, value.
    [[nodiscard]] std::size_t size() const noexcept;
    /// Child `index`; costs a walk over the earlier siblings. Precondition: `index < size()`.
    [[nodiscard]] reply_view operator[](std::size_t index) const noexcept;

    class iterator;
    [[nodiscard]] iterator begin() const noexcept;
    [[nodiscard]] iterator end() const noexcept;

private:
    friend class reply;
    reply_view(const reply* owner, std::size_t node) noexcept : owner_(owner), node_(node) {}
    const reply* owner_;
    std::size_t node_;
};

/// A whole reply. Thread safety: as a std::string.
class reply {
public:
    reply();
    /// The value itself. A default-constructed reply is null.
    [[nodiscard]] reply_view root() const noexcept { return {this, 0}; }

    struct node {
        reply_type type = reply_type::null;
        std::uint32_t subtree = 1; ///< nodes of this value with all its children
        std::size_t size = 0;      ///< children of an aggregate, else bytes of text
        std::size_t offset = 0;    ///< where the text starts
    };

private:
    friend class reply_view;
    friend class reply_builder;
    std::vector<node> nodes_;
    std::string bytes_;
};

class reply_view::iterator {
public:
    using difference_type = std::ptrdiff_t;
    using value_type = reply_view;
    iterator() = default;
    [[nodiscard]] reply_view operator*() const noexcept;
    iterator& operator++() noexcept;
    iterator operator++(int) noexcept;
    [[nodiscard]] bool operator==(const iterator&) const noexcept = default;

private:
    friend class reply_view;
    iterator(const reply* owner, std::size_t node) noexcept : owner_(owner), node_(node) {}
    const reply* owner_ = nullptr;
    std::size_t node_ = 0;
};

} // namespace entrada
