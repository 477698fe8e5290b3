#include "emulator/expiry_forms.hpp"
#include "emulator/fault_answers.hpp"
#include "emulator/faults.hpp"

#include <boost/json/array.hpp>
#include <gtest/gtest.h>

#include <fstream>
#include <sstream>

namespace entrada::emulator {
namespace {

using namespace std::chrono_literals;

TEST(fault_board, what_is_counted_makes_a_sequence_and_ends_by_itself) {
    fault_board board;
    ASSERT_TRUE(board.set("imds=not-found*2"));
    ASSERT_TRUE(board.set("imds=updating*1"));
    std::vector<std::string_view> met;
    for (int i = 0; i < 4; ++i) {
        const met_faults now = board.meet(source_kind::imds);
        met.push_back(now.outage ? now.outage->kind->name : "none");
    }
    EXPECT_EQ(met, (std::vector<std::string_view>{"not-found", "not-found", "updating", "none"}));
}

TEST(fault_board, what_is_counted_comes_before_what_stays) {
    fault_board board;
    ASSERT_TRUE(board.set("imds=server-error"));
    ASSERT_TRUE(board.set("imds=throttled*1"));
    EXPECT_TRUE(board.meet(source_kind::imds).has(fault_id::throttled));
    EXPECT_TRUE(board.meet(source_kind::imds).has(fault_id::server_error));
    EXPECT_TRUE(board.meet(source_kind::imds).has(fault_id::server_error));
}

TEST(fault_board, sources_do_not_share_faults_and_none_ends_them) {
    fault_board board;
    ASSERT_TRUE(board.set("imds=hang"));
    ASSERT_TRUE(board.set("imds=slow:3s"));
    EXPECT_FALSE(board.meet(source_kind::app_service).outage);
    EXPECT_EQ(board.look(source_kind::imds).find(fault_id::slow)->time(), 3s);
    ASSERT_TRUE(board.set("imds=none"));
    EXPECT_FALSE(board.look(source_kind::imds).has(fault_id::hang));
    EXPECT_FALSE(board.look(source_kind::imds).has(fault_id::slow));
    ASSERT_TRUE(board.set("entra=hang"));
    ASSERT_TRUE(board.set("all=none"));
    EXPECT_FALSE(board.look(source_kind::entra).outage);
}

TEST(fault_board, one_standing_outage_replaces_another_and_a_new_value_the_old_one) {
    fault_board board;
    ASSERT_TRUE(board.set("imds=hang"));
    ASSERT_TRUE(board.set("imds=drop"));
    EXPECT_TRUE(board.look(source_kind::imds).has(fault_id::drop));
    ASSERT_TRUE(board.set("imds=clock:-5m"));
    ASSERT_TRUE(board.set("imds=clock:+1m"));
    EXPECT_EQ(board.look(source_kind::imds).changes.size(), 1U);
    EXPECT_EQ(board.look(source_kind::imds).find(fault_id::clock)->time(), 1min);
}

TEST(fault_board, says_each_change_and_each_end) {
    fault_board board;
    std::vector<source_kind> changes;
    board.on_change([&](source_kind source) { changes.push_back(source); });
    ASSERT_TRUE(board.set("az=hang*1"));
    (void)board.meet(source_kind::az);
    ASSERT_TRUE(board.set("az=none"));
    EXPECT_EQ(changes, (std::vector{source_kind::az, source_kind::az, source_kind::az}));
}

TEST(fault_board, reports_what_is_on_and_what_there_is) {
    fault_board board;
    ASSERT_TRUE(board.set("imds=throttled:7*3"));
    const auto report = board.report();
    const auto& one = report.at("faults").at("imds").at(0);
    EXPECT_EQ(one.at("fault").as_string(), "throttled");
    EXPECT_EQ(one.at("value").as_string(), "7");
    EXPECT_EQ(one.at("times").to_number<int>(), 3);
    EXPECT_TRUE(report.at("known").at("azure-arc").as_object().contains("key-link"));
    EXPECT_FALSE(report.at("known").at("imds").as_object().contains("key-link"));
}

TEST(fault_table, every_source_and_fault_is_in_the_reference) {
    std::ifstream file(ENTRADA_SOURCE_DIR "/docs/reference/emulator.md");
    std::stringstream text;
    text << file.rdbuf();
    for (const source_kind source : all_sources())
        EXPECT_NE(text.str().find("`" + std::string(name_of(source)) + "`"), std::string::npos) << name_of(source);
    for (const fault_kind& fault : all_faults()) {
        const std::string name = "`" + std::string(fault.name);
        const bool there = text.str().find(name + "`") != std::string::npos || text.str().find(name + ":") != std::string::npos;
        EXPECT_TRUE(there) << fault.name;
    }
}

TEST(fault_table, every_fault_can_be_switched_on_with_its_own_standard_value) {
    for (const source_kind source : all_sources())
        for (const fault_kind& fault : all_faults()) {
            fault_board board;
            EXPECT_EQ(board.set(name_of(source), fault.name).has_value(), applies(fault, source)) << fault.name;
        }
}

struct answer_row {
    const char* fault;
    unsigned status;
    const char* header;
    const char* value;
    const char* body;
};

TEST(fault_answers, look_as_what_they_stand_for) {
    const answer_row rows[] = {
        {"throttled:7", 429, "Retry-After", "7", "refused as the source does"},
        {"throttled-date:60", 429, "Retry-After", "Fri, 15 Jan 2027 08:01:00 GMT", "refused as the source does"},
        {"updating", 410, "", "", "refused as the source does"},
        {"not-found", 404, "", "", "refused as the source does"},
        {"server-error", 500, "", "", "refused as the source does"},
        {"unavailable", 503, "", "", "refused as the source does"},
        {"bad-gateway", 502, "Content-Type", "text/html", "<html>"},
        {"gateway-timeout", 504, "Content-Type", "text/html", "<html>"},
        {"docker", 403, "Content-Type", "text/plain; charset=utf-8", "unreachable"},
        {"captive-portal", 200, "Content-Type", "text/html", "log in"},
        {"redirect", 302, "Location", "http://elsewhere.entrada-emulator.invalid/", ""},
        {"wrong-json", 200, "Content-Type", "application/json; charset=utf-8", "\"eyJ"},
        {"no-token", 200, "Content-Type", "application/json; charset=utf-8", "expires_in"},
        {"aadsts:7000222", 401, "Content-Type", "application/json; charset=utf-8", "AADSTS7000222"},
    };
    const refusal refuse = [](unsigned status, std::string_view) {
        return http_response::json(status, {{"error", "refused as the source does"}});
    };
    for (const auto& row : rows) {
        fault_board board;
        ASSERT_TRUE(board.set("imds=" + std::string(row.fault))) << row.fault;
        const auto made = answer_instead(*board.look(source_kind::imds).outage, {}, refuse, wall_time(1'800'000'000s));
        ASSERT_TRUE(made.has_value()) << row.fault;
        EXPECT_EQ(made->status, row.status) << row.fault;
        EXPECT_EQ(find_field(made->headers, row.header).value_or(""), row.value) << row.fault;
        EXPECT_NE(made->body.find(row.body), std::string::npos) << row.fault << ": " << made->body;
    }
}

TEST(expiry_forms, are_those_seen_in_the_field) {
    const wall_time expires(1'800'000'005s);
    const wall_time now(1'800'000'000s);
    const struct {
        const char* form;
        boost::json::value expected;
    } rows[] = {
        {"text", "1800000005"},
        {"number", 1'800'000'005},
        {"float", 1'800'000'005.5},
        {"relative", 5},
        {"iso", "2027-01-15T08:00:05Z"},
        {"iso-local", "2027-01-15T08:00:05"},
        {"linux-date", "01/15/2027 08:00:05 +00:00"},
        {"windows-date", "1/15/2027 8:00:05 AM +00:00"},
        {"mixed-date", "01/15/2027 08:00:05 AM +00:00"},
        {"plain-date", "2027-01-15 08:00:05"},
        {"empty", ""},
        {"nonsense", "soon"},
    };
    for (const auto& row : rows) EXPECT_EQ(write_expiry(expires, row.form, now), row.expected) << row.form;
    EXPECT_EQ(write_expiry(expires, "none", now), std::nullopt);
    EXPECT_EQ(write_expiry(expires + 12h, "windows-date", now), boost::json::value("1/15/2027 8:00:05 PM +00:00"));
    EXPECT_EQ(write_expiry(expires - 8h, "windows-date", now), boost::json::value("1/15/2027 12:00:05 AM +00:00"));
}

} // namespace
} // namespace entrada::emulator
