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

/// That of the credential which ended the walk; if all are unavailable, any.
std::string hint_of(const std::vector<credential_attempt>& attempts, const std::string& otherwise) {
    const auto failed = std::ranges::find(attempts, outcome::failed, &credential_attempt::what);
    if (failed != attempts.end()) return failed->hint;
    const auto any = std::ranges::find_if(attempts, [](const auto& attempt) { return !attempt.hint.empty(); });
    return any == attempts.end() ? otherwise : any->hint;
}

failure none_gave_a_token(boost::system::error_code code, const token_request& request, std::vector<credential_attempt> attempts,
                          const chained_credential_options& options) {
    std::string text = options.name + " got no token for " + escape_untrusted(request.scope) + ". ";
    for (const auto& attempt : attempts) text += identity::describe(attempt) + ". ";
    const auto hint = hint_of(attempts, options.hint);
    if (hint.empty())
        text.pop_back();
    else
        text += "Hint: " + hint;
    return failure(code, std::move(text)).with_facts(std::make_shared<credential_report>(std::move(attempts)));
}

/// Of the one caller that led the walk, and nobody else's.
bool is_personal(const result<access_token>& result) {
    return !result.has_value() && (result.error().code() == errc::timeout || result.error().code() == errc::cancelled);
}

} // namespace

struct chained_credential::walk_under_way {
    std::string scope;
    std::optional<result<access_token>> end;
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
        if (walk_ == nullptr) {
            walk_ = std::make_shared<walk_under_way>(walk_under_way{.scope = request.scope, .end = std::nullopt});
            const auto mine = walk_;
            lock.unlock();
            return lead(request, mine);
        }
        const auto shared = walk_;
        const bool arrived = arrived_.wait_until(lock, request.stop, request.deadline, [&] { return shared->end.has_value(); });
        if (!arrived)
            return failure(request.stop.stop_requested() ? errc::cancelled : errc::timeout,
                           options_.name + ": while another caller was asking the credentials in turn");
        if (shared->scope == request.scope && !is_personal(*shared->end)) return *shared->end;
    }
}

result<access_token> chained_credential::lead(const token_request& request, const std::shared_ptr<walk_under_way>& mine) {
    auto end = walk(request);
    const std::scoped_lock lock(mutex_);
    mine->end = end;
    walk_.reset();
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
