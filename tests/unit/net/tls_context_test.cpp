// Room: net. Whom clients trust, kept once for all of them.
#include "net/tls_context.hpp"
#include "support/self_signed.hpp"

#include <gtest/gtest.h>

#include <filesystem>

namespace entrada::net {
namespace {

TEST(tls_context, is_one_for_all_who_trust_the_same_file) {
    const test::self_signed first, second;
    const auto one = tls_context::shared(first.file()).value();
    EXPECT_EQ(tls_context::shared(first.file()).value(), one);
    EXPECT_NE(tls_context::shared(second.file()).value(), one);
    EXPECT_NE(tls_context::shared("").value(), one);
}

TEST(tls_context, is_made_anew_when_its_file_was_replaced_and_goes_with_its_last_user) {
    const test::self_signed certificate;
    auto before = tls_context::shared(certificate.file()).value();
    std::filesystem::last_write_time(certificate.file(), std::filesystem::file_time_type::clock::now() + std::chrono::hours(1));
    auto after = tls_context::shared(certificate.file()).value();
    EXPECT_NE(before, after);
    const std::weak_ptr<const tls_context> gone = after;
    before.reset();
    after.reset();
    EXPECT_TRUE(gone.expired());
}

TEST(tls_context, a_file_that_cannot_be_read_is_an_error_each_time) {
    for (int i = 0; i < 2; ++i) EXPECT_EQ(tls_context::shared("/does/not/exist.pem").error().code(), errc::file_unreadable);
}

} // namespace
} // namespace entrada::net
