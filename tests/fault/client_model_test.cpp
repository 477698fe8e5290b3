// The model is what says that nothing went wrong, so here is shown that it would say if it had.
#include "fault/client_calls.hpp"

#include <gtest/gtest.h>

namespace entrada::test {
namespace {

using enum command_kind;

planned_command planned(command_kind kind, std::uint64_t version = 0, std::size_t size = 100) {
    return {kind, 0, {version, size}, false};
}

command_end text(const std::string& key, std::uint64_t version, std::size_t size = 100) {
    return answer(std::optional(text_of(key, {version, size})));
}
command_end nothing() { return answer(std::optional<std::string>()); }
command_end yes() { return answer(true); }

class client_model : public testing::Test {
protected:
    void expect_right(const planned_command& done, const command_end& got) { EXPECT_EQ(key.ran(done, got), ""); }
    void expect_wrong(const planned_command& done, const command_end& got) { EXPECT_NE(key.ran(done, got), ""); }

    key_model key{"r0:c1:text0"};
};

TEST_F(client_model, knows_a_text_from_every_other) {
    for (const std::size_t size : {0U, 1U, 20U, 21U, 22U, 100U, 16'384U, 3'000'000U}) {
        const text_id id{7, size};
        const std::string right = text_of(key.name(), id);
        EXPECT_TRUE(is_text(right, key.name(), id));
        EXPECT_FALSE(is_text(right + "x", key.name(), id));
        if (size == 0) continue;
        std::string wrong = right;
        wrong.back() = static_cast<char>(wrong.back() + 1);
        EXPECT_FALSE(is_text(wrong, key.name(), id));
    }
    const text_id id{7, 1000};
    EXPECT_FALSE(is_text(text_of("r0:c2:text0", id), key.name(), id));
    EXPECT_FALSE(is_text(text_of(key.name(), {8, 1000}), key.name(), id));
    EXPECT_EQ(read_text(text_of(key.name(), id), key.name()), id);
    EXPECT_EQ(read_text(text_of("r0:c2:text0", id), key.name()), std::nullopt);
}

TEST_F(client_model, finds_the_reply_that_was_for_another) {
    expect_right(planned(set, 1), yes());
    expect_right(planned(get), text(key.name(), 1));
    expect_wrong(planned(get), text("r0:c2:text0", 1));
}

TEST_F(client_model, finds_a_text_that_is_older_than_the_last_one_written) {
    expect_right(planned(set, 1), yes());
    expect_right(planned(set, 2), yes());
    expect_wrong(planned(get), text(key.name(), 1));
}

TEST_F(client_model, a_doubt_allows_both_and_a_reply_ends_it) {
    expect_right(planned(set, 1), yes());
    key.may_have_run(planned(set, 2));
    EXPECT_FALSE(key.is_certain());
    expect_right(planned(get), text(key.name(), 1));
    EXPECT_TRUE(key.is_certain());
    expect_wrong(planned(get), text(key.name(), 2));
}

TEST_F(client_model, finds_what_never_ran_though_it_was_answered) {
    expect_right(planned(set, 1), yes());
    expect_wrong(planned(get), nothing());
}

TEST_F(client_model, follows_conditions) {
    expect_right(planned(set_if_present, 1), answer(false));
    expect_right(planned(set_if_absent, 2), answer(true));
    expect_right(planned(set_if_absent, 3), answer(false));
    expect_right(planned(get), text(key.name(), 2));
    expect_right(planned(del), answer(true));
    expect_wrong(planned(del), answer(true));
}

TEST_F(client_model, an_error_of_type_is_right_where_the_type_is_wrong_and_nowhere_else) {
    const command_end wrong_type = failure(errc::wrong_type, "");
    expect_right(planned(set, 1), yes());
    expect_right(planned(push, 2), wrong_type);
    expect_right(planned(range), wrong_type);
    expect_wrong(planned(get), wrong_type);
}

TEST_F(client_model, forgets_rather_than_hold_all_that_many_doubts_allow) {
    for (std::uint64_t version = 1; version < 10; ++version) key.may_have_run(planned(push, version));
    EXPECT_FALSE(key.is_certain());
    expect_right(planned(get), nothing());
    EXPECT_TRUE(key.is_certain());
}

TEST(plan_of_faults, is_the_same_for_the_same_seed) {
    const round_plan first = plan_round(7, 3);
    const round_plan again = plan_round(7, 3);
    ASSERT_EQ(first.events.size(), again.events.size());
    for (std::size_t i = 0; i < first.events.size(); ++i) {
        EXPECT_EQ(first.events[i].at, again.events[i].at);
        EXPECT_EQ(first.events[i].amount, again.events[i].amount);
    }
    caller_plan one(first, 5);
    caller_plan same(again, 5);
    caller_plan other(first, 6);
    bool differ = false;
    for (int i = 0; i < 100; ++i) {
        const planned_step step = one.next();
        const planned_step step_again = same.next();
        ASSERT_EQ(step.calls.size(), step_again.calls.size());
        EXPECT_EQ(step.calls[0].commands[0].text, step_again.calls[0].commands[0].text);
        EXPECT_EQ(step.calls[0].timeout, step_again.calls[0].timeout);
        EXPECT_EQ(step.calls[0].cancel_after, step_again.calls[0].cancel_after);
        differ |= step.calls[0].commands[0].text != other.next().calls[0].commands[0].text;
    }
    EXPECT_TRUE(differ);
}

} // namespace
} // namespace entrada::test
