// One call of get_token: what was asked, since when, and how its failures are told.
// Room: identity.
#pragma once

#include "entrada/credential_context.hpp"
#include "entrada/credential_report.hpp"
#include "entrada/result.hpp"
#include "entrada/token_credential.hpp"
#include "identity/answers.hpp"
#include "net/http_client.hpp"

#include <chrono>
#include <optional>
#include <string>
#include <string_view>

namespace entrada::identity {

/// Fills in what the caller left empty.
[[nodiscard]] credential_context with_defaults(credential_context context);

/// What is known of an answer that brought no token.
struct answer_facts {
    int http_status = 0;
    std::string aadsts{};
    std::string correlation_id{};
    std::string hint{};
    std::optional<std::chrono::milliseconds> retry_after{};
};

[[nodiscard]] answer_facts facts_of(const net::http_response& response, const error_answer& answer,
                                    std::chrono::system_clock::time_point now);

/// Lives on the stack of get_token. `credential`, `request` and `world` outlive it.
class inquiry {
public:
    inquiry(std::string_view credential, const token_request& request, const credential_context& world);

    [[nodiscard]] const token_request& request() const noexcept { return request_; }
    [[nodiscard]] const credential_context& world() const noexcept { return world_; }
    /// The scope without `/.default`: what managed identities call resource.
    [[nodiscard]] std::string_view resource() const noexcept;

    /// Sends with the deadline and the stop request of this inquiry, or with an earlier deadline.
    [[nodiscard]] result<net::http_response> send(net::http_request request,
                                                  std::chrono::milliseconds time_max = std::chrono::hours(24)) const;
    /// Waits. False at once if the deadline would pass, false later if stop was requested.
    [[nodiscard]] bool pause(std::chrono::milliseconds time) const;

    [[nodiscard]] failure unavailable(std::string reason, answer_facts facts = {}) const;
    [[nodiscard]] failure failed(std::string reason, answer_facts facts = {}) const;
    /// The caller does not want the answer any more.
    [[nodiscard]] failure stopped(std::string reason) const;
    /// The caller's deadline has passed.
    [[nodiscard]] failure out_of_time(std::string reason) const;
    /// For a request that brought no answer: a stop request and the deadline keep their codes, anything else is `otherwise`.
    [[nodiscard]] failure without_answer(const failure& transport, credential_attempt::outcome otherwise) const;
    /// `result` of what an endpoint answered with 200, or a failure that says what is wrong with it.
    [[nodiscard]] result<access_token> token_from(const net::http_response& response) const;

private:
    [[nodiscard]] failure make(errc code, credential_attempt::outcome what, std::string reason, answer_facts facts) const;

    std::string_view credential_;
    const token_request& request_;
    const credential_context& world_;
    std::chrono::steady_clock::time_point begin_;
};

/// `name: scheme value`, such as "Authorization: Bearer token", without copies on the way.
[[nodiscard]] net::http_header secret_header(std::string_view name, std::string_view scheme, const secret_string& value);

/// The text of a failure without its time, which is a part of ours.
[[nodiscard]] std::string without_time(const failure& transport);

/// A failure unless the scope holds nothing but what scopes hold: it goes into URLs and onto command lines, and is one, not a
/// list.
[[nodiscard]] std::optional<failure> problem_of_scope(const inquiry& inquiry);

/// "ManagedIdentityCredential failed: reason (HTTP 400, correlation id c, after 12 ms)".
[[nodiscard]] std::string describe(const credential_attempt& attempt);

/// Takes a secret out of texts of a service, which may repeat what it was sent, plain or percent-encoded.
void hide_secret(error_answer& answer, const secret_string& secret);

} // namespace entrada::identity
