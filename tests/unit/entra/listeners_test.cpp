// Room: entra.
#include "entra/listeners.hpp"

#include <gtest/gtest.h>

namespace entrada::entra {
namespace {

using subscription = std::unique_ptr<credentials_provider::subscription>;

TEST(listeners, are_called_in_the_order_they_came_until_they_go) {
    listeners all;
    std::string calls;
    auto a = all.add([&] { calls += 'a'; });
    auto b = all.add([&] { calls += 'b'; });
    all.notify();
    a.reset();
    all.notify();
    EXPECT_EQ(calls, "abb");
}

TEST(listeners, one_that_another_ends_is_not_called_even_in_the_same_round) {
    listeners all;
    subscription second;
    int calls = 0;
    const auto first = all.add([&] { second.reset(); });
    second = all.add([&] { ++calls; });
    all.notify();
    EXPECT_EQ(calls, 0);
}

TEST(listeners, one_that_comes_during_a_round_is_called_from_the_next_on) {
    listeners all;
    subscription second;
    int calls = 0;
    const auto first = all.add([&] {
        if (!second) second = all.add([&] { ++calls; });
    });
    all.notify();
    EXPECT_EQ(calls, 0);
    all.notify();
    EXPECT_EQ(calls, 1);
}

TEST(listeners, an_empty_function_is_no_harm) {
    listeners all;
    const auto nothing = all.add({});
    all.notify();
}

} // namespace
} // namespace entrada::entra
