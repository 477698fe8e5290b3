// A reply of Redis, owned: a tree kept in two flat blocks.
// Room: resp.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string_view>
#include <vector>

namespace entrada {

/// The types of RESP2 and RESP3. A RESP2 null bulk or null array is `null`.
/// Source: https://redis.io/docs/latest/develop/reference/protocol-spec/
enum class reply_type : std::uint8_t {
    null,
    simple_string,
    error,
    integer,
    bulk_string,
    array,
    boolean,
    double_number,
    big_number,
    verbatim_string,
    map,
    set,
    push
};

class reply;

namespace reply_detail {

/// Leaves new bytes as they are: a large string is received into them, and zeroing it first costs as much as copying it.
template <class T>
struct uninitialized_allocator : std::allocator<T> {
    template <class U>
    struct rebind {
        using other = uninitialized_allocator<U>;
    };
    template <class U>
    void construct(U* place) noexcept {
        ::new (static_cast<void*>(place)) U;
    }
    template <class U, class... Args>
    void construct(U* place, Args&&... args) {
        std::construct_at(place, std::forward<Args>(args)...);
    }
};

using byte_block = std::vector<char, uninitialized_allocator<char>>;

} // namespace reply_detail

/// One value inside a reply; valid while the reply lives.
class reply_view {
public:
    [[nodiscard]] reply_type type() const noexcept;
    [[nodiscard]] bool is_null() const noexcept { return type() == reply_type::null; }
    [[nodiscard]] bool is_error() const noexcept { return type() == reply_type::error; }
    [[nodiscard]] bool is_aggregate() const noexcept;
    /// The bytes of any value that is no aggregate, as sent: "42" for an integer, "1.5" for a double. Verbatim strings come
    /// without their "txt:".
    [[nodiscard]] std::string_view text() const noexcept;
    /// The value of an integer; 1 or 0 for a boolean; 0 for any other type.
    [[nodiscard]] std::int64_t integer() const noexcept;
    /// Children of an aggregate; a map of n pairs has 2n: key, value, key, value.
    [[nodiscard]] std::size_t size() const noexcept;
    /// Child `index`, or a null if there is none; costs a walk over the earlier siblings.
    [[nodiscard]] reply_view operator[](std::size_t index) const noexcept;

    class iterator;
    [[nodiscard]] iterator begin() const noexcept;
    [[nodiscard]] iterator end() const noexcept;

private:
    friend class reply;
    friend class iterator;
    reply_view(const reply* owner, std::size_t node) noexcept : owner_(owner), node_(node) {}
    const reply* owner_;
    std::size_t node_;
};

/// A whole reply; a default-constructed one is null. Thread safety: as a std::string.
class reply {
public:
    /// The value itself.
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
    [[nodiscard]] const node& at(std::size_t index) const noexcept;

    std::vector<node> nodes_; ///< each value before its children; none: null
    reply_detail::byte_block bytes_;
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
