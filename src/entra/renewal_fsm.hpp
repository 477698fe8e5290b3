// Decides when to ask for a token, which of two to keep, and when to raise the alarm.
// Room: entra. Time and randomness come in as arguments; nothing here waits or asks.
#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <optional>

namespace entrada::entra {

/// One moment on both clocks: the steady one for timers, the wall clock for the end of a token.
struct moment {
    std::chrono::steady_clock::time_point steady;
    std::chrono::system_clock::time_point wall;
};

/// As in `token_manager_options`, where they are explained.
struct renewal_options {
    double renew_at = 0.8;
    double jitter = 0.05;
    std::chrono::milliseconds request_timeout{15000};
    std::chrono::milliseconds retry_delay{100};
    std::chrono::milliseconds retry_delay_max{30000};
    std::chrono::milliseconds retry_delay_max_without_token{1000};
};

struct token_life {
    std::chrono::system_clock::time_point expires_on;
    std::optional<std::chrono::system_clock::time_point> refresh_on;
    bool same_text = false; ///< the very token that is held already: sources keep tokens, too
};

/// What to do now. After it, `tick` again at `wake_at`, or earlier for any reason.
struct renewal_actions {
    bool ask = false;   ///< send one request, then call `acquired` or `failed`
    bool adopt = false; ///< the token just acquired replaces the one held
    bool alarm = false; ///< once for each token: little of its life is left and renewal does not succeed
    bool ended = false; ///< once for each token: it must not be used any more
    std::chrono::steady_clock::time_point wake_at{};
};

/// The life of tokens, one after the other. Never gives up: after every event there is a next request or one is under way.
class renewal_fsm {
public:
    using time_point = std::chrono::steady_clock::time_point;
    using milliseconds = std::chrono::milliseconds;

    /// A token of at least this life is renewed so early that it is on every connection 3 minutes before its end, as Azure asks.
    static constexpr milliseconds long_life = std::chrono::minutes(10);
    static constexpr milliseconds long_life_margin = std::chrono::minutes(5);
    /// At most so much of life may be left when the alarm is raised.
    static constexpr milliseconds alarm_max = std::chrono::minutes(10);
    /// A server's refusal makes us ask sooner, but no more often than this.
    static constexpr milliseconds refusal_interval = std::chrono::seconds(10);
    /// The steady clock stands still while a machine sleeps; a look at the wall clock now and then finds that out.
    static constexpr milliseconds clock_check_interval = std::chrono::seconds(10);

    /// A request may take at least this (or `request_timeout`, if that is less), however little is left.
    static constexpr milliseconds short_request = std::chrono::seconds(1);

    /// `random` gives numbers in [0, 1).
    renewal_fsm(const renewal_options& options, std::function<double()> random);

    [[nodiscard]] renewal_actions tick(const moment& now);
    [[nodiscard]] renewal_actions acquired(const moment& now, const token_life& life);
    /// `retry_after`: the source wants to be left alone so long; honoured up to `retry_delay_max`.
    [[nodiscard]] renewal_actions failed(const moment& now, std::optional<milliseconds> retry_after);
    /// A server refused the token held.
    [[nodiscard]] renewal_actions refused(const moment& now);

    /// A token is held and neither clock says that it has ended.
    [[nodiscard]] bool has_valid_token(const moment& now) const noexcept;
    /// What is left of the token held; 0 without a valid one.
    [[nodiscard]] milliseconds left(const moment& now) const noexcept;
    /// How long a request begun now may take: a source that hangs must neither keep us from asking again before the token ends,
    /// nor from having a new one soon after it answers again. A source that is only slow needs a patient request besides.
    [[nodiscard]] milliseconds time_for_request(const moment& now) const noexcept;
    [[nodiscard]] bool is_asking() const noexcept { return asking_; }
    /// Requests that failed since the last one that brought a token.
    [[nodiscard]] std::uint64_t failures() const noexcept { return failures_; }
    /// Of the first of these failures.
    [[nodiscard]] std::optional<moment> failing_since() const noexcept { return failing_since_; }

private:
    struct held_token {
        std::chrono::system_clock::time_point expires_on; ///< as the wall clock sees it
        time_point ends;                                  ///< as the steady clock does
        milliseconds life{};
        bool alarmed = false;
        bool ended = false;
    };

    [[nodiscard]] bool is_newer(const moment& now, const token_life& life) const;
    void plan_renewal(const moment& now, const token_life& life);
    void plan_another_look(const moment& now);
    [[nodiscard]] milliseconds back_off(const moment& now);
    [[nodiscard]] milliseconds alarm_margin() const;
    void look_at_held_token(const moment& now, renewal_actions& actions);
    void ask_after(const moment& now, milliseconds pause);
    [[nodiscard]] bool is_time_to_ask(const moment& now) const;
    [[nodiscard]] time_point next_wake(const moment& now) const;

    renewal_options options_;
    std::function<double()> random_;
    std::optional<held_token> held_;
    bool asking_ = false;
    time_point asked_at_{}; ///< when the last request began
    time_point ask_at_{};   ///< the beginning of time: at once
    std::optional<std::chrono::system_clock::time_point> ask_at_wall_;
    time_point not_before_{}; ///< while a source wants to be left alone
    std::uint64_t failures_ = 0;
    std::uint64_t unchanged_ = 0; ///< answers with the token held already
    std::optional<moment> failing_since_;
    std::optional<time_point> last_refusal_;
};

} // namespace entrada::entra
