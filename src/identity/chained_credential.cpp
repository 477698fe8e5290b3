#include "entrada/chained_credential.hpp"

#include "entrada/credential_report.hpp"
#include "identity/inquiry.hpp"

#include <algorithm>
#include <exception>
#include <optional>

namespace entrada {
namespace {

using outcome = credential_attempt::outcome;

/// Foreign credentials may throw, although the interface has results.
result<access_token> ask(token_credential& credential, const token_request& request) {
    try {
        return credential.get_token(request);
    } catch (const std::exception& error) {
        return failure(errc::credential_failed, std::string(credential.name()) + " threw: " + escape_untrusted(error.what()));
    } catch (...) {
        return failure(errc::credential_failed, std::string(credential.name()) + " threw something that is no std::exception");
    }
}

std::vector<credential_attempt> attempts_of(const token_credential& credential, const failure& cause) {
    if (const auto* report = credential_report_of(cause)) return report->attempts();
    credential_attempt attempt;
    attempt.credential = credential.name();
    attempt.what = cause.code() == errc::credential_unavailable ? outcome::unavailable : outcome::failed;
    attempt.reason = cause.to_string();
    return {std::move(attempt)};
}

/// Where all are unavailable, any.
std::string hint_of(const std::vector<credential_attempt>& attempts, const std::string& otherwise) {
    const auto any = std::ranges::find_if(attempts, [](const auto& attempt) { return !attempt.hint.empty(); });
    return any == attempts.end() ? otherwise : any->hint;
}

/// That of the credential which ended the walk. Who was stopped or ran out of time has done nothing wrong.
std::string hint_of_end(const std::vector<credential_attempt>& attempts, const boost::system::error_code& code) {
    const auto failed = std::ranges::find(attempts, outcome::failed, &credential_attempt::what);
    if (failed == attempts.end()) return {};
    if (!failed->hint.empty() || code != errc::credential_failed) return failed->hint;
    return failed->credential + " exists here and failed, so no other was asked: mend it, or exclude it";
}

failure none_gave_a_token(boost::system::error_code code, const token_request& request, std::vector<credential_attempt> attempts,
                          const chained_credential_options& options) {
    std::string text = options.name + " got no token for " + escape_untrusted(request.scope) + ". ";
    for (const auto& attempt : attempts) text += identity::describe(attempt) + ". ";
    const auto hint = code == errc::credential_unavailable ? hint_of(attempts, options.hint) : hint_of_end(attempts, code);
    if (hint.empty())
        text.pop_back();
    else
        text += "Hint: " + hint;
    return failure(code, std::move(text)).with_facts(std::make_shared<credential_report>(std::move(attempts)));
}

// A walk that goes on for so long may hang at a source that would answer a new question.
constexpr auto walk_may_hang_after = std::chrono::milliseconds(500);

std::chrono::steady_clock::time_point now() { return std::chrono::steady_clock::now(); }

/// Of the one caller that led the walk, and nobody else's.
bool is_personal(const result<access_token>& result) {
    return !result.has_value() && (result.error().code() == errc::timeout || result.error().code() == errc::cancelled);
}

} // namespace

struct chained_credential::walk_under_way {
    std::string scope;
    std::optional<result<access_token>> end;
    std::chrono::steady_clock::time_point began = std::chrono::steady_clock::now();
};

chained_credential::chained_credential(std::vector<std::shared_ptr<token_credential>> credentials,
                                       chained_credential_options options)
    : credentials_(std::move(credentials)), options_(std::move(options)) {}

result<access_token> chained_credential::get_token(const token_request& request) {
    std::unique_lock lock(mutex_);
    while (true) {
        if (const auto winner = winner_) {
            lock.unlock();
            return ask(*winner, request);
        }
        const auto shared = walk_;
        if (shared == nullptr) return lead(request, lock);
        const auto half_way = now() + (request.deadline - now()) / 2;
        const auto patience = std::min(request.deadline, std::max(half_way, shared->began + walk_may_hang_after));
        const bool arrived = arrived_.wait_until(lock, request.stop, patience, [&] { return shared->end.has_value(); });
        if (!arrived && (request.stop.stop_requested() || now() >= request.deadline))
            return failure(request.stop.stop_requested() ? errc::cancelled : errc::timeout,
                           options_.name + ": while another caller was asking the credentials in turn");
        if (!arrived && walk_ == shared) return lead(request, lock);
        if (!arrived) continue;
        if (shared->scope == request.scope && !is_personal(*shared->end)) return *shared->end;
    }
}

/// Others wait for this walk from now on.
result<access_token> chained_credential::lead(const token_request& request, std::unique_lock<std::mutex>& lock) {
    const auto mine = walk_ = std::make_shared<walk_under_way>(walk_under_way{.scope = request.scope, .end = std::nullopt});
    lock.unlock();
    auto end = walk(request);
    lock.lock();
    mine->end = end;
    if (walk_ == mine) walk_.reset();
    arrived_.notify_all();
    return end;
}

result<access_token> chained_credential::walk(const token_request& request) {
    std::vector<credential_attempt> attempts;
    boost::system::error_code code = make_error_code(errc::credential_unavailable);
    for (const auto& credential : credentials_) {
        if (code != errc::credential_unavailable) {
            credential_attempt skipped;
            skipped.credential = credential->name();
            skipped.what = outcome::skipped;
            skipped.reason = "not asked, because one before it failed";
            attempts.push_back(std::move(skipped));
            continue;
        }
        auto answer = ask(*credential, request);
        if (answer.has_value()) {
            remember(credential, std::move(attempts));
            return answer;
        }
        if (credentials_.size() == 1) return answer;
        code = answer.error().code();
        std::ranges::move(attempts_of(*credential, answer.error()), std::back_inserter(attempts));
    }
    return none_gave_a_token(code, request, std::move(attempts), options_);
}

std::string chained_credential::source() const {
    const std::scoped_lock lock(mutex_);
    return winner_ ? winner_->source() : std::string(name());
}

std::vector<credential_attempt> chained_credential::passed_over() const {
    const std::scoped_lock lock(mutex_);
    return passed_over_;
}

void chained_credential::remember(const std::shared_ptr<token_credential>& winner, std::vector<credential_attempt> before) {
    {
        const std::scoped_lock lock(mutex_);
        winner_ = winner;
        passed_over_ = std::move(before);
    }
    log(options_.log, log_level::info, "identity", options_.name + " uses " + std::string(winner->name()));
}

} // namespace entrada
