#include "fake_request.hpp"

#include <gtest/gtest.h>

#include <deque>

namespace entrada::conn {
namespace {

using namespace std::chrono_literals;
using time_point = std::chrono::steady_clock::time_point;

const failure cut(errc::connection_lost, "cut");
constexpr time_point start{1h};

class multiplexer_lines : public testing::Test {
protected:
    multiplexer_lines() { mux.open(); }

    multiplexer mux{{}, "server:1"};
    request_list done;
};

TEST_F(multiplexer_lines, requests_leave_together_and_replies_come_back_in_order) {
    fake_request a("a"), b("b"), c("c");
    for (auto* one : {&a, &b, &c}) mux.submit(*one, done);
    EXPECT_EQ(mux.outgoing(), std::string(a.wire) + std::string(b.wire) + std::string(c.wire));
    send_all(mux);
    EXPECT_FALSE(arrive(mux, a.answer() + b.answer(), done));
    complete(done);
    EXPECT_EQ(a.outcome(), "reply a");
    EXPECT_EQ(b.outcome(), "reply b");
    EXPECT_EQ(c.outcome(), "");
    EXPECT_EQ(mux.in_flight(), 1U);
}

TEST_F(multiplexer_lines, the_reply_of_a_cancelled_request_goes_to_nobody) {
    fake_request a("a"), b("b"), unsent("u");
    mux.submit(a, done);
    mux.submit(b, done);
    send_all(mux);
    mux.submit(unsent, done);
    mux.cancel({a.serial, unsent.serial}, done);
    complete(done);
    EXPECT_EQ(a.outcome(), "cancelled by the caller");
    EXPECT_EQ(unsent.outcome(), "cancelled by the caller");
    EXPECT_EQ(send_all(mux), unsent.wire); // it was in line already
    EXPECT_FALSE(arrive(mux, a.answer() + b.answer() + unsent.answer(), done));
    complete(done);
    EXPECT_EQ(b.outcome(), "reply b");
    EXPECT_EQ(a.completions(), 1);
    EXPECT_EQ(unsent.completions(), 1);
    EXPECT_TRUE(mux.idle());
}

TEST(multiplexer_without_session, what_is_cancelled_while_it_waits_is_never_sent) {
    multiplexer mux({}, "server:1");
    request_list done;
    fake_request kept("kept"), gone("gone");
    mux.submit(gone, done);
    mux.submit(kept, done);
    mux.cancel({gone.serial}, done);
    complete(done);
    EXPECT_EQ(gone.outcome(), "cancelled by the caller");
    mux.open();
    EXPECT_EQ(send_all(mux), kept.wire);
    EXPECT_FALSE(arrive(mux, kept.answer(), done));
    complete(done);
    EXPECT_EQ(kept.outcome(), "reply kept");
}

TEST_F(multiplexer_lines, cancelling_amid_a_large_reply_leaves_its_memory_alone) {
    auto large = std::make_unique<fake_request>(std::string(200'000, 'x'));
    fake_request after("after");
    mux.submit(*large, done);
    mux.submit(after, done);
    send_all(mux);
    const std::string answer = large->answer();
    EXPECT_FALSE(arrive(mux, std::string_view(answer).substr(0, 100'000), done));
    mux.cancel({large->serial}, done);
    complete(done);
    large.reset(); // a write into its place would now be seen by the sanitizer
    EXPECT_FALSE(arrive(mux, std::string_view(answer).substr(100'000), done));
    EXPECT_FALSE(arrive(mux, after.answer(), done));
    complete(done);
    EXPECT_EQ(after.outcome(), "reply after");
}

TEST_F(multiplexer_lines, cancelling_what_is_over_touches_nobody_else) {
    fake_request waiting("waiting");
    waiting.serial = 0;
    mux.submit(waiting, done);
    mux.cancel({0, detail::next_serial()}, done);
    EXPECT_TRUE(done.empty());
    mux.close({errc::stopped, "end"}, done);
    mux.fail_all({errc::stopped, "end"}, done);
}

TEST_F(multiplexer_lines, a_batch_completes_with_its_last_reply_and_the_line_stays_in_order) {
    fake_request before("before"), many("many"), after("after");
    many.repeat(200); // more than the line has room for at first
    for (auto* one : {&before, &many, &after}) mux.submit(*one, done);
    send_all(mux);
    EXPECT_EQ(mux.in_flight(), 202U);
    std::string answers = before.answer();
    for (int i = 0; i < 199; ++i) answers += many.answer();
    EXPECT_FALSE(arrive(mux, answers, done));
    complete(done);
    EXPECT_EQ(before.outcome(), "reply before");
    EXPECT_EQ(many.completions(), 0);
    EXPECT_FALSE(arrive(mux, many.answer() + after.answer(), done));
    complete(done);
    EXPECT_EQ(many.completions(), 1);
    EXPECT_EQ(after.outcome(), "reply after");
}

TEST_F(multiplexer_lines, a_batch_cancelled_after_some_replies_leaves_the_others_places_empty) {
    fake_request many("many"), after("after");
    many.repeat(5);
    mux.submit(many, done);
    mux.submit(after, done);
    send_all(mux);
    EXPECT_FALSE(arrive(mux, many.answer() + many.answer(), done));
    mux.cancel({many.serial}, done);
    complete(done);
    EXPECT_EQ(many.outcome(), "cancelled by the caller");
    EXPECT_FALSE(arrive(mux, many.answer() + many.answer() + many.answer() + after.answer(), done));
    complete(done);
    EXPECT_EQ(many.completions(), 1);
    EXPECT_EQ(after.outcome(), "reply after");
}

TEST_F(multiplexer_lines, a_lost_connection_ends_a_sent_batch_once_and_keeps_an_unsent_one) {
    fake_request sent("sent"), unsent("unsent");
    sent.repeat(3);
    unsent.repeat(4);
    mux.submit(sent, done);
    send_all(mux);
    mux.submit(unsent, done);
    EXPECT_FALSE(mux.outgoing().empty());
    EXPECT_FALSE(arrive(mux, sent.answer(), done));
    mux.close(cut, done);
    complete(done);
    EXPECT_EQ(sent.completions(), 1);
    EXPECT_EQ(sent.error->code(), errc::connection_lost);
    mux.open();
    EXPECT_EQ(send_all(mux), unsent.wire);
    for (int i = 0; i < 4; ++i) EXPECT_FALSE(arrive(mux, unsent.answer(), done));
    complete(done);
    EXPECT_EQ(unsent.outcome(), "reply unsent");
}

TEST_F(multiplexer_lines, a_reply_there_is_no_memory_for_fails_its_request_alone) {
    for (const std::size_t size : {10U, 200'000U}) {
        fake_request poor(std::string(size, 'x')), after("after");
        poor.out_of_memory = true;
        mux.submit(poor, done);
        mux.submit(after, done);
        send_all(mux);
        EXPECT_FALSE(arrive(mux, poor.answer() + after.answer(), done));
        complete(done);
        ASSERT_TRUE(poor.error) << size;
        EXPECT_EQ(poor.error->code(), errc::limit_exceeded);
        EXPECT_EQ(poor.completions(), 1);
        EXPECT_EQ(after.outcome(), "reply after");
    }
}

TEST(multiplexer_limits, a_request_above_all_limits_is_not_called_retryable) {
    multiplexer_limits limits;
    limits.queued_bytes_max = 50;
    multiplexer line(limits, "server");
    request_list done;
    fake_request large(std::string(100, 'x'));
    line.submit(large, done);
    complete(done);
    ASSERT_TRUE(large.error);
    EXPECT_EQ(large.error->code(), errc::limit_exceeded);
}

TEST(multiplexer_limits, what_is_in_flight_is_bounded_and_the_rest_waits) {
    multiplexer_limits limits;
    limits.in_flight_max = 2;
    multiplexer line(limits, "server");
    line.open();
    request_list done;
    fake_request a("a"), b("b"), c("c");
    for (fake_request* one : {&a, &b, &c}) line.submit(*one, done);
    EXPECT_EQ(send_all(line), std::string(a.wire) + std::string(b.wire));
    EXPECT_FALSE(arrive(line, a.answer(), done));
    EXPECT_EQ(send_all(line), c.wire);
    EXPECT_FALSE(arrive(line, b.answer() + c.answer(), done));
    complete(done);
    EXPECT_EQ(c.outcome(), "reply c");
}

TEST_F(multiplexer_lines, deadlines_end_requests_wherever_they_are) {
    fake_request sent("sent", start + 1s), unsent("unsent", start + 2s), patient("patient", start + 9s);
    mux.submit(sent, done);
    mux.submit(patient, done);
    send_all(mux);
    mux.submit(unsent, done);
    mux.start_clocks(start);
    EXPECT_EQ(mux.next_deadline(), start + 1s);
    mux.expire(start + 999ms, std::nullopt, done);
    EXPECT_TRUE(done.empty());
    mux.expire(start + 2s, std::nullopt, done);
    complete(done);
    EXPECT_EQ(sent.outcome(), "deadline passed");
    EXPECT_NE(sent.error->detail().find("no reply within"), std::string::npos);
    EXPECT_EQ(unsent.outcome(), "deadline passed");
    EXPECT_EQ(patient.outcome(), "");
    EXPECT_EQ(mux.next_deadline(), start + 9s);
    EXPECT_FALSE(arrive(mux, sent.answer() + patient.answer(), done));
    complete(done);
    EXPECT_EQ(patient.outcome(), "reply patient");
}

TEST_F(multiplexer_lines, clocks_that_start_later_count_from_then) {
    fake_request at_once("a"), waits("b");
    for (fake_request* one : {&at_once, &waits}) {
        one->forget_deadline();
        one->set_timeout(100ms);
    }
    ASSERT_TRUE(mux.submit_at_once(at_once));
    EXPECT_TRUE(mux.has_clocks_to_start());
    EXPECT_EQ(mux.next_deadline(), time_point::max());
    mux.start_clocks(start);
    EXPECT_FALSE(mux.has_clocks_to_start());
    EXPECT_EQ(at_once.deadline, start + 110ms); // the clock may be 10 ms behind
    EXPECT_EQ(mux.next_deadline(), start + 110ms);
    mux.start_clocks(start + 1s);
    EXPECT_EQ(at_once.deadline, start + 110ms);

    mux.close(cut, done); // unsent, so it waits for the next session, and its clock goes on
    EXPECT_FALSE(mux.submit_at_once(waits));
    EXPECT_FALSE(waits.clock_started());
    mux.expire(start + 110ms, cut, done);
    complete(done);
    EXPECT_EQ(at_once.outcome(), "not connected");
}

TEST_F(multiplexer_lines, a_narrow_line_becomes_wider_and_nobody_waits_for_that) {
    multiplexer_limits limits;
    limits.waiting_max = 0; // nothing may wait
    multiplexer narrow(limits, "server");
    narrow.open();
    std::vector<std::unique_ptr<fake_request>> all;
    for (int i = 0; i < 300; ++i) {
        all.push_back(std::make_unique<fake_request>(std::to_string(i)));
        narrow.submit(*all.back(), done);
    }
    EXPECT_TRUE(done.empty());
    EXPECT_EQ(narrow.in_flight(), 300U);
    (void)send_all(narrow);
    for (const auto& one : all) EXPECT_FALSE(arrive(narrow, one->answer(), done));
    for (const auto& one : all) EXPECT_EQ(one->outcome(), "reply " + one->text());
}

TEST_F(multiplexer_lines, bytes_that_are_too_many_for_the_short_way_wait) {
    fake_request large(std::string(300'000, 'x'));
    EXPECT_FALSE(mux.submit_at_once(large));
    mux.submit(large, done);
    EXPECT_EQ(send_all(mux).size(), large.wire.size());
    EXPECT_FALSE(arrive(mux, large.answer(), done));
    EXPECT_EQ(large.outcome(), "reply " + large.text());
}

TEST_F(multiplexer_lines, without_a_session_a_deadline_names_the_reason) {
    mux.close(cut, done);
    fake_request a("a", start);
    mux.submit(a, done);
    mux.expire(start, failure(errc::connect_failed, "refused"), done);
    complete(done);
    EXPECT_EQ(a.outcome(), "not connected");
    EXPECT_NE(a.error->detail().find("refused"), std::string::npos);
}

TEST_F(multiplexer_lines, what_was_not_sent_survives_the_loss_of_the_session_in_its_order) {
    // The session ends after each possible number of bytes; a request is lost exactly if its first byte had left.
    const std::string all =
        std::string(fake_request("a").wire) + std::string(fake_request("b").wire) + std::string(fake_request("c").wire);
    for (std::size_t sent = 0; sent <= all.size(); ++sent) {
        multiplexer line({}, "server:1");
        line.open();
        std::deque<fake_request> requests;
        for (const char* text : {"a", "b", "c"}) line.submit(requests.emplace_back(text), done);
        ASSERT_EQ(line.outgoing(), all);
        line.sent(sent);
        line.close(cut, done);
        complete(done);
        std::string survivors;
        std::size_t begins = 0;
        for (const fake_request& one : requests) {
            const bool lost = begins < sent;
            EXPECT_EQ(one.outcome(), lost ? "connection lost after the command was sent" : "") << one.text() << " at " << sent;
            if (!lost) survivors += one.wire;
            begins += one.wire.size();
        }
        line.open();
        EXPECT_EQ(send_all(line), survivors);
        line.fail_all(cut, done);
        complete(done);
        for (const fake_request& one : requests) EXPECT_EQ(one.completions(), 1);
    }
}

TEST_F(multiplexer_lines, a_login_goes_ahead_of_what_waits_and_dies_with_its_session) {
    fake_request waiting("w"), login("login"), again("again");
    mux.close(cut, done);
    mux.submit(waiting, done);
    mux.open();
    mux.submit_first(login);
    EXPECT_TRUE(mux.outgoing().starts_with(login.wire));
    mux.submit_first(again);
    mux.close(cut, done);
    complete(done);
    EXPECT_EQ(login.completions(), 1);
    EXPECT_TRUE(again.error);
    EXPECT_EQ(waiting.completions(), 0);
}

TEST_F(multiplexer_lines, limits_refuse_more_and_say_how_much_waits) {
    multiplexer tight({.waiting_max = 2, .queued_bytes_max = 1'000'000, .reply = {}}, "server:1");
    std::deque<fake_request> requests;
    for (int i = 0; i < 3; ++i) tight.submit(requests.emplace_back("x"), done);
    complete(done);
    EXPECT_EQ(requests[1].outcome(), "");
    EXPECT_EQ(requests[2].outcome(), "too many commands are waiting");
    EXPECT_NE(requests[2].error->detail().find("2 waiting"), std::string::npos);
    multiplexer narrow({.waiting_max = 100, .queued_bytes_max = 1000, .reply = {}}, "server:1");
    fake_request first(std::string(600, 'x')), second(std::string(600, 'x'));
    narrow.submit(first, done);
    narrow.submit(second, done);
    complete(done);
    EXPECT_EQ(second.outcome(), "too many commands are waiting");
    narrow.fail_all(cut, done);
    tight.fail_all(cut, done);
    complete(done);
}

TEST_F(multiplexer_lines, a_reply_nobody_asked_for_ends_the_session) {
    const auto broken = arrive(mux, "+OK\r\n", done);
    ASSERT_TRUE(broken);
    EXPECT_EQ(broken->code(), errc::protocol_error);
}

TEST_F(multiplexer_lines, pushes_are_nobodys_reply) {
    fake_request a("a");
    mux.submit(a, done);
    send_all(mux);
    EXPECT_FALSE(arrive(mux, ">2\r\n$10\r\ninvalidate\r\n*1\r\n$1\r\nk\r\n" + a.answer(), done));
    complete(done);
    EXPECT_EQ(a.outcome(), "reply a");
}

TEST_F(multiplexer_lines, bytes_that_are_not_resp_end_the_session) {
    fake_request a("a");
    mux.submit(a, done);
    send_all(mux);
    const auto broken = arrive(mux, "HTTP/1.1 400 Bad Request\r\n", done);
    ASSERT_TRUE(broken);
    EXPECT_EQ(broken->code(), errc::protocol_error);
}

} // namespace
} // namespace entrada::conn
