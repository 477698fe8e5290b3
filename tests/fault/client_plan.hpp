// What callers and the gate do in one round, all of it from a seed. No I/O, no clock, no other randomness.
// Room: tests.
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace entrada::test {

using std::chrono::milliseconds;

/// The same numbers from the same seed everywhere, which standard distributions do not promise.
class dice {
public:
    explicit dice(std::uint64_t seed) : state_(seed) {}

    std::uint64_t next();
    /// 0 to `end` - 1.
    std::uint64_t below(std::uint64_t end) { return next() % end; }
    std::uint64_t between(std::uint64_t first, std::uint64_t last) { return first + below(last - first + 1); }
    bool one_in(std::uint64_t count) { return below(count) == 0; }
    template <class T>
    T pick(std::span<const T> of) {
        return of[below(of.size())];
    }

private:
    std::uint64_t state_;
};

[[nodiscard]] std::uint64_t mixed(std::uint64_t a, std::uint64_t b);

/// Each caller owns these keys. Texts may become lists in the mixed ones.
constexpr int text_keys = 4;
constexpr int mixed_keys = 2;
constexpr int number_key = text_keys + mixed_keys;
constexpr int own_keys = number_key + 1;

enum class command_kind {
    get,
    set,
    set_if_absent,
    set_if_present,
    del,
    ttl,
    mget,        ///< of all text keys
    nested_get,  ///< a script's reply, three arrays deep
    incr,        ///< the caller's own number
    incr_shared, ///< the number that all callers share
    push,
    range,
    echo,
    ping,
    not_shareable, ///< SELECT, which the client must refuse
};
[[nodiscard]] std::string_view name_of(command_kind kind);

/// Which text: with the name of its key, all of its bytes.
struct text_id {
    std::uint64_t version = 0;
    std::size_t size = 0;
    bool operator==(const text_id&) const = default;
};

struct planned_command {
    command_kind kind = command_kind::ping;
    int key = 0;
    text_id text;         ///< to write
    bool expires = false; ///< SET with a time to live that nobody sees the end of
};

struct planned_call {
    std::vector<planned_command> commands; ///< one, or those of a batch
    bool is_batch = false;
    std::optional<milliseconds> timeout;
    std::optional<milliseconds> cancel_after;
    unsigned cancel_how = 0; ///< one of Asio's three
};

struct planned_step {
    std::vector<planned_call> calls; ///< several: all at once
    bool detached = false;           ///< nobody waits for them
    milliseconds pause{0};           ///< before it, for callers that may wait
};

enum class event_kind { slice, delay, stall, go_on, cut, cut_after, turn, wrong_login, no_token };

struct planned_event {
    milliseconds at{0}; ///< since the start of the round
    event_kind kind = event_kind::cut;
    std::size_t amount = 0; ///< bytes, milliseconds, or which login
};

/// What a round is for.
enum class round_kind {
    storm,    ///< all faults
    pressure, ///< all faults, and limits that are reached
    logins,   ///< all faults, wrong logins and missing tokens among the turns
    calm,     ///< bytes in pieces and late, tokens turn, and nothing may fail
    alone,    ///< all faults, one blocking caller and one that comes by: the blocking one does its own I/O
};
[[nodiscard]] std::string_view name_of(round_kind kind);

struct round_plan {
    std::uint64_t seed = 0;
    std::uint64_t number = 0;
    round_kind kind = round_kind::storm;
    bool tls = false;
    bool stops_amid_calls = false; ///< the client is stopped while calls are under way
    int blocking = 0;              ///< callers that are threads
    int at_home = 0;               ///< coroutines on the client's executor
    int elsewhere = 0;             ///< coroutines on another executor
    milliseconds command_timeout{0};
    milliseconds dead_peer_timeout{0};
    milliseconds login_timeout{0};
    std::size_t backlog_max = 0;
    std::chrono::microseconds polling{0};
    std::size_t queued_bytes_max = 0;
    std::vector<planned_event> events;
    milliseconds length{0};

    [[nodiscard]] int callers() const { return blocking + at_home + elsewhere; }
    [[nodiscard]] bool has_cuts() const { return kind != round_kind::calm; }
};

/// Empty `kind` and `tls`: as the dice fall.
[[nodiscard]] round_plan plan_round(std::uint64_t seed, std::uint64_t number, std::optional<round_kind> kind = {},
                                    std::optional<bool> tls = {});

/// What one caller does, step by step without end. How it went has no influence on it.
class caller_plan {
public:
    caller_plan(const round_plan& round, int caller);
    planned_step next();

private:
    planned_call call();
    planned_command command();
    std::optional<milliseconds> timeout();
    text_id text();
    int text_key() { return static_cast<int>(dice_.below(text_keys)); }
    int mixed_key() { return text_keys + static_cast<int>(dice_.below(mixed_keys)); }

    dice dice_;
    bool pauses_;
    std::uint64_t last_version_ = 0;
};

} // namespace entrada::test
