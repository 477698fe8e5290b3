// The thread that renews a token, and the state it shares with connections.
// Room: entra.
#include "entrada/token_manager.hpp"

#include "entra/host_rule.hpp"
#include "entra/listeners.hpp"
#include "entra/renewal_fsm.hpp"
#include "entra/renewal_texts.hpp"
#include "entrada/credential_report.hpp"
#include "entrada/token_claims.hpp"

#include <algorithm>
#include <atomic>
#include <condition_variable>
#include <exception>
#include <mutex>
#include <random>
#include <system_error>
#include <thread>
#include <utility>

namespace entrada {

using namespace std::chrono_literals;
using entra::moment;
using std::chrono::milliseconds;
using std::chrono::steady_clock;
using std::chrono::system_clock;

namespace {

// So long a caller may wait for a request that is under way when the old token has ended; then it is told what is wrong.
constexpr auto patience_without_token = 2s;

moment now() { return {steady_clock::now(), system_clock::now()}; }

std::function<double()> random_numbers() {
    auto engine = std::make_shared<std::mt19937_64>(std::random_device{}());
    return [engine] { return std::uniform_real_distribution<double>(0, 1)(*engine); };
}

entra::renewal_options renewal_options_of(const token_manager_options& from) {
    return {.renew_at = from.renew_at,
            .jitter = from.jitter,
            .request_timeout = from.request_timeout,
            .retry_delay = from.retry_delay,
            .retry_delay_max = from.retry_delay_max,
            .retry_delay_max_without_token = from.retry_delay_max_without_token};
}

std::optional<milliseconds> retry_after_in(const failure& cause) {
    std::optional<milliseconds> longest;
    if (const auto* report = credential_report_of(cause))
        for (const auto& attempt : report->attempts()) longest = std::max(longest, attempt.retry_after);
    return longest;
}

} // namespace

class token_manager::impl {
public:
    impl(std::shared_ptr<token_credential> credential, token_manager_options options)
        : credential_(std::move(credential)), options_(std::move(options)), fsm_(renewal_options_of(options_), random_numbers()),
          thread_([this](const std::stop_token& stop) { run(stop); }) {}

    result<std::optional<credentials>> current(const peer& server);
    void report(const login_outcome& outcome);
    token_stats stats() const noexcept { return {.acquired = acquired_.load(), .failures = failures_.load()}; }
    entra::listeners& listeners() noexcept { return listeners_; }

private:
    /// A token in use and what was read from it. Never changed, so that it can be shared.
    struct held_token {
        access_token token;
        token_claims claims;
        std::string username;
        std::uint64_t version = 0;
    };

    /// What is to be told once the lock is gone.
    struct news {
        bool changed = false;
        std::vector<token_event> events;
        std::vector<std::pair<log_level, std::string>> lines;
    };

    void run(const std::stop_token& stop);
    [[nodiscard]] entra::renewal_actions ask_first(moment& at, news& what, const std::stop_token& stop,
                                                   std::unique_lock<std::mutex>& lock);
    [[nodiscard]] entra::renewal_actions ask_and_take(const token_request& request, moment& at, news& what,
                                                      std::unique_lock<std::mutex>& lock);
    [[nodiscard]] entra::renewal_actions wait_and_look(const entra::renewal_actions& actions, moment& at, news& what,
                                                       const std::stop_token& stop, std::unique_lock<std::mutex>& lock);
    void ask_patiently();
    [[nodiscard]] token_request request_of(steady_clock::time_point deadline, const std::stop_token& stop) const;
    [[nodiscard]] result<held_token> ask(const token_request& request) const;
    [[nodiscard]] result<held_token> usable(access_token token) const;
    [[nodiscard]] entra::renewal_actions take(const result<held_token>& outcome, const moment& at, news& what);
    [[nodiscard]] entra::renewal_actions take_token(const held_token& token, const moment& at, news& what);
    [[nodiscard]] entra::renewal_actions take_failure(const failure& cause, const moment& at, news& what);
    void note(const entra::renewal_actions& actions, const moment& at, news& what) const;
    [[nodiscard]] entra::trouble trouble_at(const moment& at) const;
    [[nodiscard]] system_clock::time_point expires_on() const;
    void tell(const news& what);
    template <class Call>
    void guarded(std::string_view whose, const Call& call) const;

    const std::shared_ptr<token_credential> credential_;
    const token_manager_options options_;
    entra::listeners listeners_;
    std::atomic<std::uint64_t> acquired_{0};
    std::atomic<std::uint64_t> failures_{0};

    mutable std::mutex mutex_; // guards all below
    std::condition_variable_any wake_;
    bool woken_ = false;
    bool refused_ = false; ///< a server refused the token in use
    entra::renewal_fsm fsm_;
    std::shared_ptr<const held_token> held_;
    std::optional<failure> last_failure_;
    steady_clock::time_point asked_at_{};
    bool is_patient_ = false;                ///< `patient_` has a request under way
    std::optional<result<held_token>> late_; ///< what it brought

    std::jthread patient_; ///< used by `thread_` only
    std::jthread thread_;  // last: it uses all of the above
};

result<std::optional<credentials>> token_manager::impl::current(const peer& server) {
    if (auto refused = entra::refuse_host(server, options_.allowed_hosts)) return *refused;
    const std::scoped_lock lock(mutex_);
    const auto at = now();
    if (held_ && fsm_.has_valid_token(at))
        return std::optional(credentials{held_->username, held_->token.token, held_->token.expires_on, held_->version});
    const bool failing = fsm_.failures() > 0;
    const bool patient = !fsm_.is_asking() || at.steady - asked_at_ < patience_without_token;
    if (!failing && patient) {
        woken_ = true; // the machine may have slept, with the thread's timer
        wake_.notify_all();
        return std::optional<credentials>();
    }
    return failure(errc::token_unavailable, entra::describe_trouble(trouble_at(at)));
}

void token_manager::impl::run(const std::stop_token& stop) {
    std::unique_lock lock(mutex_);
    auto at = now();
    auto actions = fsm_.tick(at);
    news what;
    while (!stop.stop_requested()) {
        note(actions, at, what);
        if (actions.ask) asked_at_ = at.steady;
        const auto request = request_of(at.steady + fsm_.time_for_request(at), stop);
        const bool first = held_ == nullptr && fsm_.failures() == 0;
        lock.unlock();
        tell(std::exchange(what, {}));
        if (!actions.ask)
            actions = wait_and_look(actions, at, what, stop, lock);
        else
            actions = first ? ask_first(at, what, stop, lock) : ask_and_take(request, at, what, lock);
    }
}

/// The very first request may be slow: it has all its time, but is not waited for longer than callers are.
entra::renewal_actions token_manager::impl::ask_first(moment& at, news& what, const std::stop_token& stop,
                                                      std::unique_lock<std::mutex>& lock) {
    ask_patiently();
    lock.lock();
    wake_.wait_for(lock, stop, patience_without_token, [&] { return !is_patient_; });
    at = now();
    if (auto outcome = std::exchange(late_, std::nullopt)) return take(*outcome, at, what);
    return take(failure(errc::timeout, std::string(credential_->name()) + " has given no answer yet"), at, what);
}

entra::renewal_actions token_manager::impl::ask_and_take(const token_request& request, moment& at, news& what,
                                                         std::unique_lock<std::mutex>& lock) {
    auto outcome = ask(request);
    const bool ran_out = !outcome.has_value() && steady_clock::now() >= request.deadline;
    if (ran_out && !request.stop.stop_requested()) ask_patiently();
    if (outcome.has_value()) patient_.request_stop();
    lock.lock();
    at = now();
    if (auto late = std::exchange(late_, std::nullopt); late && late->has_value() && !outcome.has_value())
        outcome = std::move(*late);
    return take(outcome, at, what);
}

entra::renewal_actions token_manager::impl::wait_and_look(const entra::renewal_actions& actions, moment& at, news& what,
                                                          const std::stop_token& stop, std::unique_lock<std::mutex>& lock) {
    lock.lock();
    wake_.wait_until(lock, stop, actions.wake_at, [&] { return woken_; });
    woken_ = false;
    at = now();
    if (const auto late = std::exchange(late_, std::nullopt); late && late->has_value()) return take(*late, at, what);
    return std::exchange(refused_, false) ? fsm_.refused(at) : fsm_.tick(at);
}

/// A source may hang, and then only short requests find out soon that it answers again; or it may be slow, and then they never
/// bring anything. So a single request with the whole time goes on beside them.
void token_manager::impl::ask_patiently() {
    {
        const std::scoped_lock lock(mutex_);
        if (std::exchange(is_patient_, true)) return;
    }
    const auto work = [this](const std::stop_token& stop) {
        auto outcome = ask(request_of(steady_clock::now() + options_.request_timeout, stop));
        const std::scoped_lock lock(mutex_);
        is_patient_ = false;
        if (!stop.stop_requested()) late_ = std::move(outcome);
        woken_ = true;
        wake_.notify_all();
    };
    try {
        patient_ = std::jthread(work);
    } catch (const std::system_error&) { // no thread to be had now; short requests go on
        const std::scoped_lock lock(mutex_);
        is_patient_ = false;
    }
}

token_request token_manager::impl::request_of(steady_clock::time_point deadline, const std::stop_token& stop) const {
    token_request request;
    request.scope = options_.scope;
    request.deadline = deadline;
    request.stop = stop;
    request.pause_max = 0ms;
    return request;
}

result<token_manager::impl::held_token> token_manager::impl::ask(const token_request& request) const {
    if (credential_ == nullptr) return failure(errc::credential_failed, "the token manager was made without a credential");
    try {
        auto token = credential_->get_token(request);
        return token.has_value() ? usable(std::move(*token)) : result<held_token>(token.error());
    } catch (const std::exception& error) {
        return failure(errc::credential_failed, std::string(credential_->name()) + " threw: " + escape_untrusted(error.what()));
    } catch (...) {
        return failure(errc::credential_failed, std::string(credential_->name()) + " threw something that is no std::exception");
    }
}

result<token_manager::impl::held_token> token_manager::impl::usable(access_token token) const {
    const std::string source(credential_->name());
    if (token.token.empty()) return failure(errc::token_unusable, source + " gave an empty token");
    if (token.expires_on <= system_clock::now())
        return failure(errc::token_unusable, source + " gave a token that ended at " + entra::format_utc(token.expires_on)
                                                 + "; if that is wrong, so is this machine's clock");
    held_token held{.token = std::move(token), .claims = {}, .username = options_.username, .version = 0};
    const auto claims = read_token_claims(held.token.token.reveal());
    if (claims.has_value()) held.claims = *claims;
    if (held.username.empty()) held.username = held.claims.oid;
    if (!held.username.empty()) return held;
    const auto why = claims.has_value() ? std::string("it has no oid claim") : claims.error().detail();
    return failure(errc::token_unusable, "no Redis user name in the token of " + source + ": " + why
                                             + "; name the user in the options (setting Redis:User)");
}

entra::renewal_actions token_manager::impl::take(const result<held_token>& outcome, const moment& at, news& what) {
    auto actions = outcome.has_value() ? take_token(*outcome, at, what) : take_failure(outcome.error(), at, what);
    const bool newly_failing = fsm_.failures() == 1 && !fsm_.has_valid_token(at); // nothing known became known to be none
    what.changed = what.changed || actions.adopt || newly_failing;
    return actions;
}

entra::renewal_actions token_manager::impl::take_token(const held_token& token, const moment& at, news& what) {
    const auto failed_before = fsm_.failures();
    const bool same = held_ && same_secret(held_->token.token, token.token.token);
    auto actions = fsm_.acquired(at, {token.token.expires_on, token.token.refresh_on, same});
    if (!actions.adopt) {
        what.lines.emplace_back(log_level::debug, "the source still gives a token that ends no later; asking again");
        return actions;
    }
    auto adopted = std::make_shared<held_token>(token);
    adopted->version = acquired_.fetch_add(1) + 1;
    held_ = std::move(adopted);
    last_failure_.reset();
    refused_ = false; // that was the one before
    std::string line = "token renewed, ends " + entra::format_utc(expires_on());
    if (failed_before > 0) line += ", after " + std::to_string(failed_before) + " failed requests";
    what.lines.emplace_back(log_level::info, std::move(line));
    what.events.push_back({token_event::kind::renewed, expires_on(), {}, std::nullopt});
    return actions;
}

entra::renewal_actions token_manager::impl::take_failure(const failure& cause, const moment& at, news& what) {
    failures_.fetch_add(1);
    last_failure_ = cause;
    auto actions = fsm_.failed(at, retry_after_in(cause));
    const bool first = fsm_.failures() == 1;
    what.lines.emplace_back(first ? log_level::warning : log_level::debug, "renewal failed and goes on: " + cause.to_string());
    what.events.push_back({token_event::kind::renewal_failed, expires_on(), {}, cause});
    return actions;
}

void token_manager::impl::note(const entra::renewal_actions& actions, const moment& at, news& what) const {
    if (actions.alarm)
        what.lines.emplace_back(log_level::error,
                                "the token ends in " + entra::format_seconds(fsm_.left(at)) + ", at "
                                    + entra::format_utc(expires_on()) + ", and no newer one could be had; last cause: "
                                    + (last_failure_ ? last_failure_->to_string() : "the source still gives the same one"));
    if (!actions.ended) return;
    what.changed = true;
    what.lines.emplace_back(log_level::error, entra::describe_trouble(trouble_at(at)));
}

entra::trouble token_manager::impl::trouble_at(const moment& at) const {
    entra::trouble what{.now = at.wall,
                        .token_ended = {},
                        .failures = fsm_.failures(),
                        .failing_since = {},
                        .unanswered = {},
                        .source = credential_ ? std::string(credential_->name()) : std::string(),
                        .last_cause = last_failure_ ? last_failure_->to_string() : std::string()};
    if (held_) what.token_ended = expires_on();
    if (const auto since = fsm_.failing_since()) what.failing_since = since->wall;
    const auto unanswered = std::chrono::floor<milliseconds>(at.steady - asked_at_);
    if (fsm_.is_asking() && unanswered > 1s) what.unanswered = unanswered;
    return what;
}

system_clock::time_point token_manager::impl::expires_on() const {
    return held_ ? held_->token.expires_on : system_clock::time_point{};
}

void token_manager::impl::report(const login_outcome& outcome) {
    news what;
    {
        const std::scoped_lock lock(mutex_);
        const auto kind =
            outcome.refused ? token_event::kind::reauthentication_failed : token_event::kind::connection_reauthenticated;
        if (outcome.again) what.events.push_back({kind, expires_on(), outcome.server.host, outcome.refused});
        const bool refused = outcome.refused && is_auth(outcome.refused->code()) && held_ && held_->version == outcome.version;
        if (refused) {
            refused_ = woken_ = true;
            wake_.notify_all();
            what.lines.emplace_back(log_level::warning, escape_untrusted(outcome.server.host, 100) + " refused the token ("
                                                            + entra::describe_token(held_->claims, held_->username, expires_on())
                                                            + "): " + outcome.refused->to_string());
        }
    }
    tell(what);
}

/// Without the lock: whoever is told may ask for the token at once.
void token_manager::impl::tell(const news& what) {
    for (const auto& line : what.lines) guarded("the log sink", [&] { log(options_.log, line.first, "entra", line.second); });
    if (what.changed) guarded("a listener", [&] { listeners_.notify(); });
    if (!options_.on_event) return;
    for (const auto& event : what.events) guarded("on_event", [&] { options_.on_event(event); });
}

/// Renewal must not end because somebody else's code threw.
template <class Call>
void token_manager::impl::guarded(std::string_view whose, const Call& call) const {
    try {
        call();
    } catch (...) {
        try {
            log(options_.log, log_level::warning, "entra", std::string(whose) + " threw");
        } catch (...) { // then nobody is listening
        }
    }
}

token_manager::token_manager(std::shared_ptr<token_credential> credential, token_manager_options options)
    : impl_(std::make_unique<impl>(std::move(credential), std::move(options))) {}

token_manager::~token_manager() = default;

result<std::optional<credentials>> token_manager::current(const peer& server) { return impl_->current(server); }

std::unique_ptr<credentials_provider::subscription> token_manager::subscribe(std::function<void()> on_change) {
    return impl_->listeners().add(std::move(on_change));
}

void token_manager::report(const login_outcome& outcome) { impl_->report(outcome); }

token_stats token_manager::stats() const noexcept { return impl_->stats(); }

} // namespace entrada
