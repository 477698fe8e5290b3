// A reply of Redis, owned, and the views into it.
// Room: resp.
#include "entrada/reply.hpp"

#include <charconv>

namespace entrada {

const reply::node& reply::at(std::size_t index) const noexcept {
    static constexpr node null{};
    return index < nodes_.size() ? nodes_[index] : null;
}

reply_type reply_view::type() const noexcept { return owner_->at(node_).type; }

bool reply_view::is_aggregate() const noexcept {
    switch (type()) {
    case reply_type::array:
    case reply_type::map:
    case reply_type::set:
    case reply_type::push:
        return true;
    default:
        return false;
    }
}

std::string_view reply_view::text() const noexcept {
    const reply::node& node = owner_->at(node_);
    if (is_aggregate() || node.size == 0) return {};
    return {owner_->bytes_.data() + node.offset, node.size};
}

std::int64_t reply_view::integer() const noexcept {
    if (type() == reply_type::boolean) return text() == "t";
    if (type() != reply_type::integer) return 0;
    std::string_view digits = text();
    if (digits.starts_with('+')) digits.remove_prefix(1); // legal in RESP, unknown to from_chars
    std::int64_t value = 0;
    std::from_chars(digits.data(), digits.data() + digits.size(), value);
    return value;
}

std::size_t reply_view::size() const noexcept { return is_aggregate() ? owner_->at(node_).size : 0; }

reply_view reply_view::operator[](std::size_t index) const noexcept {
    if (index >= size()) return {owner_, owner_->nodes_.size()};
    iterator child = begin();
    while (index-- != 0) ++child;
    return *child;
}

reply_view::iterator reply_view::begin() const noexcept { return {owner_, node_ + 1}; }
reply_view::iterator reply_view::end() const noexcept { return {owner_, node_ + owner_->at(node_).subtree}; }

reply_view reply_view::iterator::operator*() const noexcept { return {owner_, node_}; }

reply_view::iterator& reply_view::iterator::operator++() noexcept {
    node_ += owner_->at(node_).subtree;
    return *this;
}

reply_view::iterator reply_view::iterator::operator++(int) noexcept {
    const iterator before = *this;
    ++*this;
    return before;
}

} // namespace entrada
