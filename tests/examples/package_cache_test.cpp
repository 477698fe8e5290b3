// The parts of the example that can be wrong without anyone noticing: its parser and its arithmetic.
#include "package_cache/deb822.hpp"
#include "package_cache/latency.hpp"
#include "package_cache/sources.hpp"

#include <gtest/gtest.h>

#include <cstdlib>
#include <fstream>

namespace package_cache {
namespace {

using namespace std::chrono_literals;
namespace fs = std::filesystem;

TEST(deb822, reads_fields_continuation_lines_and_relations) {
    const auto all = parse_packages("Package: mail\nVersion: 1:2.0-1\nArchitecture: amd64\nInstalled-Size: 42\n"
                                    "Depends: libc6 (>= 2.36), default-mta | mail-transport-agent (<< 3)\n"
                                    "Conffiles:\n /etc/a 1f\n /etc/b 2f\nDescription: short\n long one\n .\n last\n"
                                    "\n\nPackage: gone\nStatus: deinstall\n\nPackage: next\nVersion: 1\n");
    ASSERT_EQ(all.size(), 2u);
    const package_record& mail = all[0];
    EXPECT_EQ(mail.key, "package:mail:amd64:1:2.0-1");
    EXPECT_EQ(mail.installed_kib, 42);
    EXPECT_EQ(mail.section, std::nullopt);
    EXPECT_EQ(mail.description, "short\nlong one\n.\nlast");
    EXPECT_EQ(mail.configuration_files, (std::vector<std::string>{"/etc/a 1f", "/etc/b 2f"}));
    const std::vector<relation> expected{{"libc6", ">= 2.36", {}}, {"default-mta", {}, {{"mail-transport-agent", "<< 3", {}}}}};
    EXPECT_EQ(mail.depends, expected);
    EXPECT_EQ(all[1].name, "next");
}

TEST(deb822, survives_text_that_is_no_package_list) {
    EXPECT_TRUE(parse_packages("").empty());
    EXPECT_TRUE(parse_packages("\n \n:\nno colon\n  continued\nVersion\n").empty());
    EXPECT_EQ(parse_packages("Package: a\nVersion: 1\nInstalled-Size: many").at(0).installed_kib, std::nullopt);
    EXPECT_EQ(parse_relations(" , a (>= 1, | ,").size(), 2u);
}

class load_records_test : public testing::Test {
protected:
    load_records_test() {
        std::string name = (fs::temp_directory_path() / "entrada-test-XXXXXX").string();
        folder_ = mkdtemp(name.data());
    }
    ~load_records_test() override { fs::remove_all(folder_); }

    fs::path write(const std::string& name, int first, int count) {
        std::ofstream out(folder_ / name);
        for (int i = first; i < first + count; ++i) out << "Package: p" << i << "\nVersion: 1\nSection: " << name << "\n\n";
        return folder_ / name;
    }
    fs::path folder_;
};

TEST_F(load_records_test, takes_each_key_once_and_the_first_file_wins) {
    const auto all = load_records({write("a", 0, 3), write("b", 2, 3)}, 100);
    ASSERT_EQ(all.size(), 5u);
    EXPECT_EQ(all[2].section, "a");
    EXPECT_EQ(all[4].name, "p4");
}

TEST_F(load_records_test, of_too_many_records_keeps_the_first_file_and_spreads_the_rest) {
    const auto all = load_records({write("a", 0, 2), write("b", 2, 8)}, 6);
    std::vector<std::string> names;
    for (const auto& record : all) names.push_back(record.name);
    EXPECT_EQ(names, (std::vector<std::string>{"p0", "p1", "p2", "p4", "p6", "p8"}));
}

TEST(latency_histogram, knows_percentiles_within_two_percent) {
    latency_histogram all;
    for (int i = 1; i <= 10'000; ++i) all.record(std::chrono::microseconds(i));
    for (const double share : {0.01, 0.5, 0.99, 0.999}) {
        const auto real = share * 10'000'000.0;
        const auto seen = static_cast<double>(all.percentile(share).count());
        EXPECT_GE(seen, real);
        EXPECT_LE(seen, real * 1.02);
    }
    EXPECT_EQ(latency_histogram().percentile(0.5), 0ns);
}

TEST(latency_histogram, merges_and_takes_any_duration) {
    latency_histogram left, right;
    left.record(-5ns);
    left.record(24h * 365);
    right.record(7ns);
    left.merge(right);
    EXPECT_EQ(left.total(), 3u);
    EXPECT_EQ(left.percentile(0.5), 7ns);
    EXPECT_GT(left.percentile(1.0), 18h);
}

} // namespace
} // namespace package_cache
