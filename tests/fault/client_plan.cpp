// Room: tests.
#include "fault/client_plan.hpp"

#include <algorithm>
#include <array>

namespace entrada::test {
namespace {

// 100 callers, as many threads as a sanitizer on two cores can bear.
constexpr int crowd_blocking = 20;
constexpr int crowd_at_home = 40;
constexpr int crowd_elsewhere = 40;

constexpr std::array<std::size_t, 8> slices{1, 2, 3, 7, 64, 777, 4096, 16384};
// Around the size from which a reply is received in place (16 KiB), around what a TLS record holds, and around one read.
constexpr std::array<std::size_t, 10> edge_sizes{16'300, 16'382, 16'383, 16'384, 16'385, 16'386, 16'400, 32'768, 65'536, 262'144};

/// Puts faults of one kind after the other on the line of time.
class fault_line {
public:
    fault_line(dice& random, round_plan& plan) : dice_(random), plan_(plan) {}

    void draw(milliseconds until) {
        while (now_ < until) {
            if (plan_.kind == round_kind::calm) {
                disturb();
            } else {
                harm();
            }
            pass(milliseconds(dice_.between(2, 120)));
        }
    }

private:
    void add(event_kind kind, std::size_t amount = 0) { plan_.events.push_back({now_, kind, amount}); }
    void pass(milliseconds time) { now_ += time; }

    void disturb() {
        if (dice_.one_in(2)) {
            add(event_kind::slice, dice_.pick<std::size_t>(slices));
            pass(milliseconds(dice_.between(5, 150)));
            add(event_kind::slice, 0);
        } else {
            add(event_kind::delay, dice_.between(1, 30));
            pass(milliseconds(dice_.between(20, 200)));
            add(event_kind::delay, 0);
        }
    }

    void harm() {
        switch (dice_.below(6)) {
        case 0:
        case 1:
            disturb();
            break;
        case 2: // now and then long enough for a peer to be taken for dead
            add(event_kind::stall);
            pass(milliseconds(dice_.one_in(8) ? dice_.between(500, 1500) : dice_.between(5, 250)));
            if (dice_.one_in(3)) add(event_kind::cut);
            add(event_kind::go_on);
            break;
        case 3:
            add(event_kind::cut);
            break;
        case 4: // one connection after the other ends early: some amid the login
            add(event_kind::cut_after, dice_.one_in(3) ? dice_.between(1, 300) : dice_.between(300, 400'000));
            pass(milliseconds(dice_.between(20, 300)));
            add(event_kind::cut_after, 0);
            break;
        default: // pieces, late, and then the end
            add(event_kind::slice, dice_.pick<std::size_t>(slices));
            add(event_kind::delay, dice_.between(1, 60));
            pass(milliseconds(dice_.between(20, 200)));
            add(event_kind::cut);
            add(event_kind::delay, 0);
            add(event_kind::slice, 0);
        }
    }

    dice& dice_;
    round_plan& plan_;
    milliseconds now_{0};
};

void plan_logins(dice& random, round_plan& plan) {
    for (milliseconds at{0}; at < plan.length; at += milliseconds(random.between(5, 250))) {
        event_kind kind = event_kind::turn;
        if (plan.kind == round_kind::logins && random.one_in(3))
            kind = random.one_in(3) ? event_kind::no_token : event_kind::wrong_login;
        plan.events.push_back({at, kind, random.below(3)});
    }
    std::ranges::stable_sort(plan.events, {}, &planned_event::at);
}

void plan_limits(dice& random, round_plan& plan) {
    plan.command_timeout = plan.kind == round_kind::calm ? milliseconds(60'000) : milliseconds(random.between(500, 3000));
    // Longer than a busy machine keeps a healthy Redis from its processor.
    plan.dead_peer_timeout = plan.kind == round_kind::calm ? milliseconds(60'000) : milliseconds(random.between(700, 2500));
    plan.login_timeout = plan.kind == round_kind::calm ? milliseconds(60'000) : milliseconds(random.between(500, 2500));
    const bool small = plan.kind == round_kind::pressure;
    plan.backlog_max = !small ? 100'000 : random.one_in(3) ? random.between(2, 10) : random.between(40, 150);
    plan.polling = std::chrono::microseconds(random.one_in(3) ? 100 : 0);
    plan.queued_bytes_max = small ? random.between(20'000, 1'000'000) : std::size_t{512} << 20;
}

round_kind drawn_kind(dice& random) {
    constexpr std::array all{round_kind::storm,  round_kind::storm, round_kind::storm, round_kind::pressure,
                             round_kind::logins, round_kind::calm,  round_kind::alone};
    return random.pick<round_kind>(all);
}

} // namespace

std::uint64_t dice::next() { // splitmix64
    std::uint64_t word = state_ += 0x9e3779b97f4a7c15U;
    word = (word ^ (word >> 30U)) * 0xbf58476d1ce4e5b9U;
    word = (word ^ (word >> 27U)) * 0x94d049bb133111ebU;
    return word ^ (word >> 31U);
}

std::uint64_t mixed(std::uint64_t a, std::uint64_t b) { return dice(dice(a).next() ^ b).next(); }

std::string_view name_of(command_kind kind) {
    constexpr std::array<std::string_view, 15> names{"get",  "set",   "set_if_absent", "set_if_present", "del",
                                                     "ttl",  "mget",  "nested_get",    "incr",           "incr_shared",
                                                     "push", "range", "echo",          "ping",           "not_shareable"};
    return names[static_cast<std::size_t>(kind)];
}

std::string_view name_of(round_kind kind) {
    constexpr std::array<std::string_view, 5> names{"storm", "pressure", "logins", "calm", "alone"};
    return names[static_cast<std::size_t>(kind)];
}

round_plan plan_round(std::uint64_t seed, std::uint64_t number, std::optional<round_kind> kind, std::optional<bool> tls) {
    dice random(mixed(seed, number));
    round_plan plan;
    plan.seed = seed;
    plan.number = number;
    // Drawn in any case, so that all that follows is the same.
    const round_kind any_kind = drawn_kind(random);
    const bool any_tls = random.one_in(3);
    plan.kind = kind.value_or(any_kind);
    plan.tls = tls.value_or(any_tls);
    plan.stops_amid_calls = random.one_in(2);
    const bool alone = plan.kind == round_kind::alone;
    plan.blocking = alone ? 1 : crowd_blocking;
    plan.at_home = alone ? 1 : crowd_at_home;
    plan.elsewhere = alone ? 0 : crowd_elsewhere;
    plan_limits(random, plan);
    plan.length = milliseconds(random.between(800, 2500));
    fault_line(random, plan).draw(plan.length);
    plan_logins(random, plan);
    plan.length = std::max(plan.length, plan.events.back().at);
    return plan;
}

caller_plan::caller_plan(const round_plan& round, int caller)
    : dice_(mixed(mixed(round.seed, round.number), static_cast<std::uint64_t>(caller) + 1)),
      pauses_(round.kind == round_kind::alone) {}

planned_step caller_plan::next() {
    planned_step step;
    if (pauses_) step.pause = milliseconds(dice_.between(1, 40));
    step.detached = dice_.one_in(20);
    const std::uint64_t count = dice_.one_in(10) ? dice_.between(2, 12) : 1;
    for (std::uint64_t i = 0; i < count; ++i) step.calls.push_back(call());
    return step;
}

planned_call caller_plan::call() {
    planned_call made;
    made.is_batch = dice_.one_in(12);
    const std::uint64_t commands = !made.is_batch ? 1 : dice_.one_in(20) ? dice_.between(50, 300) : dice_.between(1, 20);
    while (made.commands.size() < commands) {
        const planned_command drawn = command();
        // It would take the batch with it; alone it shows that it is refused.
        if (!made.is_batch || drawn.kind != command_kind::not_shareable) made.commands.push_back(drawn);
    }
    made.timeout = timeout();
    if (dice_.one_in(12)) made.cancel_after = milliseconds(dice_.one_in(3) ? 0 : dice_.between(1, 60));
    made.cancel_how = static_cast<unsigned>(dice_.below(3));
    return made;
}

std::optional<milliseconds> caller_plan::timeout() {
    const std::uint64_t drawn = dice_.below(100);
    if (drawn < 75) return std::nullopt;
    if (drawn < 85) return milliseconds(dice_.between(1, 20));
    if (drawn < 97) return milliseconds(dice_.between(20, 800));
    return milliseconds(drawn < 99 ? 0 : -1000);
}

planned_command caller_plan::command() {
    planned_command made;
    made.text = text();
    made.key = text_key();
    made.expires = dice_.one_in(4);
    const int mixed_one = mixed_key();
    const std::uint64_t drawn = dice_.below(100);
    using enum command_kind;
    if (drawn < 22) {
        made.kind = get;
    } else if (drawn < 46) {
        constexpr std::array<command_kind, 6> how{set, set, set, set, set_if_absent, set_if_present};
        made.kind = dice_.pick<command_kind>(how);
    } else if (drawn < 68) {
        constexpr std::array<command_kind, 8> other{del, ttl, mget, nested_get, echo, ping, ttl, nested_get};
        made.kind = dice_.pick<command_kind>(other);
    } else if (drawn < 78) {
        made.kind = incr;
        made.key = number_key;
    } else if (drawn < 83) {
        made.kind = incr_shared;
    } else if (drawn < 99) {
        constexpr std::array<command_kind, 8> list{push, push, push, range, range, get, set, del};
        made.kind = dice_.pick<command_kind>(list);
        made.key = mixed_one;
    } else {
        made.kind = not_shareable;
    }
    return made;
}

text_id caller_plan::text() {
    const std::uint64_t drawn = dice_.below(1000);
    std::size_t size = dice_.below(200);
    if (drawn < 30) {
        size = 0;
    } else if (drawn < 700) { // as drawn above
    } else if (drawn < 900) {
        size = dice_.between(200, 8000);
    } else if (drawn < 970) {
        size = dice_.pick<std::size_t>(edge_sizes);
    } else if (drawn < 997) {
        size = dice_.between(16'000, 120'000);
    } else {
        size = dice_.between(500'000, 3'000'000);
    }
    return {++last_version_, size};
}

} // namespace entrada::test
