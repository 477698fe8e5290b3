// What Redis may hold, as far as the one caller that owns the keys can know it. No I/O.
// Room: tests.
#pragma once

#include "fault/client_plan.hpp"

#include "entrada/async_client.hpp"

#include <set>
#include <string>
#include <variant>
#include <vector>

namespace entrada::test {

/// The bytes of a text: what it is, and then noise that no other text has at the same place.
[[nodiscard]] std::string text_of(std::string_view key, const text_id& id);
[[nodiscard]] bool is_text(std::string_view bytes, std::string_view key, const text_id& id);
/// Whose text the bytes are, if they are a text of `key`.
[[nodiscard]] std::optional<text_id> read_text(std::string_view bytes, std::string_view key);

/// What one command brought, as the calls return it.
using answer = std::variant<std::optional<std::string>, bool, key_ttl, std::chrono::microseconds, reply>;
using command_end = result<answer>;

/// One state of one key.
struct key_state {
    enum class kind { absent, text, list, number, anything };
    kind what = kind::absent;
    bool expires = false;
    text_id text;
    std::vector<text_id> items; ///< newest first
    std::int64_t number = 0;

    bool operator==(const key_state&) const = default;
};

/// Whether a command that ran in this state is answered so.
[[nodiscard]] bool explains(const key_state& before, const planned_command& done, const std::string& key, const command_end& got);
[[nodiscard]] key_state after(key_state before, const planned_command& done);
[[nodiscard]] std::string to_string(const key_state& state);
[[nodiscard]] std::string to_string(const command_end& got);

/// One key: the states it may be in. One, as long as every command was answered; a command of which nobody knows whether it ran
/// adds those it would have led to, and an answer takes away those that do not explain it.
class key_model {
public:
    explicit key_model(std::string name) : name_(std::move(name)) {}

    [[nodiscard]] const std::string& name() const noexcept { return name_; }
    [[nodiscard]] bool is_certain() const { return possible_.size() == 1 && possible_[0].what != key_state::kind::anything; }
    /// Empty, or why no state explains the answer: then it is another's, or something ran twice, or not at all.
    [[nodiscard]] std::string ran(const planned_command& done, const command_end& got);
    void may_have_run(const planned_command& doubtful);

private:
    void keep(std::vector<key_state> states);

    std::string name_;
    std::vector<key_state> possible_{key_state{}};
};

/// How many of the number that all callers count up: each success has a number of its own, and the end is told within doubts.
class shared_number {
public:
    [[nodiscard]] std::string ran(const command_end& got);
    void may_have_run() { ++doubtful_; }
    void add(const shared_number& other);
    /// Empty, or what is wrong with that value at the end.
    [[nodiscard]] std::string check(std::int64_t value) const;

private:
    std::vector<std::int64_t> numbers_;
    std::size_t doubtful_ = 0;
};

/// All keys of one caller.
class caller_model {
public:
    /// `name`: of the caller, the start of all its keys.
    explicit caller_model(const std::string& name);

    [[nodiscard]] const std::string& key(int index) const { return keys_[static_cast<std::size_t>(index)].name(); }
    [[nodiscard]] bool is_certain() const;
    [[nodiscard]] std::string ran(const planned_command& done, const command_end& got);
    void may_have_run(const planned_command& doubtful);
    [[nodiscard]] const shared_number& shared() const { return shared_; }

private:
    [[nodiscard]] std::string ran_on_all(const planned_command& done, const command_end& got);

    std::vector<key_model> keys_;
    shared_number shared_;
};

} // namespace entrada::test
