// However the bytes of replies are cut, their events are the same.
// Room: tests of resp.
#include "transcript.hpp"

#include <gtest/gtest.h>

#include <algorithm>

namespace entrada::resp {
namespace {

using namespace std::string_literals;

// So small that the short bytes below reach all of them.
constexpr limits small{
    .depth_max = 3, .elements_max = 12, .bulk_bytes_max = 40, .total_bytes_max = 90, .line_bytes_max = 12, .stream_bytes_min = 4};

void expect_same_in_all_pairs(const std::string& bytes, limits bounds) {
    ASSERT_LE(bytes.size(), 200U);
    const std::string whole = read_whole(bytes, bounds);
    for_all_pairs_of_cuts(bytes.size(), [&](const cuts& where) { ASSERT_EQ(read_cut(bytes, where, bounds), whole); });
}

TEST(cuts_of_replies, change_nothing_in_all_cuttings_of_short_bytes) {
    for (const std::string_view bytes :
         {"+OK\r\n:12\r\n_\r\n", "$5\r\nhello\r\n+a\r\n", "*2\r\n:1\r\n#t\r\n", "=8\r\ntxt:text\r\n", "$-1\r\n*-1\r\n,1\r\n",
          "|1\r\n+a\r\n:1\r\n:2\r\n", "%1\r\n$1\r\na\r\n_\r\n", ">1\r\n+a\r\n+b\r\n", "$4\r\nab\r\nxx", "=5\r\ntxt.a\r\n",
          "+a\rb\r\n", "+123456789012\r\n", "+1234567890123\r\n", "$41\r\n", "*13\r\n", "!4\r\nERR!\r\n:-5\r\n",
          "*1\r\n*1\r\n*1\r\n*0", "$4\r\n\r\n\r\n\r\n+\r\n"}) {
        ASSERT_LE(bytes.size(), 16U + 2U);
        const std::string whole = read_whole(bytes, small);
        for_all_cuttings(bytes.size(), [&](const cuts& where) { ASSERT_EQ(read_cut(bytes, where, small), whole) << bytes; });
    }
}

TEST(cuts_of_replies, change_nothing_in_all_pairs_of_cuts) {
    const std::string hello = "%3\r\n$6\r\nserver\r\n$5\r\nredis\r\n$5\r\nproto\r\n:3\r\n$7\r\nmodules\r\n*0\r\n";
    const std::string push = ">3\r\n$7\r\nmessage\r\n$2\r\nch\r\n$10\r\n0123456789\r\n";
    const std::string attribute = "|1\r\n$3\r\nttl\r\n*2\r\n:1\r\n$30\r\n" + std::string(30, 'x') + "\r\n";
    const std::string scalars = "*6\r\n,-1.5e3\r\n(12345678901234567890\r\n=9\r\nmkd:hello\r\n#f\r\n_\r\n!5\r\nERR x\r\n";
    limits streaming;
    streaming.stream_bytes_min = 5;
    for (const std::string& bytes :
         {hello + push + hello, push + attribute + push, scalars + attribute + scalars, attribute + "$5\r\nab",
          push + "$5\r\nabcdefgh", "*2\r\n$-1\r\n*-1\r\n" + push + "-ERR a\r\n"}) {
        expect_same_in_all_pairs(bytes, streaming);
        expect_same_in_all_pairs(bytes, small);
        expect_same_in_all_pairs(bytes, {});
    }
}

// Bytes like those of replies, mostly right, sometimes not.
std::string random_reply(std::mt19937& random, int depth) {
    const auto below = [&](unsigned end) { return std::uniform_int_distribution<unsigned>(0, end - 1)(random); };
    const auto bulk = [&](char type, const std::string& text) {
        return type + std::to_string(text.size()) + "\r\n" + text + "\r\n";
    };
    switch (below(depth < 5 ? 14 : 8)) {
    case 0:
        return "+" + std::string(below(20), 'a') + "\r\n";
    case 1:
        return ":" + std::to_string(static_cast<int>(below(2000)) - 1000) + "\r\n";
    case 2:
        return bulk('$', std::string(below(60), '\r'));
    case 3:
        return bulk('=', "txt:" + std::string(below(60), 'v'));
    case 4:
        return bulk('!', std::string(below(60), 'e'));
    case 5:
        return below(2) == 0 ? "$-1\r\n" : "_\r\n";
    case 6:
        return below(50) == 0 ? "?" : "#t\r\n";
    case 7:
        return below(50) == 0 ? "+\n" : ",inf\r\n";
    case 8:
        return "|1\r\n" + random_reply(random, depth + 1) + random_reply(random, depth + 1) + random_reply(random, depth);
    default:
        break;
    }
    const char type = "*~>%"[below(4)];
    const unsigned count = below(5);
    std::string bytes = type + std::to_string(count) + "\r\n";
    for (unsigned i = 0; i < count * (type == '%' ? 2 : 1); ++i) bytes += random_reply(random, depth + 1);
    return bytes;
}

TEST(cuts_of_replies, change_nothing_in_random_cuts_of_random_replies) {
    std::mt19937 random(20240118); // a fixed seed: the same replies in every run
    std::size_t replies = 0;
    for (int round = 0; round < 300; ++round) {
        std::string bytes;
        while (bytes.size() < 300) bytes += random_reply(random, 0);
        limits streaming;
        streaming.stream_bytes_min = 1 + static_cast<std::size_t>(round % 30);
        const std::string whole = read_whole(bytes, streaming);
        replies += static_cast<std::size_t>(std::ranges::count(whole, '\n'));
        for_random_cuts(bytes.size(), 30, random,
                        [&](const cuts& where) { ASSERT_EQ(read_cut(bytes, where, streaming), whole); });
    }
    EXPECT_GT(replies, 5000U); // the bytes are not broken from the start
}

} // namespace
} // namespace entrada::resp
