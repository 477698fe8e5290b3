// Room: tests.
#include "fault/client_caller.hpp"

#include "support/loose_coroutine.hpp"

#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/bind_executor.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>

#include <algorithm>
#include <array>
#include <latch>

namespace entrada::test {
namespace asio = boost::asio;
namespace {

using namespace std::chrono_literals;

// On top of its timeout a call may take what a busy machine under a sanitizer takes for everything else.
constexpr auto late_max = 10s;
// Time for all callers to find the client healthy after the faults.
constexpr auto recovery_max = 30s;
constexpr std::size_t problems_max = 20;

/// Whether a command that ended so has run.
enum class fate { ran, unknown, never };

fate fate_of(const boost::system::error_code& code) {
    // Replies of Redis.
    if (code == errc::wrong_type || code == errc::server_error) return fate::ran;
    // What says that nothing was sent. A request that is too large is refused, too, though the code alone does not tell.
    for (const errc known : {errc::not_connected, errc::backlog_full, errc::token_unavailable, errc::wrong_pass,
                             errc::handshake_failed, errc::limit_exceeded, errc::not_multiplexable})
        if (code == known) return fate::never;
    return fate::unknown;
}

bool is_refused_alone(const planned_call& call) {
    return !call.is_batch && call.commands.front().kind == command_kind::not_shareable;
}

/// A blocking call whose stop was requested before anything happened is none for the client.
bool was_submitted(const call_end& end) {
    if (!end.whole && (end.each.size() != 1 || end.each[0])) return true;
    const failure why = end.whole ? *end.whole : end.each[0].error();
    return why.code() != errc::cancelled || why.detail().find("before it was sent") == std::string::npos;
}

/// Of several calls of a thread, every other one.
bool is_awaited_alone(std::size_t index) { return index % 2 == 1; }

struct begin_detached_call {
    template <class Operation>
    void operator()(Operation operation) const {
        std::move(operation)(asio::detached);
    }
};

/// Lambdas would have to outlive their coroutine.
struct await_call {
    asio::cancellation_slot slot;

    template <class Operation>
    static asio::awaitable<call_end> wait(Operation operation, asio::cancellation_slot cancelled) {
        if (cancelled.is_connected())
            co_return end_of(co_await std::move(operation)(asio::bind_cancellation_slot(cancelled, asio::use_awaitable)));
        co_return end_of(co_await std::move(operation));
    }
    template <class Operation>
    asio::awaitable<call_end> operator()(Operation operation) const {
        return wait(std::move(operation), slot);
    }
};

template <class Handler>
struct begin_call {
    Handler handler;
    asio::any_io_executor executor; ///< none: the client's own
    asio::cancellation_slot slot;

    template <class Operation>
    void operator()(Operation operation) {
        auto ended = [handler = handler](auto got) { handler(end_of(std::move(got))); };
        if (!executor) {
            std::move(operation)(std::move(ended));
        } else if (slot.is_connected()) {
            std::move(operation)(asio::bind_cancellation_slot(slot, asio::bind_executor(executor, std::move(ended))));
        } else {
            std::move(operation)(asio::bind_executor(executor, std::move(ended)));
        }
    }
};

/// The same by a coroutine that knows nothing of Asio.
template <class Handler>
struct await_alone {
    Handler handler;

    template <class Operation>
    void operator()(Operation operation) const {
        wait(std::move(operation), handler);
    }
    template <class Operation>
    static loose_coroutine wait(Operation operation, Handler ended) {
        ended(end_of(co_await std::move(operation)));
    }
};

} // namespace

void round_ground::report(const std::string& problem) {
    const std::scoped_lock lock(mutex_);
    if (problems_.size() < problems_max) problems_.push_back(problem);
}

std::vector<std::string> round_ground::problems() {
    const std::scoped_lock lock(mutex_);
    return problems_;
}

/// Calls that are under way together, each with where its end goes.
struct caller::bundle {
    explicit bundle(std::size_t count) : ends(count), took(count), completions(count), left(static_cast<std::ptrdiff_t>(count)) {}

    void on_end(std::size_t index, call_end end) {
        if (completions[index].fetch_add(1) != 0) return; // told later
        ends[index] = std::move(end);
        took[index] = clock::now() - began;
        left.count_down();
    }

    clock::time_point began = clock::now();
    std::vector<call_end> ends;
    std::vector<clock::duration> took;
    std::vector<std::atomic<int>> completions;
    std::latch left;
};

caller::caller(round_ground& ground, int number)
    : ground_(ground), number_(number), plan_(ground.plan, number),
      model_("r" + std::to_string(ground.plan.number) + ":c" + std::to_string(number)) {}

std::string caller::position() const {
    return "caller " + std::to_string(number_) + " in step " + std::to_string(step_) + ", " + std::string(name_of(doing_.load()));
}

void caller::note(const planned_step& step) {
    ++step_;
    ++ground_.steps;
    doing_ = step.calls.front().commands.front().kind;
}

void caller::run_blocking() {
    while (!ground_.over) {
        const planned_step step = plan_.next();
        note(step);
        if (step.detached) {
            for (const planned_call& call : step.calls) begin_detached(call);
        } else if (step.calls.size() > 1) {
            call_several_blocking(step.calls);
        } else {
            (void)call_blocking(step.calls.front());
        }
    }
    const auto until = clock::now() + recovery_max;
    for (const planned_call& call : clean_calls()) {
        while (!is_done(call_blocking(call), until)) {
        }
    }
    check_certainty();
}

asio::awaitable<void> caller::run() {
    const auto executor = co_await asio::this_coro::executor;
    asio::steady_timer timer(executor);
    while (!ground_.over) {
        const planned_step step = plan_.next();
        note(step);
        if (step.pause != 0ms) {
            timer.expires_after(step.pause);
            co_await timer.async_wait(asio::use_awaitable);
        }
        if (step.detached) {
            for (const planned_call& call : step.calls) begin_detached(call);
            // Others on this thread get their turn: nothing else here waits for anything.
            co_await asio::post(executor, asio::use_awaitable);
        } else if (step.calls.size() > 1) {
            co_await call_several(step.calls);
        } else {
            (void)co_await call_awaited(step.calls.front());
        }
    }
    const auto until = clock::now() + recovery_max;
    for (const planned_call& call : clean_calls()) {
        bool done = false;
        while (!done) {
            const call_end end = co_await call_awaited(call);
            done = is_done(end, until);
        }
    }
    check_certainty();
}

void caller::check_certainty() const {
    if (!model_.is_certain()) report("after a clean read of all keys some are still not known");
}

call_options caller::how_to(const planned_call& call) const { return {.timeout = call.timeout, .stop = {}}; }

void caller::begin_detached(const planned_call& call) {
    for (const planned_command& one : call.commands) model_.may_have_run(one);
    if (is_refused_alone(call)) return;
    ++ground_.submitted;
    ++ground_.detached;
    make_call(ground_.redis.async(), call, model_, how_to(call), begin_detached_call{});
}

std::stop_token caller::stopped_later(const planned_call& call) const {
    if (!call.cancel_after) return {};
    const auto stop = std::make_shared<std::stop_source>();
    const auto timer = std::make_shared<asio::steady_timer>(ground_.elsewhere, *call.cancel_after);
    timer->async_wait([stop, timer](boost::system::error_code) { stop->request_stop(); });
    return stop->get_token();
}

call_end caller::call_blocking(const planned_call& call) {
    call_options how = how_to(call);
    how.stop = stopped_later(call);
    const auto began = clock::now();
    call_end end = make_call(ground_.redis, call, model_, how, [](auto got) { return end_of(std::move(got)); });
    const auto took = clock::now() - began;
    if (!is_refused_alone(call) && was_submitted(end)) ++ground_.submitted;
    on_end(call, end, took);
    return end;
}

void caller::call_several_blocking(const std::vector<planned_call>& calls) {
    const auto all = std::make_shared<bundle>(calls.size());
    for (std::size_t index = 0; index < calls.size(); ++index) {
        const auto ended = [all, index](call_end end) { all->on_end(index, std::move(end)); };
        async_client& redis = ground_.redis.async();
        if (is_awaited_alone(index)) {
            make_call(redis, calls[index], model_, how_to(calls[index]), await_alone<decltype(ended)>{ended},
                      stopped_later(calls[index]));
        } else {
            make_call(redis, calls[index], model_, how_to(calls[index]), begin_call<decltype(ended)>{ended, {}, {}});
        }
    }
    all->left.wait();
    for (std::size_t index = 0; index < calls.size(); ++index) {
        if (all->completions[index] != 1) report("a call completed " + std::to_string(all->completions[index]) + " times");
        planned_call call = calls[index];
        if (!is_refused_alone(call) && was_submitted(all->ends[index])) ++ground_.submitted;
        if (!is_awaited_alone(index)) call.cancel_after.reset(); // nobody cancels these
        on_end(call, all->ends[index], all->took[index]);
    }
}

std::shared_ptr<asio::cancellation_signal> caller::cancelled_later(const planned_call& call,
                                                                   const asio::any_io_executor& on) const {
    auto signal = std::make_shared<asio::cancellation_signal>();
    if (!call.cancel_after) return signal;
    constexpr std::array kinds{asio::cancellation_type::terminal, asio::cancellation_type::partial,
                               asio::cancellation_type::total};
    const auto emit = [signal, kind = kinds[call.cancel_how]] { signal->emit(kind); };
    if (*call.cancel_after == 0ms) {
        asio::post(on, emit);
        return signal;
    }
    const auto timer = std::make_shared<asio::steady_timer>(on, *call.cancel_after);
    timer->async_wait([timer, emit](boost::system::error_code) { emit(); });
    return signal;
}

asio::awaitable<call_end> caller::call_awaited(const planned_call& call) {
    const auto executor = co_await asio::this_coro::executor;
    const auto signal = cancelled_later(call, executor);
    if (!is_refused_alone(call)) ++ground_.submitted;
    const auto began = clock::now();
    const await_call then{call.cancel_after ? signal->slot() : asio::cancellation_slot()};
    call_end end = co_await make_call(ground_.redis.async(), call, model_, how_to(call), then);
    const auto took = clock::now() - began;
    on_end(call, end, took);
    co_return end;
}

asio::awaitable<void> caller::call_several(const std::vector<planned_call>& calls) {
    const auto executor = co_await asio::this_coro::executor;
    // Everything below happens on this executor, which runs one thing at a time.
    const auto all = std::make_shared<bundle>(calls.size());
    const auto last = std::make_shared<asio::steady_timer>(executor, clock::time_point::max());
    std::vector<std::shared_ptr<asio::cancellation_signal>> signals;
    for (std::size_t index = 0; index < calls.size(); ++index) {
        const planned_call& call = calls[index];
        signals.push_back(cancelled_later(call, executor));
        const auto ended = [all, last, index](call_end end) {
            all->on_end(index, std::move(end));
            if (all->left.try_wait()) last->cancel();
        };
        begin_call<decltype(ended)> then{ended, executor, {}};
        if (call.cancel_after) then.slot = signals.back()->slot();
        make_call(ground_.redis.async(), call, model_, how_to(call), then);
        if (!is_refused_alone(call)) ++ground_.submitted;
    }
    boost::system::error_code ignored;
    while (!all->left.try_wait()) co_await last->async_wait(asio::redirect_error(asio::use_awaitable, ignored));
    for (std::size_t index = 0; index < calls.size(); ++index) {
        if (all->completions[index] != 1) report("a call completed " + std::to_string(all->completions[index]) + " times");
        on_end(calls[index], all->ends[index], all->took[index]);
    }
}

void caller::on_end(const planned_call& call, const call_end& end, clock::duration took) {
    const milliseconds planned = call.timeout.value_or(ground_.plan.command_timeout);
    const auto limit = std::max(0ms, std::min(planned, call.cancel_after.value_or(planned))) + late_max;
    if (took > limit)
        report("a call took " + std::to_string(std::chrono::duration_cast<milliseconds>(took).count()) + " ms, "
               + (end.whole ? end.whole->to_string() : std::string("the first outcome was ") + to_string(end.each.at(0))));
    if (end.whole) {
        on_failure(call, *end.whole);
        for (const planned_command& one : call.commands)
            if (fate_of(end.whole->code()) != fate::never) model_.may_have_run(one);
        return;
    }
    if (end.each.size() != call.commands.size()) {
        report("a batch of " + std::to_string(call.commands.size()) + " has " + std::to_string(end.each.size()) + " replies");
        return;
    }
    for (std::size_t index = 0; index < end.each.size(); ++index) on_outcome(call, call.commands[index], end.each[index]);
}

void caller::on_outcome(const planned_call& call, const planned_command& done, const command_end& got) {
    const fate run = got ? fate::ran : fate_of(got.error().code());
    if (run == fate::ran || is_refused_alone(call)) {
        const std::string problem = model_.ran(done, got);
        if (!problem.empty()) report(problem);
        return;
    }
    on_failure(call, got.error());
    if (run == fate::unknown) model_.may_have_run(done);
}

void caller::on_failure(const planned_call& call, const failure& why) {
    if (why.code() != errc::cancelled && why.code() != errc::stopped) ++ground_.failed;
    if (!may_fail_with(call, why.code())) report("a failure that nothing here explains: " + why.to_string());
}

bool caller::may_fail_with(const planned_call& call, const boost::system::error_code& code) const {
    const round_plan& plan = ground_.plan;
    if (code == errc::backlog_full) return plan.kind == round_kind::pressure;
    if (code == errc::limit_exceeded) return wire_bytes_max(call) > plan.queued_bytes_max;
    if (healthy_) return false;
    if (code == errc::timeout) return plan.has_cuts() || call.timeout;
    if (code == errc::cancelled) return call.cancel_after.has_value();
    // At the start, before there is a connection, a short timeout is enough.
    if (code == errc::not_connected) return plan.has_cuts() || call.timeout;
    if (code == errc::connection_lost || code == errc::handshake_failed) return plan.has_cuts();
    return plan.kind == round_kind::logins && (code == errc::wrong_pass || code == errc::token_unavailable);
}

void caller::report(const std::string& problem) const { ground_.report(position() + ": " + problem); }

std::vector<planned_call> caller::clean_calls() const {
    // Each key is read: what it holds must be one of the states that the model allows, and is known from then on. Then all are
    // written, and read again.
    std::vector<planned_call> all;
    const auto add = [&](command_kind kind, int key) {
        planned_call call;
        call.timeout = recovery_max / 2;
        call.commands.push_back({kind, key, {1'000'000 + all.size(), 50}, false});
        all.push_back(call);
    };
    using enum command_kind;
    for (int key = 0; key < text_keys; ++key) add(get, key);
    for (int key = text_keys; key < number_key; ++key) add(range, key);
    add(incr, number_key);
    for (int key = 0; key < number_key; ++key) {
        add(set, key);
        add(ttl, key);
        add(get, key);
    }
    add(mget, 0);
    return all;
}

bool caller::is_done(const call_end& end, clock::time_point until) {
    // An error reply is one, too: a range of what has become a text.
    const bool answered = !end.whole && (end.each.at(0) || fate_of(end.each[0].error().code()) == fate::ran);
    if (answered) {
        healthy_ = true;
        return true;
    }
    if (clock::now() < until) return false;
    report("the client was not healthy in time; the last failure: " + to_string(end.each.at(0)));
    return true;
}

} // namespace entrada::test
