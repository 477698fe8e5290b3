// Room: entra. The renewal machine against a source with faults, in virtual time: a thousand worlds, each with its seed.
#include "unit/entra/renewal_world.hpp"

#include <random>
#include <string>

namespace entrada::entra {
namespace {

using namespace test;
using std::chrono::steady_clock;

/// A source of tokens that keeps them, is slow, and is away from time to time. Knows the true time, whatever the clocks say.
class source {
public:
    explicit source(std::mt19937_64& random) : random_(random) {
        // Lives of days are left to the tables: here they would be a hundred thousand looks at the clock each.
        static constexpr milliseconds lives[] = {3s, 3s, 5s, 5s, 30s, 30s, 9min, 10min, 60min};
        life_ = lives[random_() % std::size(lives)];
        if (random_() % 2 == 0) keeps_until_left_ = life_ / (2 + static_cast<int>(random_() % 30));
        latency_max_ = std::min(milliseconds(2000), life_ / 50);
    }

    [[nodiscard]] milliseconds life() const { return life_; }
    [[nodiscard]] milliseconds latency_max() const { return latency_max_; }
    [[nodiscard]] bool keeps_tokens() const { return keeps_until_left_ > 0ms; }
    /// Even with its latency, nobody who asks in time is left without a token.
    [[nodiscard]] bool renews_in_time() const { return !keeps_tokens() || keeps_until_left_ >= life_ / 6; }
    [[nodiscard]] milliseconds latency() const {
        return milliseconds(static_cast<int>(random_() % (static_cast<std::uint64_t>(latency_max_.count()) + 1)));
    }

    /// The true end of the token it gives now, and whether it is the one it gave before.
    std::pair<milliseconds, bool> token(milliseconds now) {
        const bool keep = given_ > now && given_ - now > keeps_until_left_ && keeps_tokens();
        if (!keep) given_ = now + life_;
        return {given_, keep};
    }

private:
    std::mt19937_64& random_;
    milliseconds life_{};
    milliseconds keeps_until_left_{};
    milliseconds latency_max_{};
    milliseconds given_{};
};

enum class clocks { right, sleeping, set };

class simulation {
public:
    explicit simulation(std::uint64_t seed)
        : random_(seed), source_(random_), clocks_(static_cast<clocks>(seed % 3)),
          fsm_({}, [this] { return std::uniform_real_distribution<double>(0, 1)(random_); }) {}

    /// Runs to the end, or to the first thing that is wrong. Empty: nothing is.
    std::string run() {
        const auto life = source_.life();
        run_until(life * 4, [this] { return random_() % 3 == 0; });
        for (int outage = 0; outage < 2; ++outage) {
            run_until(now_ + life * static_cast<int>(random_() % 300) / 100, [] { return true; });
            heal();
            healthy_ = true;
            run_until(now_ + life * 3, [] { return false; });
            healthy_ = false;
            if (!problem_.empty()) return problem_;
        }
        require(adopted_ >= 4, "hardly a token in all that time");
        require(asked_in_health_ < 1000, "too many requests to a source that works");
        return problem_;
    }

private:
    [[nodiscard]] moment clocks_now() const {
        return {steady_clock::time_point(1000h) + now_ - slept_, wall_epoch + now_ + wall_off_};
    }

    template <class Fails>
    void run_until(milliseconds end, Fails fails) {
        while (now_ < end && problem_.empty()) step(fails);
    }

    /// One turn of the driver's loop.
    template <class Fails>
    void step(Fails fails) {
        if (actions_.ask) return answer(fails);
        const auto begin = clocks_now();
        auto pause = std::chrono::ceil<milliseconds>(actions_.wake_at - begin.steady);
        require(pause >= 0ms, "the machine wants to be woken in the past");
        require(pause <= renewal_fsm::clock_check_interval, "the machine would sleep too long to see a clock that was set");
        check_at_random_times(pause);
        now_ += pause;
        disturb_clocks();
        idle_turns_ = pause == 0ms ? idle_turns_ + 1 : 0;
        require(idle_turns_ < 3, "a loop without a pause");
        note(fsm_.tick(clocks_now()));
        const bool after_a_pause = now_ - answered_ >= 40ms || ended_since_;
        require(!actions_.ask || after_a_pause || clocks_ != clocks::right, "asked again without a pause");
        check();
    }

    template <class Fails>
    void answer(Fails fails) {
        if (healthy_) ++asked_in_health_;
        const auto latency = source_.latency();
        check_at_random_times(latency);
        answered_ = now_ += latency;
        ended_since_ = false;
        const auto at = clocks_now();
        if (fails()) {
            const bool wants_peace = random_() % 10 == 0;
            note(fsm_.failed(at, wants_peace ? std::optional(milliseconds(static_cast<int>(random_() % 3000))) : std::nullopt));
        } else {
            succeeded_ = true;
            const auto [end, same] = source_.token(now_);
            note(fsm_.acquired(at, {.expires_on = at.wall + (end - now_), .refresh_on = {}, .same_text = same}));
            if (actions_.adopt) {
                ++adopted_;
                require(!(same && usable_before(end)), "the same token taken twice");
                end_ = end;
            }
        }
        check();
    }

    [[nodiscard]] bool usable_before(milliseconds end) const { return end_ == end && now_ < end_ && clocks_ == clocks::right; }

    /// Until now requests failed; from now on they succeed, and soon one must be made.
    void heal() {
        const auto began = now_;
        succeeded_ = fsm_.failures() == 0; // an outage so short that nothing was asked meanwhile
        const auto asked_to_wait = 3s;
        const auto pause = fsm_.has_valid_token(clocks_now()) ? milliseconds(30s) : milliseconds(1s);
        const auto limit = began + std::max<milliseconds>(asked_to_wait, pause) + source_.latency_max() * 2 + 1s;
        while (!succeeded_ && now_ <= limit && problem_.empty()) step([] { return false; });
        require(succeeded_, "no success soon after the end of the outage");
    }

    void note(const renewal_actions& actions) {
        actions_ = actions;
        ended_since_ = ended_since_ || actions.ended; // then the pause is cut short
    }

    void require(bool holds, const char* otherwise) {
        if (!holds && problem_.empty()) problem_ = std::string(otherwise) + ", at " + std::to_string(now_.count()) + " ms";
    }

    void check_at_random_times(milliseconds within) {
        if (within <= 0ms) return;
        const auto saved = now_;
        for (int i = 0; i < 2; ++i) {
            now_ = saved + milliseconds(static_cast<milliseconds::rep>(random_() % static_cast<std::uint64_t>(within.count())));
            check();
        }
        now_ = saved;
    }

    void check() {
        const bool valid = fsm_.has_valid_token(clocks_now());
        require(!valid || now_ < end_, "a token that has ended would be handed out");
        const bool must_be_valid = healthy_ && clocks_ == clocks::right && source_.renews_in_time();
        require(valid || !must_be_valid, "no token, although the source works");
    }

    void disturb_clocks() {
        if (clocks_ == clocks::right || random_() % 200 != 0) return;
        const milliseconds time(static_cast<milliseconds::rep>(random_() % static_cast<std::uint64_t>(source_.life().count())));
        if (clocks_ == clocks::sleeping) {
            now_ += time;
            slept_ += time;
        } else {
            wall_off_ += random_() % 2 == 0 ? time : -time;
        }
    }

    static constexpr std::chrono::system_clock::time_point wall_epoch{std::chrono::seconds(1'700'000'000)};

    std::mt19937_64 random_;
    source source_;
    clocks clocks_;
    renewal_fsm fsm_;
    milliseconds now_{}; ///< the true time
    milliseconds answered_{-1h};
    milliseconds slept_{};
    milliseconds wall_off_{};
    milliseconds end_{}; ///< of the token adopted last, in true time
    bool healthy_ = false;
    bool succeeded_ = false;
    bool ended_since_ = false; ///< since the last answer
    int asked_in_health_ = 0;
    int adopted_ = 0;
    int idle_turns_ = 0;
    std::string problem_;
    renewal_actions actions_ = fsm_.tick(clocks_now()); // last: it looks at the clocks
};

TEST(renewal_simulation, a_thousand_worlds_never_hand_out_an_ended_token_never_stop_and_heal) {
    for (std::uint64_t seed = 1; seed <= 1000; ++seed) {
        ASSERT_EQ(simulation(seed).run(), "") << "seed " << seed;
    }
}

} // namespace
} // namespace entrada::entra
