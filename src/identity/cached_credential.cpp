#include "entrada/cached_credential.hpp"

#include "base/clock.hpp"
#include "base/text.hpp"
#include "identity/inquiry.hpp"

#include <algorithm>
#include <condition_variable>
#include <exception>
#include <map>
#include <mutex>
#include <thread>
#include <utility>

namespace entrada {
namespace {

using std::chrono::milliseconds;
using std::chrono::steady_clock;
using std::chrono::system_clock;

constexpr std::size_t entries_max = 64;
constexpr auto long_life = std::chrono::hours(2);
/// However long a source wants to be left alone: it may be wrong, and callers fail meanwhile.
constexpr milliseconds pause_max = std::chrono::hours(1);

/// What one request brought; empty while it is under way.
using outcome_of_request = std::optional<result<access_token>>;

struct entry {
    std::optional<access_token> token;
    system_clock::time_point obtained;
    steady_clock::time_point not_before; ///< for requests ahead of time; with `throttled`, for all
    std::optional<failure> throttled;    ///< the last failure, if its source named a time to be left alone
    std::shared_ptr<outcome_of_request> under_way;
    std::jthread worker;

    [[nodiscard]] milliseconds life() const { return std::chrono::duration_cast<milliseconds>(token->expires_on - obtained); }
    [[nodiscard]] bool lives(system_clock::time_point now) const { return token && token->expires_on > now; }
    [[nodiscard]] bool is_fresh(system_clock::time_point now, milliseconds margin) const {
        return token && token->expires_on - now > std::min(margin, life() / 5);
    }
    [[nodiscard]] bool wants_newer(system_clock::time_point now) const {
        if (token->refresh_on) return now >= *token->refresh_on;
        return life() > long_life && now >= obtained + life() / 2;
    }
};

result<access_token> ask(token_credential& credential, const token_request& request) {
    try {
        return credential.get_token(request);
    } catch (const std::exception& error) {
        return failure(errc::credential_failed, std::string(credential.name()) + " threw: " + escape_untrusted(error.what()));
    }
}

milliseconds pause_asked_for(const failure& cause) {
    milliseconds longest{};
    if (const auto* report = credential_report_of(cause))
        for (const auto& attempt : report->attempts()) longest = std::max(longest, attempt.retry_after.value_or(milliseconds(0)));
    return std::min(longest, pause_max);
}

} // namespace

class cached_credential::impl {
public:
    impl(std::shared_ptr<token_credential> credential, cached_credential_options options, credential_context context)
        : credential_(std::move(credential)), options_(options), world_(identity::with_defaults(std::move(context))) {}

    result<access_token> get(const token_request& request);
    [[nodiscard]] const token_credential& credential() const { return *credential_; }

private:
    using key = std::pair<std::string, std::string>;

    entry* entry_of(const key& which);
    bool make_room();
    void start(entry& into, const token_request& request);
    /// False if this was a failure that an older token makes up for.
    bool take(entry& into, const result<access_token>& got);

    std::shared_ptr<token_credential> credential_;
    cached_credential_options options_;
    credential_context world_;
    std::mutex mutex_;
    std::condition_variable_any changed_;
    std::map<key, entry> entries_; // last, so that its threads end before what they use
};

result<access_token> cached_credential::impl::get(const token_request& request) {
    const auto& clock = *world_.clock;
    std::unique_lock lock(mutex_);
    const key which{request.scope, base::to_lower(request.tenant_id)};
    auto* const found_entry = entry_of(which);
    if (found_entry == nullptr)
        return failure(errc::limit_exceeded,
                       std::string(credential_->name()) + ": tokens for 64 scopes are being asked for already");
    auto& mine = *found_entry;
    if (mine.is_fresh(clock.wall(), options_.margin)) {
        if (mine.wants_newer(clock.wall()) && !mine.under_way && clock.steady() >= mine.not_before) start(mine, request);
        return *mine.token;
    }
    if (!mine.under_way) {
        if (mine.throttled && clock.steady() < mine.not_before)
            return mine.lives(clock.wall()) ? result<access_token>(*mine.token) : *mine.throttled;
        start(mine, request);
    }
    const auto request_of_all = mine.under_way; // `mine` may go while the lock is not held
    const bool arrived = clock.wait(lock, changed_, request.deadline, request.stop, [&] { return request_of_all->has_value(); });
    if (arrived && (*request_of_all)->has_value()) return **request_of_all;
    const auto found = entries_.find(which);
    if (found != entries_.end() && found->second.lives(clock.wall()) && !request.stop.stop_requested())
        return *found->second.token;
    if (arrived) return **request_of_all;
    return failure(request.stop.stop_requested() ? errc::cancelled : errc::timeout,
                   std::string(credential_->name()) + ": while a token was being asked for");
}

/// Null if there is no room.
entry* cached_credential::impl::entry_of(const key& which) {
    const auto found = entries_.find(which);
    if (found != entries_.end()) return &found->second;
    return make_room() ? &entries_[which] : nullptr;
}

/// Nobody has so many scopes; whoever makes them up should not fill the memory.
bool cached_credential::impl::make_room() {
    if (entries_.size() < entries_max) return true;
    const auto end_of = [](const auto& one) {
        return one.second.token ? one.second.token->expires_on : system_clock::time_point{};
    };
    auto first = entries_.end();
    for (auto one = entries_.begin(); one != entries_.end(); ++one)
        if (!one->second.under_way && (first == entries_.end() || end_of(*one) < end_of(*first))) first = one;
    if (first == entries_.end()) return false;
    entries_.erase(first);
    return true;
}

/// The thread knows its entry by address: an entry with a request under way stays where it is.
void cached_credential::impl::start(entry& into, const token_request& request) {
    const auto outcome = std::make_shared<outcome_of_request>();
    into.under_way = outcome;
    into.worker = std::jthread([this, &into, outcome, asked = request](const std::stop_token& stop) mutable {
        asked.stop = stop;
        asked.deadline = world_.clock->steady() + options_.request_timeout;
        auto got = ask(*credential_, asked);
        std::string warning;
        {
            const std::scoped_lock lock(mutex_);
            if (!take(into, got)) warning = "no newer token yet, the old one still serves: " + got.error().to_string();
            *outcome = std::move(got);
            into.under_way.reset();
            changed_.notify_all();
        }
        if (!warning.empty()) log(world_.log, log_level::warning, "identity", std::move(warning));
    });
}

/// Managed identities give the token they have: one that ends no later is no news, and asking again at once would bring it again.
bool cached_credential::impl::take(entry& into, const result<access_token>& got) {
    const bool newer = got.has_value() && (!into.token || got->expires_on > into.token->expires_on);
    const auto asked_pause = got.has_value() ? milliseconds(0) : pause_asked_for(got.error());
    into.throttled = asked_pause > milliseconds(0) ? std::optional(got.error()) : std::nullopt;
    into.not_before = world_.clock->steady() + (newer ? milliseconds(0) : into.throttled ? asked_pause : options_.retry_delay);
    if (newer) {
        into.token = *got;
        into.obtained = world_.clock->wall();
    }
    return got.has_value() || !into.lives(world_.clock->wall());
}

cached_credential::cached_credential(std::shared_ptr<token_credential> credential, cached_credential_options options,
                                     credential_context context)
    : impl_(std::make_unique<impl>(std::move(credential), options, std::move(context))) {}

cached_credential::~cached_credential() = default;

result<access_token> cached_credential::get_token(const token_request& request) { return impl_->get(request); }

std::string_view cached_credential::name() const noexcept { return impl_->credential().name(); }

std::string cached_credential::source() const { return impl_->credential().source(); }

std::vector<credential_attempt> cached_credential::passed_over() const { return impl_->credential().passed_over(); }

} // namespace entrada
