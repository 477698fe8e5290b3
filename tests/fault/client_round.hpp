// One round: a client, its callers, and a gate that harms what passes between it and Redis.
// Room: tests.
#pragma once

#include "fault/client_caller.hpp"
#include "support/fake_credentials.hpp"
#include "support/gate.hpp"
#include "support/redis_server.hpp"

#include <condition_variable>
#include <thread>

namespace entrada::test {

/// What a round leaves behind, for the line that is printed of it.
struct round_report {
    std::vector<std::string> problems;
    client_stats stats;
    std::uint64_t steps = 0;
    std::uint64_t detached = 0;
};

/// Redis for all rounds, with the logins that turn.
class round_server {
public:
    round_server();

    [[nodiscard]] const test_ca& ca() const noexcept { return ca_; }
    [[nodiscard]] std::uint16_t port(bool tls) const noexcept { return tls ? redis_.tls_port() : redis_.port(); }
    /// Past the gate.
    [[nodiscard]] client straight() const;

private:
    test_ca ca_;
    redis_server redis_;
};

class fault_round {
public:
    fault_round(const round_plan& plan, const round_server& server);
    ~fault_round();
    fault_round(const fault_round&) = delete;
    fault_round& operator=(const fault_round&) = delete;

    [[nodiscard]] round_report run();

private:
    using clock = std::chrono::steady_clock;

    [[nodiscard]] client_options options() const;
    void start_callers();
    void play_events();
    void play(const planned_event& event);
    void turn(std::size_t which);
    void wait_for_callers();
    void check_shared_number();
    void check_limits();
    void check_login();
    void check_stats(const client_stats& stats);
    void stop_amid_calls();
    void wait_until_all_are_counted();

    const round_plan& plan_;
    const round_server& server_;
    gate gate_;
    std::shared_ptr<fake_credentials> login_ = std::make_shared<fake_credentials>();
    std::optional<round_ground> ground_;
    std::optional<boost::asio::executor_work_guard<boost::asio::io_context::executor_type>> work_;
    std::vector<std::jthread> pool_;
    std::vector<std::unique_ptr<caller>> callers_;
    std::vector<std::jthread> threads_;
    std::mutex mutex_;
    std::condition_variable changed_;
    std::vector<bool> ended_;
};

/// Runs it, and looks that it leaves no thread and no open file behind.
[[nodiscard]] round_report run_round(const round_plan& plan, const round_server& server);

} // namespace entrada::test
