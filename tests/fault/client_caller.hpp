// One of the many callers: makes its calls and holds each end against its model.
// Room: tests.
#pragma once

#include "fault/client_calls.hpp"

#include <boost/asio/awaitable.hpp>
#include <boost/asio/cancellation_signal.hpp>
#include <boost/asio/io_context.hpp>

#include <atomic>
#include <memory>
#include <mutex>

namespace entrada::test {

/// What all callers of a round share.
struct round_ground {
    explicit round_ground(const round_plan& what, client_options options) : plan(what), redis(std::move(options)) {}

    void report(const std::string& problem);
    [[nodiscard]] std::vector<std::string> problems();

    const round_plan& plan;
    client redis;
    boost::asio::io_context elsewhere;
    std::atomic<bool> over{false};           ///< the faults are; callers finish their step
    std::atomic<std::uint64_t> submitted{0}; ///< calls that the client has to count
    std::atomic<std::uint64_t> failed{0};    ///< and those of them that ended so that it has to count a failure
    std::atomic<std::uint64_t> detached{0};  ///< and those whose end nobody sees
    std::atomic<std::uint64_t> steps{0};

private:
    std::mutex mutex_;
    std::vector<std::string> problems_;
};

class caller {
public:
    using clock = std::chrono::steady_clock;

    caller(round_ground& ground, int number);

    /// Until the round is over, and then until all of its keys are known again.
    void run_blocking();
    boost::asio::awaitable<void> run();

    [[nodiscard]] const shared_number& shared() const { return model_.shared(); }
    /// For the one who finds that it never ends.
    [[nodiscard]] std::string position() const;

private:
    struct bundle;

    void note(const planned_step& step);
    void begin_detached(const planned_call& call);
    [[nodiscard]] call_end call_blocking(const planned_call& call);
    void call_several_blocking(const std::vector<planned_call>& calls);
    boost::asio::awaitable<call_end> call_awaited(const planned_call& call);
    boost::asio::awaitable<void> call_several(const std::vector<planned_call>& calls);
    [[nodiscard]] call_options how_to(const planned_call& call) const;
    /// Of whoever cancels the call; empty if nobody does.
    [[nodiscard]] std::stop_token stopped_later(const planned_call& call) const;
    [[nodiscard]] std::shared_ptr<boost::asio::cancellation_signal> cancelled_later(const planned_call& call,
                                                                                    const boost::asio::any_io_executor& on) const;

    void on_end(const planned_call& call, const call_end& end, clock::duration took);
    void on_failure(const planned_call& call, const failure& why);
    void on_outcome(const planned_call& call, const planned_command& done, const command_end& got);
    [[nodiscard]] bool may_fail_with(const planned_call& call, const boost::system::error_code& code) const;
    [[nodiscard]] bool is_done(const call_end& end, clock::time_point until);
    void check_certainty() const;
    void report(const std::string& problem) const;
    [[nodiscard]] std::vector<planned_call> clean_calls() const;

    round_ground& ground_;
    int number_;
    caller_plan plan_;
    caller_model model_;
    bool healthy_ = false; ///< the faults are over and a call has succeeded since
    std::atomic<std::uint64_t> step_{0};
    std::atomic<command_kind> doing_{command_kind::ping};
};

} // namespace entrada::test
