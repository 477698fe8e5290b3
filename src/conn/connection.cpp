// Driving: what happens in one pass, who makes it, and how threads meet.
#include "conn/connection.hpp"

#include "conn/counters.hpp"

#include <boost/asio/post.hpp>

namespace entrada::conn {
namespace asio = boost::asio;
namespace {

// Between two looks at new submissions and at writing, so that a flood of replies does not starve them.
constexpr int reads_per_pass_max = 16;

// What a reply has besides its strings.
constexpr std::size_t reply_heads_bytes = std::size_t{1} << 20;

/// The connection this thread drives right now; calls made from completions go straight into its line.
thread_local const connection* driven_here = nullptr;

std::string of_stream(const net::stream& failed) {
    const std::string problem = failed.problem();
    return problem.empty() ? problem : ": " + problem;
}

std::string name_of(const client_options& options) {
    if (!options.unix_socket.empty()) return options.unix_socket;
    return options.host + ":" + std::to_string(options.port);
}

/// The name that TLS verifies is the one that counts.
peer peer_of(const client_options& options) {
    const bool local = !options.unix_socket.empty();
    const bool verified = options.tls.enabled && !local;
    return {verified && !options.tls.server_name.empty() ? options.tls.server_name : options.host, verified, local};
}

client_options sane(client_options options) {
    // Without a pause a server that refuses at once would be asked without end.
    options.reconnect_delay = std::max(options.reconnect_delay, std::chrono::milliseconds(1));
    options.reconnect_delay_max = std::max(options.reconnect_delay_max, options.reconnect_delay);
    return options;
}

multiplexer_limits limits_of(const client_options& options) {
    multiplexer_limits limits;
    limits.waiting_max = options.backlog_max;
    limits.queued_bytes_max = options.queued_bytes_max;
    limits.reply.bulk_bytes_max = options.reply_bytes_max;
    limits.reply.total_bytes_max = options.reply_bytes_max + reply_heads_bytes;
    return limits;
}

} // namespace

connection::connection(asio::io_context& io, client_options options)
    : io_(io), options_(sane(std::move(options))), name_(name_of(options_)), peer_(peer_of(options_)),
      mux_(limits_of(options_), name_), descriptor_(io), deadline_timer_(io), lone_timer_(io), reauth_timer_(io),
      polling_(options_.polling), event_(io), counters_(std::make_unique<counters>()) {}

connection::~connection() { descriptor_.release(); }

void connection::submit(request& added) {
    // Inside a pass of this very thread the pass takes it up before it ends, and starts its clock then.
    const bool in_pass = driven_here == this;
    if (in_pass && !refusing_ && mux_.submit_at_once(added)) return;
    added.start_clock(detail::coarse_now());
    if (in_pass) {
        take_up(added);
        return;
    }
    const auto alive = shared_from_this(); // once it is pushed, it may complete, and its caller may let the client go
    if (submissions_.push(added)) wake();
}

void connection::take_up(request& added) {
    if (refusing_) {
        added.error = std::make_unique<failure>(*refusing_);
        done_.push_back(added);
    } else {
        mux_.submit(added, done_);
    }
}

void connection::submit_and_wait(request& added, waiter& waiting, const std::stop_token& stop) {
    const bool alone = blocking_callers_.fetch_add(1, std::memory_order_relaxed) == 0;
    lone_calls_.store(alone ? lone_calls_.load(std::memory_order_relaxed) + 1 : 0, std::memory_order_relaxed);
    const std::uint64_t serial = added.serial;
    added.start_clock(detail::coarse_now());
    const bool first = submissions_.push(added);
    // From here on, so that the cancellation finds it.
    const std::stop_callback on_stop(stop, [this, serial] { cancel(serial); });
    if (!(alone && drive_alone(waiting))) {
        if (first) wake();
        bell_.wait(waiting);
    }
    blocking_callers_.fetch_sub(1, std::memory_order_relaxed);
}

void connection::cancel(std::uint64_t serial) {
    {
        const std::lock_guard lock(tasks_mutex_);
        cancelled_.insert(serial);
        tasks_waiting_.store(true, std::memory_order_release);
    }
    wake();
}

void connection::enqueue(task added) {
    {
        const std::lock_guard lock(tasks_mutex_);
        tasks_.push_back(std::move(added));
        tasks_waiting_.store(true, std::memory_order_release);
    }
    wake();
}

void connection::wake() {
    if (wake_posted_.exchange(true, std::memory_order_acq_rel)) return;
    asio::post(io_, [self = shared_from_this()] {
        (void)self->wake_posted_.exchange(false, std::memory_order_acq_rel); // what was there before the next wake is seen now
        self->drive();
    });
}

bool connection::is_driven_here() const noexcept { return driven_here == this; }

void connection::drive() {
    // If somebody else drives, the note makes them go round once more.
    if (baton_.take_or_note()) drive_and_let_go();
}

void connection::drive_and_let_go() {
    do {
        pass();
        if (!lone_) poll_for_replies();
        attend();
    } while (!baton_.let_go());
}

void connection::pass() {
    const connection* outer = std::exchange(driven_here, this);
    now_ = clock::now();
    if (mux_.in_flight() == 0) owing_since_ = now_;
    early_flush_.pass(now_, counters_->commands.get(), mux_.in_flight());
    run_tasks();
    take_submissions();
    mux_.expire(now_, connect_problem_, done_);
    flush();
    if (readable_.exchange(false, std::memory_order_acquire)) {
        read_attended_ = false;
        read_again_ = true;
    }
    if (std::exchange(read_again_, false)) read_all();
    complete_all();
    driven_here = outer;
}

void connection::run_tasks() {
    if (!tasks_waiting_.load(std::memory_order_acquire)) return;
    std::vector<task> tasks;
    std::unordered_set<std::uint64_t> cancelled;
    {
        const std::lock_guard lock(tasks_mutex_);
        tasks.swap(tasks_);
        cancelled.swap(cancelled_);
        tasks_waiting_.store(false, std::memory_order_relaxed);
    }
    for (const task& one : tasks) one();
    if (cancelled.empty()) return;
    take_submissions();
    mux_.cancel(cancelled, done_);
}

void connection::take_submissions() {
    submissions_.drain([this](request& added) { take_up(added); });
}

void connection::flush() {
    while (stream_) {
        const std::string_view bytes = mux_.outgoing();
        if (bytes.empty()) return;
        const net::io_result moved = stream_->write(bytes);
        switch (moved.status) {
        case net::io_status::done:
            mux_.sent(moved.bytes);
            counters_->bytes_sent.add(moved.bytes);
            break;
        case net::io_status::want_read:
            return;
        case net::io_status::want_write:
            write_blocked_ = true;
            return;
        case net::io_status::closed:
            lose({errc::connection_lost, name_ + " closed the connection"});
            return;
        case net::io_status::failed:
            lose({moved.error, "writing to " + name_ + of_stream(*stream_)});
            return;
        }
    }
}

void connection::read_all() {
    for (int reads = 0; stream_; ++reads) {
        if (reads == reads_per_pass_max) {
            read_again_ = true;
            wake();
            return;
        }
        const std::span<char> space = mux_.incoming();
        const net::io_result moved = stream_->read(space);
        switch (moved.status) {
        case net::io_status::done:
            break;
        case net::io_status::want_read:
            return;
        case net::io_status::want_write:
            write_blocked_ = true;
            return;
        case net::io_status::closed:
            lose({errc::connection_lost, name_ + " closed the connection"});
            return;
        case net::io_status::failed:
            lose({moved.error, "reading from " + name_ + of_stream(*stream_)});
            return;
        }
        last_byte_ = now_;
        counters_->bytes_received.add(moved.bytes);
        mux_.received(moved.bytes);
        if (!take_replies()) return;
        if (lone_) return; // the next read would wait; whether to is the lone caller's decision
        if (moved.bytes < space.size() && stream_ && !stream_->holds_bytes()) return;
        complete_all();
    }
}

bool connection::take_replies() {
    const std::size_t answers_before_flush = early_flush_.answers_before(mux_.in_flight());
    std::size_t since_flush = 0;
    while (mux_.complete_next(done_, [this](const request& answered) { count(answered); })) {
        if (++since_flush < answers_before_flush) continue;
        since_flush = 0;
        flush();
        if (!stream_) break;
    }
    if (const failure* broken = mux_.broken()) lose(*broken);
    return stream_ != nullptr;
}

void connection::complete_done() {
    request_list now = std::exchange(done_, {});
    while (request* one = now.pop_front()) {
        count(*one);
        one->on_done();
    }
}

void connection::complete_all() {
    // Completions may submit again; what they submit is sent together, after all of them have run.
    complete_done();
    flush();
    if (mux_.has_clocks_to_start()) mux_.start_clocks(detail::coarse_now());
    bell_.ring();
    // What failed at once waits for the next pass: a caller who asks again and again must not keep others from this thread.
    if (!done_.empty()) wake();
}

inline void connection::count(const request& completed) noexcept {
    if (multiplexer::is_internal(completed)) return;
    counters_->commands.add(1);
    if (completed.error) count_failure(completed);
}

void connection::count_failure(const request& completed) noexcept {
    const auto& code = completed.error->code();
    if (code != errc::cancelled && code != errc::stopped) counters_->commands_failed.add(1);
}

void connection::lose(const failure& why) {
    lone_ = false;
    attention_.fetch_add(1, std::memory_order_relaxed);
    descriptor_.release();
    read_attended_ = write_attended_ = write_blocked_ = read_again_ = false;
    stream_.reset();
    reauth_timer_.cancel();
    mux_.start_clocks(detail::coarse_now()); // they may have to wait for the next session
    mux_.close(why, done_);
    connect_problem_ = why;
    if (!stopping_) counters_->connections_lost.add(1);
    log(options_.log, log_level::warning, "conn", "connection to " + name_ + " lost: " + why.to_string());
    lost_.store(true, std::memory_order_release);
    signal();
}

void connection::refuse(const failure& why) {
    refusing_ = why;
    mux_.fail_waiting(why, done_);
}

void connection::attend() {
    if (lone_ && !mux_.idle()) leave_lone_mode();
    if (stream_ && !lone_) {
        attend_read();
        attend_write();
    }
    attend_deadline();
}

void connection::attend_read() {
    if (read_attended_) return;
    read_attended_ = true;
    descriptor_.async_wait(asio::posix::stream_descriptor::wait_read,
                           [self = shared_from_this(), attention = attention_.load()](boost::system::error_code error) {
                               if (error || attention != self->attention_.load(std::memory_order_relaxed)) return;
                               self->readable_.store(true, std::memory_order_release);
                               self->drive();
                           });
}

void connection::attend_write() {
    if (!write_blocked_ || write_attended_) return;
    write_attended_ = true;
    descriptor_.async_wait(asio::posix::stream_descriptor::wait_write,
                           [self = shared_from_this(), attention = attention_.load()](boost::system::error_code error) {
                               if (error || attention != self->attention_.load(std::memory_order_relaxed)) return;
                               self->enqueue([connection = self.get()] {
                                   connection->write_attended_ = connection->write_blocked_ = false;
                                   connection->owing_since_ = connection->now_; // the server takes bytes: it is alive
                                   connection->read_again_ = true;              // TLS may have been reading when it had to write
                               });
                           });
}

void connection::attend_deadline() {
    const clock::time_point wanted = mux_.next_deadline();
    if (wanted >= armed_deadline_) return;
    armed_deadline_ = wanted;
    deadline_timer_.expires_at(wanted);
    deadline_timer_.async_wait([self = shared_from_this()](boost::system::error_code error) {
        if (error) return;
        self->enqueue([connection = self.get()] { connection->armed_deadline_ = clock::time_point::max(); });
    });
}

client_stats connection::stats() const noexcept {
    client_stats now;
    now.commands = counters_->commands.get();
    now.commands_failed = counters_->commands_failed.get();
    now.error_replies = mux_.error_replies();
    now.connections_opened = counters_->connections_opened.get();
    now.connections_lost = counters_->connections_lost.get();
    now.connect_failures = counters_->connect_failures.get();
    now.reauthentications = counters_->reauthentications.get();
    now.reauthentication_failures = counters_->reauthentication_failures.get();
    now.bytes_sent = counters_->bytes_sent.get();
    now.bytes_received = counters_->bytes_received.get();
    return now;
}

} // namespace entrada::conn
