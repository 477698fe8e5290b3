// An error with its context, and the exception that carries it.
// Room: base.
#pragma once

#include "entrada/errc.hpp"

#include <boost/assert/source_location.hpp>

#include <memory>
#include <stdexcept>
#include <string>
#include <string_view>
#include <utility>

namespace entrada {

/// Facts of a failure that a program can use, where code and text are not enough. Each kind is a class of the room that makes it.
class failure_facts {
public:
    virtual ~failure_facts() = default;
};

/// A code, and a sentence for people: what was tried, on what, for how long, what to do.
///
/// The detail never holds a token, a password or a value. Text that came from a server is escaped and cut.
class failure {
public:
    /// No failure; exists because containers and Boost's result want one.
    failure() = default;
    failure(boost::system::error_code code, std::string detail) : code_(code), detail_(std::move(detail)) {}
    failure(errc code, std::string detail) : failure(make_error_code(code), std::move(detail)) {}
    failure(const failure&) = default;
    failure(failure&&) noexcept = default;
    failure& operator=(const failure&) = default;
    failure& operator=(failure&&) noexcept = default;
    ~failure(); // not inline: every call that can fail has one in its code

    [[nodiscard]] const boost::system::error_code& code() const noexcept { return code_; }
    [[nodiscard]] const std::string& detail() const noexcept { return detail_; }
    /// Empty for most failures.
    [[nodiscard]] const std::shared_ptr<const failure_facts>& facts() const noexcept { return facts_; }
    [[nodiscard]] failure with_facts(std::shared_ptr<const failure_facts> facts) const;
    /// "category text: detail", in one line.
    [[nodiscard]] std::string to_string() const;

private:
    boost::system::error_code code_;
    std::string detail_;
    std::shared_ptr<const failure_facts> facts_;
};

/// Thrown by `result<T>::value()` and by the calls that return plain values.
class failure_error : public std::runtime_error {
public:
    explicit failure_error(failure cause);
    [[nodiscard]] const failure& cause() const noexcept { return cause_; }
    [[nodiscard]] const boost::system::error_code& code() const noexcept { return cause_.code(); }

private:
    failure cause_;
};

[[noreturn]] void throw_exception_from_error(const failure& cause, const boost::source_location& where);

/// Text from outside, made safe for a log line: control and non-ASCII bytes escaped, cut at `size_max` bytes.
[[nodiscard]] std::string escape_untrusted(std::string_view text, std::size_t size_max = 200);

} // namespace entrada
