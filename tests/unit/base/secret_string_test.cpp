// Secrets: what may be done with them, and that they leave no trace in memory that is given back.
// Room: tests of base.
#include "entrada/secret_string.hpp"

#include "freed_memory.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <concepts>
#include <cstring>
#include <memory>
#include <new>
#include <optional>
#include <ostream>
#include <vector>

namespace entrada {
namespace {

// Long enough to live on the heap, and unlike anything else in this program.
constexpr std::string_view long_secret = "long-secret-0123456789-abcdefghijklmnopqrstuvwxyz";
constexpr std::string_view short_secret = "short+secret";

template <class T>
concept printable = requires(std::ostream& out, const T& value) {
    out << value;
};

TEST(a_secret, cannot_be_printed_or_compared_or_turned_into_text_by_mistake) {
    static_assert(!printable<secret_string>);
    static_assert(!std::equality_comparable<secret_string>);
    static_assert(!std::convertible_to<secret_string, std::string> && !std::convertible_to<secret_string, std::string_view>);
    static_assert(!std::convertible_to<std::string, secret_string>);
}

TEST(a_secret, is_copied_and_moved_like_a_string) {
    secret_string original(long_secret);
    const secret_string copy = original;
    EXPECT_EQ(copy.reveal(), long_secret);
    EXPECT_EQ(original.reveal(), long_secret);
    const secret_string moved = std::move(original);
    EXPECT_EQ(moved.reveal(), long_secret);
    EXPECT_TRUE(original.empty()); // NOLINT(bugprone-use-after-move): that is the promise

    secret_string target(short_secret);
    target = copy;
    EXPECT_EQ(target.reveal(), long_secret);
    secret_string& itself = target;
    target = itself;
    EXPECT_EQ(target.reveal(), long_secret);
    target = secret_string(short_secret);
    EXPECT_EQ(target.reveal(), short_secret);
    EXPECT_EQ(target.size(), short_secret.size());
}

TEST(a_secret, is_compared_by_its_bytes) {
    EXPECT_TRUE(same_secret(secret_string("abc"), secret_string("abc")));
    EXPECT_FALSE(same_secret(secret_string("abc"), secret_string("abd")));
    EXPECT_FALSE(same_secret(secret_string("abc"), secret_string("ab")));
    EXPECT_TRUE(same_secret(secret_string(), secret_string("")));
}

// The watch itself must work, or the tests below prove nothing.
TEST(a_string_that_is_no_secret, leaves_its_bytes_in_freed_memory) {
    auto plain = std::make_unique<std::string>(long_secret);
    const freed_memory_watch watch(long_secret);
    plain.reset();
    EXPECT_GE(watch.blocks_with_the_bytes(), 1U);
}

TEST(a_secret, is_not_left_in_freed_memory_by_its_end) {
    std::optional<secret_string> secret(std::in_place, long_secret);
    const freed_memory_watch watch(long_secret);
    secret.reset();
    EXPECT_GE(watch.blocks_seen(), 1U);
    EXPECT_EQ(watch.blocks_with_the_bytes(), 0U);
}

TEST(a_secret, is_not_left_in_freed_memory_by_assignment) {
    const std::string longer(1000, 'x');
    secret_string secret(long_secret);
    const secret_string other(longer);
    const freed_memory_watch watch(long_secret);
    secret = other;                 // needs a larger block
    secret = secret_string(longer); // takes over a block
    EXPECT_GE(watch.blocks_seen(), 2U);
    EXPECT_EQ(watch.blocks_with_the_bytes(), 0U);
}

TEST(a_secret, is_not_left_in_freed_memory_by_a_vector_that_grows) {
    std::vector<secret_string> secrets;
    const freed_memory_watch watch(long_secret.substr(0, 20));
    for (int i = 0; i < 20; ++i) secrets.emplace_back(long_secret);
    secrets.clear();
    secrets.shrink_to_fit();
    EXPECT_GE(watch.blocks_seen(), 20U);
    EXPECT_EQ(watch.blocks_with_the_bytes(), 0U);
}

TEST(a_short_secret, is_not_left_in_freed_memory_either) {
    auto secret = std::make_unique<secret_string>(short_secret);
    const freed_memory_watch watch(short_secret);
    secret.reset();
    EXPECT_GE(watch.blocks_seen(), 1U);
    EXPECT_EQ(watch.blocks_with_the_bytes(), 0U);
}

TEST(a_short_secret, is_wiped_where_it_was_moved_from) {
    auto source = std::make_unique<secret_string>(short_secret);
    const secret_string target = std::move(*source);
    const freed_memory_watch watch(short_secret);
    // Freed without its destructor: what the move left behind is all there is to see.
    ::operator delete(source.release());
    EXPECT_EQ(watch.blocks_with_the_bytes(), 0U);
    EXPECT_EQ(target.reveal(), short_secret);
}

TEST(wipe_memory, sets_every_byte) {
    char bytes[100];
    std::memset(bytes, 'x', sizeof bytes);
    wipe_memory(bytes + 1, sizeof bytes - 2);
    EXPECT_EQ(bytes[0], 'x');
    EXPECT_EQ(bytes[99], 'x');
    EXPECT_EQ(std::count(bytes, bytes + sizeof bytes, '\0'), 98);
}

} // namespace
} // namespace entrada
