#include "emulator/temporary_directory.hpp"

#include <gtest/gtest.h>

#include <optional>

#include <fcntl.h>
#include <sys/stat.h>

namespace entrada::emulator {
namespace {

constexpr std::string_view prefix = "entrada-unit-test-";

void make_older(const std::filesystem::path& path) {
    const timespec hour_ago{::time(nullptr) - 3600, 0};
    const timespec times[2] = {hour_ago, hour_ago};
    ASSERT_EQ(::utimensat(AT_FDCWD, path.c_str(), times, 0), 0);
}

TEST(temporary_directory, is_ours_alone_and_goes_with_its_owner) {
    std::filesystem::path path;
    {
        const auto made = temporary_directory::create(prefix).value();
        path = made.path();
        struct stat about {};
        ASSERT_EQ(::stat(path.c_str(), &about), 0);
        EXPECT_EQ(about.st_mode & 0777, 0700U);
        write_file(path / "secret", "text", true).value();
        ASSERT_EQ(::stat((path / "secret").c_str(), &about), 0);
        EXPECT_EQ(about.st_mode & 0777, 0600U);
    }
    EXPECT_FALSE(std::filesystem::exists(path));
}

TEST(temporary_directory, abandoned_ones_are_removed_and_others_left) {
    const auto living = temporary_directory::create(prefix).value();
    make_older(living.path());
    const std::string abandoned = living.path().string() + "-abandoned";
    std::filesystem::create_directory(abandoned);
    write_file(abandoned + "/ca.pem", "x").value();
    make_older(abandoned);
    temporary_directory::remove_abandoned(prefix);
    EXPECT_FALSE(std::filesystem::exists(abandoned));
    EXPECT_TRUE(std::filesystem::exists(living.path()));
}

} // namespace
} // namespace entrada::emulator
