// Several credentials, asked in order until one can exist here.
// Room: identity.
#pragma once

#include "entrada/log.hpp"
#include "entrada/token_credential.hpp"

#include <condition_variable>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

namespace entrada {

struct chained_credential_options {
    std::string name = "ChainedTokenCredential"; ///< for errors and logs
    std::string hint{};                          ///< what to do if none can exist here, when none of them says so itself
    log_sink log{};
};

/// Asks each credential in turn. One that is unavailable is passed over; one that failed ends the walk, so that a wrong secret is
/// told and not hidden by whatever comes after it. The first that gives a token is remembered and from then on asked alone.
///
/// Concurrent first calls share one walk; each waits with its own deadline and stop request. If it goes on for half a second and
/// half of a caller's time, that caller starts another one, for a source that hangs may answer a new question.
/// Errors: as `token_credential::get_token`; the `credential_report` has one attempt per credential.
class chained_credential final : public token_credential {
public:
    explicit chained_credential(std::vector<std::shared_ptr<token_credential>> credentials,
                                chained_credential_options options = {});

    [[nodiscard]] result<access_token> get_token(const token_request& request) override;
    [[nodiscard]] std::string_view name() const noexcept override { return options_.name; }
    [[nodiscard]] std::string source() const override;
    /// Of the walk that found the winner.
    [[nodiscard]] std::vector<credential_attempt> passed_over() const override;

private:
    struct walk_under_way;

    [[nodiscard]] result<access_token> walk(const token_request& request);
    [[nodiscard]] result<access_token> lead(const token_request& request, std::unique_lock<std::mutex>& lock);
    void remember(const std::shared_ptr<token_credential>& winner, std::vector<credential_attempt> before);

    std::vector<std::shared_ptr<token_credential>> credentials_;
    chained_credential_options options_;
    mutable std::mutex mutex_;
    std::condition_variable_any arrived_;
    std::shared_ptr<walk_under_way> walk_;
    std::shared_ptr<token_credential> winner_;
    std::vector<credential_attempt> passed_over_;
};

} // namespace entrada
