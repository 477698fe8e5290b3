// An endpoint beside the program, which the platform names in a variable and which wants a secret from another one.
// Room: identity.
#pragma once

#include "identity/inquiry.hpp"
#include "identity/retries.hpp"

#include <atomic>
#include <string>
#include <string_view>

namespace entrada::identity {

struct endpoint_variables {
    std::string_view place; ///< "the identity endpoint of the app", for errors
    std::string_view url;
    std::string_view secret{}; ///< empty: there is none
    bool https_only = false;
    /// What it means that nobody answers. The variable is set: something was to be there.
    credential_attempt::outcome silence = credential_attempt::outcome::failed;
};

/// Thread safety: every member may be called from any thread.
class local_endpoint {
public:
    local_endpoint(const endpoint_variables& names, const environment& variables);

    [[nodiscard]] const std::string& url() const noexcept { return url_; }
    [[nodiscard]] const secret_string& secret() const noexcept { return secret_; }

    /// The last answer, whatever its status. Fails if the variable holds no URL or nobody answers.
    [[nodiscard]] result<net::http_response> send(const inquiry& inquiry, const net::http_request& request,
                                                  const retry_policy& policy);
    /// The same with a request of its own for each try.
    [[nodiscard]] result<net::http_response> send(const inquiry& inquiry, const request_maker& make, const retry_policy& policy);
    /// Of an answer other than 200; `hint` if the service's own words have none.
    [[nodiscard]] failure refusal(const inquiry& inquiry, const net::http_response& response, std::string_view hint) const;
    /// "the identity endpoint of the app refused: reason", and what is known of the answer; without the secret.
    struct refused {
        error_answer answer;
        std::string text;
        answer_facts facts;
    };
    [[nodiscard]] refused read_refusal(const inquiry& inquiry, const net::http_response& response) const;

private:
    void warn_once_if_far(const inquiry& inquiry);

    endpoint_variables names_;
    std::string url_;
    secret_string secret_;
    std::atomic<bool> warned_{false};
};

} // namespace entrada::identity
