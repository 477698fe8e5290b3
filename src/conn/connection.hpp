// One connection to Redis that many callers share: kept open, logged in, driven.
// Room: conn.
#pragma once

#include "conn/baton.hpp"
#include "conn/bell.hpp"
#include "conn/early_flush.hpp"
#include "conn/multiplexer.hpp"
#include "conn/polling.hpp"
#include "entrada/client_options.hpp"
#include "entrada/client_stats.hpp"
#include "net/dialer.hpp"

#include <boost/asio/awaitable.hpp>
#include <boost/asio/cancellation_signal.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/posix/stream_descriptor.hpp>
#include <boost/asio/steady_timer.hpp>

#include <atomic>
#include <functional>
#include <memory>
#include <mutex>
#include <stop_token>

namespace entrada::conn {

class handshake;

/// Requests come from any thread. Whoever holds the baton *drives*: takes up what was submitted, writes, reads, completes. That
/// is the I/O thread, or a blocking caller who is alone and so spares the hand-over to it (lone mode).
///
/// Thread safety: the public members may be called from any thread, `start` once.
/// Lifetime: held by shared pointers; `stop` before the last one goes.
class connection : public std::enable_shared_from_this<connection> {
public:
    connection(boost::asio::io_context& io, client_options options);
    ~connection();
    connection(const connection&) = delete;
    connection& operator=(const connection&) = delete;

    /// Begins to connect, on the I/O thread.
    void start();
    /// Fails all that is under way and all that comes later with `errc::stopped`.
    void stop();
    /// The same, and returns when all that was under way has completed. Not on the I/O thread, nor inside a pass.
    void stop_and_wait();

    /// The request completes on the I/O thread, or on the thread of a lone caller.
    void submit(request& added);
    /// For a caller that waits: returns when `waiting` is finished, which the request's `on_done` tells the bell.
    /// When `stop` is requested, the request of this serial is cancelled.
    void submit_and_wait(request& added, waiter& waiting, const std::stop_token& stop);
    /// The request, if it is still under way then, completes soon with `errc::cancelled`.
    void cancel(std::uint64_t serial);
    [[nodiscard]] bell& callers_bell() noexcept { return bell_; }
    /// Whether the caller runs inside a pass of this connection.
    [[nodiscard]] bool is_driven_here() const noexcept;

    [[nodiscard]] client_stats stats() const noexcept;
    [[nodiscard]] const client_options& options() const noexcept { return options_; }

private:
    using clock = std::chrono::steady_clock;
    using task = std::function<void()>;
    class login_request;
    class ping_request;

    // Driving; each needs the baton, but for the first three.
    void wake();
    void enqueue(task added);
    void drive();
    void drive_and_let_go();
    void pass();
    void run_tasks();
    void take_submissions();
    void take_up(request& added);
    void flush();
    void read_all();
    [[nodiscard]] bool take_replies();
    void complete_done();
    void complete_all();
    void count(const request& completed) noexcept;
    void count_failure(const request& completed) noexcept;
    void lose(const failure& why);
    void refuse(const failure& why);
    /// Whether any came.
    bool poll_for_replies();

    // Waiting for the socket and for deadlines, on the I/O thread's behalf.
    void attend();
    void attend_read();
    void attend_write();
    void attend_deadline();

    // Lone mode: a single blocking caller does its own I/O.
    [[nodiscard]] bool drive_alone(const waiter& waiting);
    [[nodiscard]] bool enter_lone_mode();
    void leave_lone_mode();
    void wait_alone();
    void watch_lone_mode();

    // The life of the session, on the I/O thread.
    boost::asio::awaitable<void> run();
    boost::asio::awaitable<void> pause(clock::time_point until);
    boost::asio::awaitable<std::optional<failure>> run_session();
    [[nodiscard]] result<std::optional<credentials>> ask_credentials() const;
    boost::asio::awaitable<result<std::optional<credentials>>> await_credentials();
    boost::asio::awaitable<std::optional<failure>> log_in(net::stream& fresh, std::optional<credentials> login,
                                                          std::string& surplus);
    [[nodiscard]] std::string tls_question() const;
    boost::asio::awaitable<std::optional<failure>> talk_through(net::stream& fresh, handshake& talk, clock::time_point deadline,
                                                                byte_buffer& received);
    boost::asio::awaitable<void> attend_until_lost();
    boost::asio::awaitable<void> wait_for_event(clock::time_point limit);
    void signal();
    void attach(std::unique_ptr<net::stream> fresh, std::uint64_t login_version, const std::string& received);
    void note_problem(const failure& problem);
    void check_health();
    void reauthenticate();
    void on_reauthenticated(std::uint64_t version, std::unique_ptr<failure> failed, std::optional<failure> refused);
    [[nodiscard]] net::dial_target target() const;

    boost::asio::io_context& io_;
    const client_options options_;
    const std::string name_; ///< of the server, for errors
    const peer peer_;

    // Shared with all threads.
    submission_queue submissions_;
    baton baton_;
    bell bell_;
    std::atomic<bool> wake_posted_{false};
    std::atomic<bool> readable_{false};
    std::atomic<bool> lost_{false};
    std::atomic<bool> stopping_{false};
    std::atomic<bool> credentials_changed_{false};
    std::atomic<std::uint32_t> attention_{0}; ///< counts up when the socket changes hands, so that late handlers are told apart
    std::mutex tasks_mutex_;
    std::vector<task> tasks_;
    std::unordered_set<std::uint64_t> cancelled_;
    std::atomic<bool> tasks_waiting_{false};
    std::atomic<int> blocking_callers_{0};
    std::atomic<int> lone_calls_{0};

    // Under the baton.
    multiplexer mux_;
    request_list done_;
    std::unique_ptr<net::stream> stream_;
    boost::asio::posix::basic_stream_descriptor<boost::asio::io_context::executor_type> descriptor_;
    boost::asio::steady_timer deadline_timer_;
    boost::asio::steady_timer lone_timer_;
    boost::asio::steady_timer reauth_timer_;
    clock::time_point armed_deadline_ = clock::time_point::max();
    clock::time_point now_;
    clock::time_point last_byte_;
    clock::time_point owing_since_;
    bool read_attended_ = false;
    bool write_attended_ = false;
    bool write_blocked_ = false;
    bool read_again_ = false; ///< there may be more to read, though nothing will announce it
    early_flush early_flush_;
    polling polling_;
    bool lone_ = false;
    std::uint64_t lone_passes_ = 0;
    std::uint64_t lone_passes_seen_ = 0;
    std::optional<failure> refusing_;        ///< nothing can be sent, and waiting is of no use
    std::optional<failure> connect_problem_; ///< why there is no session, as far as known
    std::uint64_t login_version_ = 0;
    bool reauthenticating_ = false;
    bool pinging_ = false;

    // On the I/O thread only.
    boost::asio::steady_timer event_;
    boost::asio::cancellation_signal stop_signal_;
    std::shared_ptr<const net::tls_context> tls_; ///< made at the first attempt
    std::unique_ptr<credentials_provider::subscription> subscription_;

    struct counters;
    std::unique_ptr<counters> counters_;
};

} // namespace entrada::conn
