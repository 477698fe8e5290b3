// Makes an owned reply of the reader's events.
// Room: resp.
#include "resp/reply_builder.hpp"

#include <cstring>
#include <utility>

namespace entrada {

void reply_builder::begin() noexcept {
    built_.nodes_.clear();
    built_.bytes_.clear();
    open_.clear();
    placed_.reset();
}

bool reply_builder::on_event(const resp::event& what) {
    const bool aggregate = what.kind == resp::event_kind::aggregate;
    if (!aggregate && what.kind != resp::event_kind::value) return false;
    close_from(what.depth);
    if (aggregate) {
        open_.push_back(built_.nodes_.size());
        built_.nodes_.push_back({.type = what.type, .size = what.size});
    } else {
        const std::size_t offset = store(what.text);
        built_.nodes_.push_back({.type = what.type, .size = what.text.size(), .offset = offset});
    }
    if (what.ends_reply) close_from(0);
    return what.ends_reply;
}

char* reply_builder::place(std::size_t size) {
    const std::size_t offset = built_.bytes_.size();
    built_.bytes_.resize(offset + size);
    placed_ = offset;
    return built_.bytes_.data() + offset;
}

reply reply_builder::take() noexcept { return std::exchange(built_, {}); }

// Aggregates at this depth and below have all their children: now it is known how many nodes they span.
void reply_builder::close_from(std::size_t depth) noexcept {
    for (; open_.size() > depth; open_.pop_back())
        built_.nodes_[open_.back()].subtree = static_cast<std::uint32_t>(built_.nodes_.size() - open_.back());
}

std::size_t reply_builder::store(std::string_view text) {
    const auto placed = std::exchange(placed_, std::nullopt);
    // By its address: a place may have been asked for a string that then went elsewhere.
    if (placed && text.data() == built_.bytes_.data() + *placed) return *placed;
    const std::size_t offset = built_.bytes_.size();
    if (text.empty()) return offset;
    built_.bytes_.resize(offset + text.size());
    std::memcpy(built_.bytes_.data() + offset, text.data(), text.size());
    return offset;
}

} // namespace entrada
