// What the main job takes on its command line, and what it refuses before it connects.
#include "package_cache/options.hpp"

#include <CLI/CLI.hpp>
#include <gmock/gmock.h>

namespace package_cache {
namespace {

using testing::HasSubstr;

/// Nothing, or what is wrong.
std::string parse(std::vector<std::string> words, options& into) {
    CLI::App app;
    declare(app, into);
    std::reverse(words.begin(), words.end());
    try {
        app.parse(words);
        return {};
    } catch (const CLI::ParseError& error) {
        return error.what();
    }
}

TEST(package_cache_options, the_last_of_two_values_counts) {
    options how;
    EXPECT_EQ(parse({"--turns", "10", "--turns", "2", "--seconds", "0.5", "--seconds=1.5", "--threads=0"}, how), "");
    EXPECT_EQ(how.turns, 2u);
    EXPECT_EQ(how.seconds, 1.5);
    EXPECT_EQ(how.shape.threads, 0u);
    EXPECT_EQ(how.shape.coroutines, 512u);
}

TEST(package_cache_options, numbers_that_make_no_sense_are_refused_with_those_that_do) {
    options how;
    for (const std::string wrong : {"-1", "4097", "99999999999999999999", "1x", "0x10"})
        EXPECT_THAT(parse({"--threads=" + wrong}, how), HasSubstr("is no whole number from 0 to 4096")) << wrong;
    for (const std::string wrong : {"0", "-3", "nan", "inf", "1e99", "soon"})
        EXPECT_THAT(parse({"--seconds=" + wrong}, how), HasSubstr("is no number above 0")) << wrong;
    EXPECT_THAT(parse({"--records=0"}, how), HasSubstr("is no whole number from 1 to"));
    EXPECT_THAT(parse({"--threads=0", "--coroutines=0"}, how), HasSubstr("both 0"));
}

} // namespace
} // namespace package_cache
