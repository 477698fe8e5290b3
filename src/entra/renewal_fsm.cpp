#include "entra/renewal_fsm.hpp"

#include <algorithm>
#include <utility>

namespace entrada::entra {

using namespace std::chrono_literals;
using std::chrono::milliseconds;

namespace {

// Between two looks for a newer token at a source that still gives the old one.
constexpr milliseconds another_look_max = 10min;

milliseconds part(milliseconds whole, double share) {
    return milliseconds(static_cast<milliseconds::rep>(static_cast<double>(whole.count()) * share));
}

template <class TimePoint>
milliseconds until(TimePoint then, TimePoint now) {
    return std::chrono::floor<milliseconds>(then - now);
}

} // namespace

renewal_fsm::renewal_fsm(const renewal_options& options, std::function<double()> random)
    : options_(options), random_(std::move(random)) {
    options_.renew_at = std::clamp(options_.renew_at, 0.1, 0.99);
    options_.jitter = std::clamp(options_.jitter, 0.0, 0.5);
    options_.request_timeout = std::max(options_.request_timeout, 1ms);
    options_.retry_delay = std::max(options_.retry_delay, 1ms); // a pause of nothing would be a loop
    options_.retry_delay_max = std::max(options_.retry_delay_max, options_.retry_delay);
    options_.retry_delay_max_without_token = std::max(options_.retry_delay_max_without_token, options_.retry_delay);
}

renewal_actions renewal_fsm::tick(const moment& now) {
    renewal_actions actions;
    look_at_held_token(now, actions);
    if (is_time_to_ask(now)) {
        actions.ask = asking_ = true;
        asked_at_ = now.steady;
    }
    actions.wake_at = next_wake(now);
    return actions;
}

renewal_actions renewal_fsm::acquired(const moment& now, const token_life& life) {
    if (life.expires_on <= now.wall) return failed(now, std::nullopt);
    asking_ = false;
    failures_ = 0;
    failing_since_.reset();
    not_before_ = {};
    if (!is_newer(now, life)) {
        ++unchanged_;
        plan_another_look(now);
        return tick(now);
    }
    const auto left = until(life.expires_on, now.wall);
    held_ = held_token{.expires_on = life.expires_on, .ends = now.steady + left, .life = left};
    unchanged_ = 0;
    plan_renewal(now, life);
    auto actions = tick(now);
    actions.adopt = true;
    return actions;
}

renewal_actions renewal_fsm::failed(const moment& now, std::optional<milliseconds> retry_after) {
    asking_ = false;
    ++failures_;
    if (!failing_since_) failing_since_ = now;
    // A request that hung was a pause already.
    const auto lasted = until(now.steady, asked_at_);
    const auto pause = back_off(now);
    ask_after(now, std::max(pause - lasted, std::min(pause, options_.retry_delay)));
    not_before_ = now.steady + std::min(retry_after.value_or(0ms), options_.retry_delay_max);
    ask_at_ = std::max(ask_at_, not_before_);
    return tick(now);
}

renewal_actions renewal_fsm::refused(const moment& now) {
    const bool too_soon = last_refusal_ && now.steady < *last_refusal_ + refusal_interval;
    if (!asking_ && failures_ == 0 && !too_soon) {
        last_refusal_ = now.steady;
        ask_at_ = std::min(ask_at_, now.steady);
    }
    return tick(now);
}

bool renewal_fsm::has_valid_token(const moment& now) const noexcept {
    return held_ && now.wall < held_->expires_on && now.steady < held_->ends;
}

milliseconds renewal_fsm::left(const moment& now) const noexcept {
    if (!has_valid_token(now)) return 0ms;
    return std::min(until(held_->expires_on, now.wall), until(held_->ends, now.steady));
}

milliseconds renewal_fsm::time_for_request(const moment& now) const noexcept {
    return std::min(std::max(left(now) / 2, short_request), options_.request_timeout);
}

/// An equal end is no gain: it would only re-authenticate every connection with what it has. Ends are compared on the steady
/// clock, for the wall clock may have been set since the other token came; a little apart, for services round.
bool renewal_fsm::is_newer(const moment& now, const token_life& life) const {
    if (!has_valid_token(now)) return true;
    const auto ends = now.steady + until(life.expires_on, now.wall);
    return !life.same_text && ends > held_->ends + std::min(1000ms, held_->life / 10);
}

void renewal_fsm::plan_renewal(const moment& now, const token_life& life) {
    const auto whole = held_->life;
    auto after = part(whole, options_.renew_at);
    if (whole >= long_life) after = std::min(after, whole - long_life_margin);
    if (life.refresh_on) after = std::min(after, until(*life.refresh_on, now.wall));
    after -= part(whole, options_.jitter * random_());
    // A source that wants every token renewed at once would otherwise be asked without a pause.
    ask_after(now, std::max({after, part(whole, 0.1), options_.retry_delay}));
}

/// The nearer the end, the more often: a tenth of what is left.
void renewal_fsm::plan_another_look(const moment& now) {
    ask_after(now, std::clamp(left(now) / 10, options_.retry_delay, std::max(another_look_max, options_.retry_delay)));
}

/// Doubles up to a limit that is low while nobody has a token, and such that some requests still fit in before the end.
milliseconds renewal_fsm::back_off(const moment& now) {
    const bool valid = has_valid_token(now);
    const auto limit = valid ? std::clamp(left(now) / 4, options_.retry_delay, options_.retry_delay_max)
                             : options_.retry_delay_max_without_token;
    const auto doublings = std::min<std::uint64_t>(failures_ - 1, 30);
    const auto pause = std::min(options_.retry_delay * (std::int64_t{1} << doublings), limit);
    return std::max(part(pause, 0.5 + 0.5 * random_()), 1ms);
}

milliseconds renewal_fsm::alarm_margin() const {
    // An unchanged answer is normal until late: sources renew their own token when they see fit.
    const auto margin = std::min(alarm_max, held_->life / 5);
    return failures_ > 0 ? margin : margin / 2;
}

void renewal_fsm::look_at_held_token(const moment& now, renewal_actions& actions) {
    if (!held_ || held_->ended) return;
    if (!has_valid_token(now)) {
        held_->ended = actions.ended = true;
        // Pauses were chosen while callers were served. Now they are not.
        const auto soon = now.steady + part(options_.retry_delay_max_without_token, random_());
        ask_at_ = std::max(std::min(ask_at_, soon), not_before_);
        return;
    }
    const bool in_trouble = failures_ > 0 || unchanged_ > 0;
    if (in_trouble && !held_->alarmed && left(now) <= alarm_margin()) held_->alarmed = actions.alarm = true;
}

void renewal_fsm::ask_after(const moment& now, milliseconds pause) {
    ask_at_ = now.steady + pause;
    ask_at_wall_ = now.wall + pause;
}

/// The wall clock counts only while all is well: it finds a machine that slept. Pauses between failures are the steady clock's.
bool renewal_fsm::is_time_to_ask(const moment& now) const {
    if (asking_) return false;
    return now.steady >= ask_at_ || (failures_ == 0 && ask_at_wall_ && now.wall >= *ask_at_wall_);
}

renewal_fsm::time_point renewal_fsm::next_wake(const moment& now) const {
    auto wake = now.steady + clock_check_interval;
    if (!asking_) wake = std::min(wake, ask_at_);
    if (held_ && !held_->ended) {
        wake = std::min(wake, now.steady + left(now) + 1ms); // `left` rounds down
        if (!held_->alarmed && (failures_ > 0 || unchanged_ > 0))
            wake = std::min(wake, now.steady + std::max(left(now) - alarm_margin(), 0ms));
    }
    return std::max(wake, now.steady);
}

} // namespace entrada::entra
