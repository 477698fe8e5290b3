// The summary is read by other programs: its keys and its form are a contract.
#include "package_cache/progress.hpp"
#include "package_cache/report.hpp"

#include <gtest/gtest.h>

#include <cstdlib>
#include <fstream>
#include <functional>
#include <sstream>

namespace package_cache {
namespace {

namespace fs = std::filesystem;

report good_report() {
    report all{.records = 20'000,
               .threads = 64,
               .coroutines = 512,
               .seconds = 45.25,
               .operations = 1'000'000,
               .hits = 900,
               .misses = 100};
    all.tokens_acquired = 11;
    all.reauthentications = 10;
    all.connections_opened = 1;
    all.turns_wanted = 10;
    return all;
}

TEST(report, summary_is_one_flat_object_with_all_figures) {
    std::string name = (fs::temp_directory_path() / "entrada-test-XXXXXX").string();
    const fs::path folder = mkdtemp(name.data());
    ASSERT_TRUE(write_summary(folder / "summary.json", good_report()));
    std::stringstream text;
    text << std::ifstream(folder / "summary.json").rdbuf();
    fs::remove_all(folder);
    EXPECT_EQ(text.str(), R"({"records": 20000, "threads": 64, "coroutines": 512, "seconds": 45.250, "operations": 1000000, )"
                          R"("hits": 900, "misses": 100, "p50_us": 0, "p99_us": 0, "p999_us": 0, "tokens_acquired": 11, )"
                          R"("reauthentications": 10, "connections_opened": 1, "connections_lost": 0, "failed_commands": 0, )"
                          R"("wrong_values": 0})"
                          "\n");
}

TEST(report, a_summary_that_cannot_be_written_is_said) { EXPECT_FALSE(write_summary("/proc/no/such/file", good_report())); }

TEST(report, is_good_only_if_nothing_failed_and_tokens_turned) {
    EXPECT_TRUE(good_report().good());
    const std::vector<std::function<void(report&)>> faults{
        [](report& all) { all.failed_commands = 1; },    [](report& all) { all.connections_lost = 1; },
        [](report& all) { all.connections_opened = 2; }, [](report& all) { all.connections_opened = 0; },
        [](report& all) { all.wrong_values = 1; },       [](report& all) { all.operations = 0; },
        [](report& all) { all.tokens_acquired = 9; },    [](report& all) { all.reauthentications = 9; }};
    for (const auto& fault : faults) {
        report all = good_report();
        fault(all);
        EXPECT_FALSE(all.good());
    }
}

TEST(report, prints_what_failed) {
    report all = good_report();
    all.first_errors = {"deadline passed: GET"};
    std::ostringstream out;
    print(out, all);
    EXPECT_NE(out.str().find("failed: deadline passed: GET"), std::string::npos);
    EXPECT_NE(out.str().find("connections lost"), std::string::npos);
}

TEST(progress, off_a_terminal_writes_a_line_every_five_seconds) {
    std::FILE* file = std::tmpfile();
    progress shown(file);
    for (int tenths = 0; tenths <= 100; ++tenths) {
        progress_state now;
        now.elapsed = std::chrono::duration<double>(tenths / 10.0);
        now.operations = static_cast<std::uint64_t>(tenths) * 100;
        shown.show(now);
    }
    shown.finish();
    std::rewind(file);
    char line[200];
    std::vector<std::string> lines;
    while (std::fgets(line, sizeof line, file)) lines.emplace_back(line);
    std::fclose(file);
    ASSERT_EQ(lines.size(), 2u);
    EXPECT_NE(lines[1].find("1000 operations/s"), std::string::npos);
}

} // namespace
} // namespace package_cache
