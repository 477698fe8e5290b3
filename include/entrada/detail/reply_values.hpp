// From replies to the values that calls return. Not for users.
// Room: client.
#pragma once

#include "entrada/reply.hpp"
#include "entrada/result.hpp"

#include <chrono>
#include <memory>
#include <optional>
#include <string>

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

protected:
    /// True if the piece is a whole reply of one of the expected types.
    [[nodiscard]] bool accept(const resp::event& piece, reply_type expected, reply_type or_else);
    [[nodiscard]] failure problem(std::string_view name) const;
    bool good_ = false;

private:
    std::string error_;
    reply_type other_ = reply_type::null;
};

/// GET: a bulk string or nothing.
class text_value : public reply_value {
public:
    using type = std::optional<std::string>;
    void on_event(const resp::event& piece);
    [[nodiscard]] char* place(std::size_t size);
    [[nodiscard]] result<type> take(std::string_view name);

private:
    type value_;
};

/// SET: OK, or null if its condition was not met.
class status_value : public reply_value {
public:
    using type = bool;
    void on_event(const resp::event& piece);
    [[nodiscard]] result<type> take(std::string_view name);

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
    [[nodiscard]] result<type> take(std::string_view name);
};

/// PTTL: milliseconds, -1 without expiry, -2 without key.
class ttl_value : public integer_value {
public:
    using type = key_ttl;
    [[nodiscard]] result<type> take(std::string_view name);
};

/// PING: how long it took.
class ping_value : public reply_value {
public:
    using type = std::chrono::microseconds;
    void on_event(const resp::event& piece);
    [[nodiscard]] result<type> take(std::string_view name);

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
    [[nodiscard]] result<type> take(std::string_view name);

private:
    std::unique_ptr<reply_builder> builder_;
};

} // namespace detail
} // namespace entrada
