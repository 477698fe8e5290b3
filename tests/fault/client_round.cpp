// Room: tests.
#include "fault/client_round.hpp"

#include <boost/asio/bind_executor.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/strand.hpp>

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <filesystem>

namespace entrada::test {
namespace asio = boost::asio;
namespace {

using namespace std::chrono_literals;

constexpr int pool_threads = 2;
// Longer than any call and any recovery may take; who is not back by then never will be.
constexpr auto lost_after = 75s;
constexpr int last_calls = 200;
constexpr auto settle_max = 20s;

struct login {
    const char* user;
    const char* password;
};
constexpr std::array<login, 3> logins{login{"ann", "one"}, login{"ann", "two"}, login{"bob", "three"}};
constexpr std::size_t last_login = 2;

std::ptrdiff_t entries_of(const char* folder) {
    return std::distance(std::filesystem::directory_iterator(folder), std::filesystem::directory_iterator());
}

struct belongings {
    std::ptrdiff_t files = entries_of("/proc/self/fd");
    std::ptrdiff_t threads = entries_of("/proc/self/task");
};

/// False: not within `settle_max`.
template <class Condition>
bool comes_true(Condition condition) {
    const auto until = std::chrono::steady_clock::now() + settle_max;
    while (!condition()) {
        if (std::chrono::steady_clock::now() > until) return false;
        std::this_thread::yield();
    }
    return true;
}

redis_options server_options(const test_ca& ca) {
    redis_options how;
    how.tls = ca.good();
    how.users = {"user default off", "user ann on >one >two ~* &* +@all", "user bob on >three ~* &* +@all"};
    return how;
}

client_options common_options(const test_ca& ca, std::uint16_t port, bool tls) {
    client_options made;
    made.host = "localhost";
    made.port = port;
    made.tls = {.enabled = tls, .ca_file = ca.ca_file().string(), .server_name = {}};
    return made;
}

} // namespace

round_server::round_server() : redis_(server_options(ca_)) {}

client round_server::straight() const {
    client_options made = common_options(ca_, port(true), true);
    made.command_timeout = settle_max;
    made.credentials = std::make_shared<fake_credentials>(logins[0].user, logins[0].password);
    return client(made);
}

fault_round::fault_round(const round_plan& plan, const round_server& server)
    : plan_(plan), server_(server), gate_(server.port(plan.tls)) {
    gate_.one_after_the_other(true);
    turn(0);
    ground_.emplace(plan_, options());
    work_.emplace(ground_->elsewhere.get_executor());
    for (int i = 0; i < pool_threads; ++i) pool_.emplace_back([this] { ground_->elsewhere.run(); });
}

fault_round::~fault_round() {
    work_.reset();
    pool_.clear();
}

client_options fault_round::options() const {
    client_options made = common_options(server_.ca(), gate_.port(), plan_.tls);
    made.credentials = login_;
    made.command_timeout = plan_.command_timeout;
    made.connect_timeout = plan_.login_timeout;
    made.login_timeout = plan_.login_timeout;
    made.dead_peer_timeout = plan_.dead_peer_timeout;
    made.ping_interval = 200ms;
    made.reconnect_delay = 1ms;
    made.reconnect_delay_max = 20ms;
    made.backlog_max = plan_.backlog_max;
    made.polling = plan_.polling;
    made.queued_bytes_max = plan_.queued_bytes_max;
    return made;
}

round_report fault_round::run() {
    start_callers();
    play_events();
    gate_.heal();
    turn(last_login);
    ground_->over = true;
    wait_for_callers();
    threads_.clear();
    wait_until_all_are_counted();
    check_shared_number();
    check_limits();
    const client_stats stats = ground_->redis.stats();
    check_stats(stats);
    check_login();
    if (plan_.stops_amid_calls) stop_amid_calls();
    return {ground_->problems(), stats, ground_->steps, ground_->detached};
}

void fault_round::start_callers() {
    ended_.assign(static_cast<std::size_t>(plan_.callers()), false);
    const auto end = [this](std::size_t number) {
        const std::scoped_lock lock(mutex_);
        ended_[number] = true;
        changed_.notify_all();
    };
    for (int number = 0; number < plan_.callers(); ++number) callers_.push_back(std::make_unique<caller>(*ground_, number));
    for (std::size_t number = 0; number < callers_.size(); ++number) {
        caller& one = *callers_[number];
        const auto place = static_cast<int>(number);
        if (place < plan_.blocking) {
            threads_.emplace_back([&one, end, number] {
                one.run_blocking();
                end(number);
            });
            continue;
        }
        const bool at_home = place < plan_.blocking + plan_.at_home;
        const asio::any_io_executor where = at_home ? ground_->redis.async().get_executor()
                                                    : asio::any_io_executor(asio::make_strand(ground_->elsewhere.get_executor()));
        asio::co_spawn(where, one.run(), [this, end, number](const std::exception_ptr& thrown) {
            if (thrown) ground_->report("a coroutine ended with an exception");
            end(number);
        });
    }
}

void fault_round::play_events() {
    const auto began = clock::now();
    for (const planned_event& event : plan_.events) {
        std::this_thread::sleep_until(began + event.at); // the gate's time, not that of a check
        play(event);
    }
    std::this_thread::sleep_until(began + plan_.length);
}

void fault_round::play(const planned_event& event) {
    switch (event.kind) {
    case event_kind::slice:
        return gate_.slice(event.amount);
    case event_kind::delay:
        return gate_.delay(milliseconds(event.amount));
    case event_kind::stall:
        return gate_.stall(true);
    case event_kind::go_on:
        return gate_.stall(false);
    case event_kind::cut:
        return gate_.cut();
    case event_kind::cut_after:
        return gate_.cut_after(event.amount);
    case event_kind::turn:
        return turn(event.amount);
    case event_kind::wrong_login:
        return login_->change("ann", "wrong");
    case event_kind::no_token:
        return login_->fail({errc::token_unavailable, "a fault of the plan"});
    }
}

void fault_round::turn(std::size_t which) { login_->change(logins[which].user, logins[which].password); }

void fault_round::wait_for_callers() {
    std::unique_lock lock(mutex_);
    const auto all = [this] { return std::ranges::all_of(ended_, [](bool one) { return one; }); };
    if (changed_.wait_for(lock, lost_after, all)) return;
    // Those who wait for ever cannot be ended, so nothing can go on.
    std::fprintf(stderr, "lost completions in round %llu of seed %llu:\n", static_cast<unsigned long long>(plan_.number),
                 static_cast<unsigned long long>(plan_.seed));
    for (std::size_t number = 0; number < ended_.size(); ++number)
        if (!ended_[number]) std::fprintf(stderr, "  %s\n", callers_[number]->position().c_str());
    for (const std::string& problem : ground_->problems()) std::fprintf(stderr, "  %s\n", problem.c_str());
    std::abort();
}

void fault_round::wait_until_all_are_counted() {
    const auto counted = [this] { return ground_->redis.stats().commands; };
    if (!comes_true([&] { return counted() >= ground_->submitted; }) || counted() != ground_->submitted)
        ground_->report("the client counted " + std::to_string(counted()) + " calls of " + std::to_string(ground_->submitted));
}

void fault_round::check_shared_number() {
    shared_number all;
    for (const auto& one : callers_) all.add(one->shared());
    client straight = server_.straight();
    const auto value = straight.get("shared");
    if (!value) return ground_->report("the shared number could not be read: " + value.error().to_string());
    const std::string problem = all.check(std::stoll(value->value_or("0")));
    if (!problem.empty()) ground_->report(problem);
}

/// What has gone has left the queue: as much as its limit allows has room in it.
void fault_round::check_limits() {
    if (plan_.kind != round_kind::pressure) return;
    const std::string most(plan_.queued_bytes_max - 100, 'x');
    const auto done = ground_->redis.set("most", most, {}, {.timeout = settle_max, .stop = {}});
    if (!done) ground_->report("after all calls there is no room for one: " + done.error().to_string());
}

/// The last turn has reached the connection, whatever became of those before.
void fault_round::check_login() {
    const auto name = [this] {
        const auto told = ground_->redis.exec(command("ACL", "WHOAMI"), {.timeout = settle_max, .stop = {}});
        return told ? std::string(told->root().text()) : told.error().to_string();
    };
    if (!comes_true([&] { return name() == logins[last_login].user; }))
        ground_->report("the connection is still that of " + name());
}

void fault_round::check_stats(const client_stats& stats) {
    const std::uint64_t seen = ground_->failed;
    if (stats.commands_failed < seen || stats.commands_failed > seen + ground_->detached)
        ground_->report("the client counted " + std::to_string(stats.commands_failed) + " failures; callers saw "
                        + std::to_string(seen) + " and did not look at " + std::to_string(ground_->detached));
    if (stats.connections_opened != stats.connections_lost + 1)
        ground_->report(std::to_string(stats.connections_opened) + " connections were opened, "
                        + std::to_string(stats.connections_lost) + " lost, and one lives");
    if (plan_.kind != round_kind::calm) return;
    if (stats.connections_lost != 0 || stats.reauthentication_failures != 0 || stats.reauthentications == 0)
        ground_->report(std::to_string(stats.connections_lost) + " connections lost, "
                        + std::to_string(stats.reauthentication_failures) + " re-authentications refused and "
                        + std::to_string(stats.reauthentications) + " accepted while nothing was wrong");
}

/// Calls that are under way when the client stops end then, each once, and so does one that comes later.
void fault_round::stop_amid_calls() {
    std::atomic<int> completions{0};
    std::atomic<int> unexplained{0};
    const auto ended = [&](const auto& got) {
        const bool full = plan_.kind == round_kind::pressure;
        if (!got && got.error().code() != errc::stopped && !(full && got.error().code() == errc::backlog_full)) ++unexplained;
        ++completions;
    };
    gate_.stall(true);
    std::jthread waiter([&] { ended(ground_->redis.get("k", {.timeout = lost_after, .stop = {}})); });
    for (int call = 0; call < last_calls; ++call)
        ground_->redis.async().get("k", {.timeout = lost_after, .stop = {}}, asio::bind_executor(ground_->elsewhere, ended));
    ground_->redis.stop();
    if (!comes_true([&] { return completions == last_calls + 1; })) {
        std::fprintf(stderr, "%d of %d calls ended with their client\n", completions.load(), last_calls + 1);
        std::abort(); // the others would write into what is gone
    }
    if (unexplained != 0) ground_->report(std::to_string(unexplained) + " calls ended with something else than their client");
    if (ground_->redis.get("k").error().code() != errc::stopped) ground_->report("a stopped client took a call");
}

round_report run_round(const round_plan& plan, const round_server& server) {
    if (const auto emptied = server.straight().exec(command("FLUSHALL")); !emptied)
        return {{"Redis could not be emptied: " + emptied.error().to_string()}, {}, 0, 0};
    const belongings before;
    round_report report = fault_round(plan, server).run();
    const auto left = [&](const char* folder, std::ptrdiff_t had) {
        if (!comes_true([&] { return entries_of(folder) <= had; }))
            report.problems.push_back("there were " + std::to_string(had) + " and are " + std::to_string(entries_of(folder))
                                      + " in " + folder);
    };
    left("/proc/self/fd", before.files);
    left("/proc/self/task", before.threads);
    return report;
}

} // namespace entrada::test
