// However a client's bytes are cut, the commands found in them are the same.
// Room: tests of resp.
#include "request_transcript.hpp"

#include "entrada/command.hpp"

#include <gtest/gtest.h>

namespace entrada::resp {
namespace {

constexpr request_limits small{.arguments_max = 8, .bulk_bytes_max = 1000, .hold_bytes_max = 48};

void expect_same(std::string_view bytes, const cuts& where, const request_run& whole) {
    const request_run run = read_requests(bytes, where, small);
    ASSERT_EQ(run.transcript, whole.transcript) << testing::PrintToString(where);
    ASSERT_EQ(run.passed, whole.passed) << testing::PrintToString(where);
    ASSERT_LE(run.kept_max, small.hold_bytes_max + 32);
}

TEST(cuts_of_requests, change_nothing_in_all_cuttings_of_short_bytes) {
    for (const std::string_view bytes :
         {"*1\r\n$2\r\nAB\r\n", "GET 'a b'\r\n\r\nX\n", "*0\r\n*1\r\n$1\r\nA\r\n", "*1\r\n$1\r\nAxx", "GET \"a\r\nPING\n",
          "*-1\r\n*1\r\n:1\r\n", "*999\r\n", "\n\n*1\r\n$0\r\n\r\n", "   \nA\nPING\n"}) {
        const request_run whole = read_requests(bytes, {}, small);
        for_all_cuttings(bytes.size(), [&](const cuts& where) { expect_same(bytes, where, whole); });
    }
}

TEST(cuts_of_requests, change_nothing_in_all_pairs_of_cuts) {
    const std::string held = command("HELLO", 3, "AUTH", "u", "t").wire();
    const std::string passed = command("SET", "k", std::string(50, 'v'), "PX", 1).wire();
    for (const std::string& bytes : {held + passed + "PING\n", passed + passed, "PING\r\n" + passed + "*1\r\nx",
                                     "*3\r\n$3\r\nSET\r\n$50\r\n" + std::string(50, 'k') + "xx",
                                     "*3\r\n$3\r\nSET\r\n$50\r\n" + std::string(50, 'k') + "\r\n$1001\r\n",
                                     std::string(47, 'x') + "\n" + std::string(48, 'x') + "\n",
                                     command("AUTH", "u", std::string(60, 't')).wire(), command(std::string(60, 'N')).wire()}) {
        ASSERT_LE(bytes.size(), 200U);
        const request_run whole = read_requests(bytes, {}, small);
        for_all_pairs_of_cuts(bytes.size(), [&](const cuts& where) { expect_same(bytes, where, whole); });
    }
}

TEST(cuts_of_requests, change_nothing_in_random_cuts_of_random_commands) {
    std::mt19937 random(20240117); // a fixed seed: the same commands in every run
    const auto below = [&](std::size_t end) { return std::uniform_int_distribution<std::size_t>(0, end - 1)(random); };
    for (int round = 0; round < 50; ++round) {
        std::string bytes;
        for (std::size_t i = below(30); i > 0; --i) {
            command request{"SET"};
            for (std::size_t argument = below(7); argument > 0; --argument) request.add(std::string(below(30), 'x'));
            bytes += below(4) == 0 ? "GET k\r\n" : request.wire();
        }
        const request_run whole = read_requests(bytes, {}, small);
        ASSERT_EQ(whole.passed, bytes);
        for_random_cuts(bytes.size(), 30, random, [&](const cuts& where) { expect_same(bytes, where, whole); });
    }
}

} // namespace
} // namespace entrada::resp
