// From replies to the values that calls return. Not for users.
// Room: client.
#pragma once

#include "entrada/lease.hpp"
#include "entrada/reply.hpp"
#include "entrada/result.hpp"

#include <chrono>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace entrada {

class reply_builder;

struct key_ttl {
    bool exists = false;
    /// Empty: exists and does not expire.
    std::optional<std::chrono::milliseconds> left;
};

namespace resp {
struct event;
}

namespace detail {

/// What all of them share: an error reply becomes a failure, and so does a reply of another type than expected.
class reply_value {
public:
    [[nodiscard]] char* place(std::size_t) { return nullptr; }
    /// After the last event: whether there is a value to take. If not, why.
    [[nodiscard]] bool good() const noexcept { return good_; }
    [[nodiscard]] failure problem(std::string_view name) const;

protected:
    /// True if the piece is a whole reply of one of the expected types.
    [[nodiscard]] bool accept(const resp::event& piece, reply_type expected, reply_type or_else);
    bool good_ = false;

private:
    reply_type other_ = reply_type::null;
    std::unique_ptr<std::string> error_; ///< seldom: so a pointer is all the room it takes
};

/// Those whose usual reply is one string name its type, `plain`, and make their outcome `of` it at once, and of a pointer to what
/// holds it.

/// GET: a bulk string or nothing.
class text_value : public reply_value {
public:
    using type = std::optional<std::string>;
    static constexpr reply_type plain = reply_type::bulk_string;
    template <class Holder>
    [[nodiscard]] static result<type> of(std::string_view text, const Holder&) {
        return result<type>(boost::system::in_place_value, std::in_place, text);
    }
    void on_event(const resp::event& piece);
    [[nodiscard]] char* place(std::size_t size);
    [[nodiscard]] type&& take() noexcept { return std::move(value_); }

private:
    type value_;
};

/// GET: the same without a copy.
class lease_value : public reply_value {
public:
    using type = std::optional<lease>;
    static constexpr reply_type plain = reply_type::bulk_string;
    [[nodiscard]] static result<type> of(std::string_view text, boost::intrusive_ptr<received_block> in) {
        return result<type>(boost::system::in_place_value, std::in_place, std::move(in), text);
    }
    void on_event(const resp::event& piece, received_block& in);
    [[nodiscard]] char* place(std::size_t size);
    [[nodiscard]] type&& take() noexcept { return std::move(value_); }

private:
    type value_;
    boost::intrusive_ptr<received_block> own_; ///< of a long string
};

/// SET: OK, or null if its condition was not met.
class status_value : public reply_value {
public:
    using type = bool;
    static constexpr reply_type plain = reply_type::simple_string;
    template <class Holder>
    [[nodiscard]] static result<type> of(std::string_view, const Holder&) {
        return true;
    }
    void on_event(const resp::event& piece);
    [[nodiscard]] bool take() const noexcept { return done_; }

private:
    bool done_ = false;
};

/// DEL: how many.
class integer_value : public reply_value {
public:
    void on_event(const resp::event& piece);

protected:
    std::int64_t number_ = 0;
};

class existed_value : public integer_value {
public:
    using type = bool;
    [[nodiscard]] bool take() const noexcept { return number_ != 0; }
};

/// PTTL: milliseconds, -1 without expiry, -2 without key.
class ttl_value : public integer_value {
public:
    using type = key_ttl;
    [[nodiscard]] key_ttl take() const noexcept;
};

/// PING: how long it took.
class ping_value : public reply_value {
public:
    using type = std::chrono::microseconds;
    void on_event(const resp::event& piece);
    [[nodiscard]] type take() const noexcept {
        return std::chrono::duration_cast<type>(std::chrono::steady_clock::now() - began_);
    }

private:
    std::chrono::steady_clock::time_point began_ = std::chrono::steady_clock::now();
};

/// Any command: the reply as it is.
class whole_value {
public:
    using type = reply;
    whole_value();
    ~whole_value();
    whole_value(whole_value&&) noexcept;
    void on_event(const resp::event& piece);
    [[nodiscard]] char* place(std::size_t size);
    [[nodiscard]] bool good() const noexcept { return !whole_.root().is_error(); }
    [[nodiscard]] failure problem(std::string_view name) const;
    [[nodiscard]] type&& take() noexcept { return std::move(whole_); }

private:
    std::unique_ptr<reply_builder> builder_;
    reply whole_;
};

/// A batch: each reply as it is.
class batch_value {
public:
    using type = std::vector<result<reply>>;
    batch_value();
    ~batch_value();
    batch_value(batch_value&&) noexcept;
    void on_event(const resp::event& piece);
    [[nodiscard]] char* place(std::size_t size);
    [[nodiscard]] bool good() const noexcept { return true; }
    [[nodiscard]] failure problem(std::string_view) const { return {}; }
    [[nodiscard]] type&& take() noexcept { return std::move(all_); }

private:
    std::unique_ptr<reply_builder> builder_;
    type all_;
};

/// Gives a piece of the reply to a value; few want to know where it lies.
template <class Value>
void hand_over(Value& value, const resp::event& piece, received_block& in) {
    if constexpr (requires { value.on_event(piece, in); }) {
        value.on_event(piece, in);
    } else {
        value.on_event(piece);
    }
}

} // namespace detail
} // namespace entrada
