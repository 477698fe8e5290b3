// Keeps the tokens of another credential, for programs that use credentials without a token manager.
// Room: identity.
#pragma once

#include "entrada/credential_context.hpp"
#include "entrada/token_credential.hpp"

#include <chrono>
#include <memory>
#include <string>
#include <vector>

namespace entrada {

struct cached_credential_options {
    /// A token that ends sooner is not given out without having asked for a newer one; a fifth of its life, if that is less.
    std::chrono::milliseconds margin = std::chrono::minutes(5);
    /// For one request to the credential, whoever waits for it.
    std::chrono::milliseconds request_timeout = std::chrono::seconds(80);
    /// After a request ahead of time that brought nothing newer.
    std::chrono::milliseconds retry_delay = std::chrono::seconds(30);
};

/// Tokens by scope and tenant, at most 64. One request at a time for each, on a thread of its own: callers wait for it with their
/// own deadlines and stop requests, which end their waiting and not the request.
///
/// From the moment that the issuer names (`refresh_in`), without one from half of a life of more than two hours, a newer token is
/// asked for while the old one is given out. A failure then costs nobody anything, as long as the old one lives.
///
/// A source that names a time to be left alone (Retry-After) is, up to an hour; without a living token its failure is told
/// meanwhile.
///
/// Not for use below a `token_manager`, which keeps its token itself: of two caches, one hides from the other when a token ends.
/// Errors: those of the credential, to all who waited for the request.
/// Lifetime: the destructor stops requests under way and waits for their threads.
class cached_credential final : public token_credential {
public:
    explicit cached_credential(std::shared_ptr<token_credential> credential, cached_credential_options options = {},
                               credential_context context = {});
    ~cached_credential() override;

    [[nodiscard]] result<access_token> get_token(const token_request& request) override;
    [[nodiscard]] std::string_view name() const noexcept override;
    [[nodiscard]] std::string source() const override;
    [[nodiscard]] std::vector<credential_attempt> passed_over() const override;

private:
    class impl;
    std::unique_ptr<impl> impl_;
};

} // namespace entrada
