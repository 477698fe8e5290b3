#include "entrada/detail/single_flight.hpp"

#include "entrada/failure.hpp"

#include <boost/asio/awaitable.hpp>
#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/cancellation_signal.hpp>
#include <boost/asio/error.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/system/system_error.hpp>
#include <gtest/gtest.h>

#include <thread>

namespace entrada::detail {
namespace {

using clock = std::chrono::steady_clock;
using namespace std::chrono_literals;

TEST(single_flight, the_first_leads_and_the_others_get_what_it_brings) {
    single_flight flights;
    seat leader = flights.board("k");
    const seat passenger = flights.board("k");
    ASSERT_TRUE(leader.leads());
    ASSERT_FALSE(passenger.leads());
    leader.land("value");
    EXPECT_FALSE(leader.leads());
    const auto outcome = passenger.wait(clock::now(), {});
    ASSERT_TRUE(outcome && outcome->bytes);
    EXPECT_EQ(*outcome->bytes, "value");
}

TEST(single_flight, keys_fly_apart_and_a_landed_one_starts_anew) {
    single_flight flights;
    seat one = flights.board("a");
    EXPECT_TRUE(flights.board("b").leads());
    const auto before = flights.landings("a");
    one.land("x");
    EXPECT_NE(flights.landings("a"), before);
    EXPECT_TRUE(flights.board("a").leads());
}

TEST(single_flight, an_exception_reaches_every_passenger) {
    single_flight flights;
    seat leader = flights.board("k");
    const seat passenger = flights.board("k");
    leader.land(std::make_exception_ptr(std::runtime_error("no database")));
    const auto outcome = passenger.wait(clock::now(), {});
    ASSERT_TRUE(outcome && outcome->error);
    EXPECT_THROW(std::rethrow_exception(outcome->error), std::runtime_error);
}

TEST(single_flight, a_leader_that_leaves_or_was_cancelled_brings_nothing) {
    single_flight flights;
    const auto passenger_of = [&](auto&& end) {
        auto leader = std::make_unique<seat>(flights.board("k"));
        const seat passenger = flights.board("k");
        end(leader);
        const auto outcome = passenger.wait(clock::now(), {});
        return outcome && !outcome->bytes && !outcome->error;
    };
    EXPECT_TRUE(passenger_of([](auto& leader) { leader.reset(); }));
    EXPECT_TRUE(passenger_of([](auto& leader) { leader->land(std::make_exception_ptr(failure_error({errc::cancelled, ""}))); }));
    EXPECT_TRUE(passenger_of([](auto& leader) {
        leader->land(std::make_exception_ptr(boost::system::system_error(boost::asio::error::operation_aborted)));
    }));
}

TEST(single_flight, waiting_ends_at_the_deadline_and_at_a_stop_request) {
    single_flight flights;
    seat leader = flights.board("k");
    const seat passenger = flights.board("k");
    EXPECT_FALSE(passenger.wait(clock::now(), {}).has_value());
    std::stop_source stopped;
    stopped.request_stop();
    EXPECT_FALSE(passenger.wait(clock::now() + 1h, stopped.get_token()).has_value());
}

TEST(single_flight, a_blocked_passenger_is_woken) {
    single_flight flights;
    seat leader = flights.board("k");
    const seat passenger = flights.board("k");
    std::jthread landing([&leader] { leader.land("value"); });
    const auto outcome = passenger.wait(clock::now() + 1min, {});
    ASSERT_TRUE(outcome && outcome->bytes);
}

// What an asynchronous passenger is told, or nothing as long as it waits.
class async_passenger {
public:
    async_passenger(single_flight& flights, boost::asio::io_context& context, clock::time_point deadline)
        : seat_(flights.board("k")) {
        seat_.async_wait(context.get_executor(), deadline,
                         boost::asio::bind_cancellation_slot(signal_.slot(), [this](bool landed) { told = landed; }));
    }
    void cancel() { signal_.emit(boost::asio::cancellation_type::terminal); }

    std::optional<bool> told;

private:
    boost::asio::cancellation_signal signal_;
    seat seat_;
};

TEST(single_flight, asynchronous_passengers_are_told_of_the_landing) {
    boost::asio::io_context context;
    single_flight flights;
    seat leader = flights.board("k");
    async_passenger early(flights, context, clock::now() + 1h);
    context.poll();
    EXPECT_FALSE(early.told.has_value());
    async_passenger late(flights, context, clock::now() + 1h); // not yet waiting when the leader lands
    leader.land("value");
    context.run(); // ends although the deadlines are far: their timers are gone
    EXPECT_EQ(early.told, true);
    EXPECT_EQ(late.told, true);
}

TEST(single_flight, asynchronous_passengers_give_up_at_the_deadline_or_when_cancelled) {
    boost::asio::io_context context;
    single_flight flights;
    seat leader = flights.board("k");
    async_passenger slow(flights, context, clock::now());
    async_passenger cancelled(flights, context, clock::now() + 1h);
    context.poll();
    cancelled.cancel();
    context.run();
    EXPECT_EQ(slow.told, false);
    EXPECT_EQ(cancelled.told, false);
    leader.land("value");
    EXPECT_EQ(context.run(), 0u);
}

} // namespace
} // namespace entrada::detail
