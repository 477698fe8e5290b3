// Takes a credential of the Azure SDK for C++, without depending on it.
// Room: identity.
#pragma once

#include "entrada/credential_report.hpp"
#include "entrada/token_credential.hpp"

#include <chrono>
#include <exception>
#include <memory>
#include <stop_token>
#include <string>
#include <string_view>
#include <utility>

namespace entrada {

namespace detail {

/// The two types that `GetToken` of a credential takes, found from its signature.
template <class Function>
struct sdk_get_token;
template <class Token, class Credential, class Request, class Context>
struct sdk_get_token<Token (Credential::*)(const Request&, const Context&) const> {
    using request = Request;
    using context = Context;
};
template <class Token, class Credential, class Request, class Context>
struct sdk_get_token<Token (Credential::*)(const Request&, const Context&)> {
    using request = Request;
    using context = Context;
};

} // namespace detail

/// Has the shape of `Azure::Core::Credentials::TokenCredential`.
template <class Credential>
concept azure_sdk_token_credential = requires(Credential& credential,
                                              typename detail::sdk_get_token<decltype(&Credential::GetToken)>::request request,
                                              typename detail::sdk_get_token<decltype(&Credential::GetToken)>::context context) {
    request.Scopes.push_back(std::string());
    context.WithDeadline(std::chrono::system_clock::now());
    context.Cancel();
    std::string(credential.GetToken(request, context).Token);
    static_cast<std::chrono::system_clock::time_point>(credential.GetToken(request, context).ExpiresOn);
};

/// A credential of the Azure SDK for C++ as one of ours:
///
///     auto sdk = std::make_shared<Azure::Identity::AzureCliCredential>();
///     auto credential = std::make_shared<entrada::azure_sdk_credential<Azure::Identity::AzureCliCredential>>(sdk);
///
/// Deadline and stop request reach the SDK as its context. An exception is `errc::credential_failed`: the SDK does not tell what
/// cannot exist here from what was refused, so in a `chained_credential` it goes last. The SDK keeps tokens, and gives a time
/// before their end for their end; it is asked for one that lives for a year, which makes it get a new one each time.
///
/// Thread safety: that of the SDK's credential, which is safe.
template <azure_sdk_token_credential Credential>
class azure_sdk_credential final : public token_credential {
    using signature = detail::sdk_get_token<decltype(&Credential::GetToken)>;

public:
    /// `name`, for errors; empty: what the SDK calls it.
    explicit azure_sdk_credential(std::shared_ptr<Credential> credential, std::string name = {})
        : credential_(std::move(credential)), name_(std::move(name)) {
        if constexpr (requires { std::string(credential_->GetCredentialName()); })
            if (name_.empty()) name_ = credential_->GetCredentialName();
        if (name_.empty()) name_ = "AzureSdkCredential";
    }

    [[nodiscard]] result<access_token> get_token(const token_request& request) override {
        const auto begin = std::chrono::steady_clock::now();
        if (request.stop.stop_requested()) return failed(errc::cancelled, "stopped before it was asked", begin);
        typename signature::context everything{};
        auto context = everything.WithDeadline(std::chrono::system_clock::now() + (request.deadline - begin));
        const std::stop_callback cancel(request.stop, [&] { context.Cancel(); });
        try {
            auto answer = credential_->GetToken(request_of(request), context);
            access_token token{.token = secret_string(answer.Token),
                               .expires_on = static_cast<std::chrono::system_clock::time_point>(answer.ExpiresOn),
                               .refresh_on = std::nullopt};
            wipe_memory(answer.Token.data(), answer.Token.size());
            if (token.token.empty()) return failed(errc::credential_failed, "it gave an empty token", begin);
            return token;
        } catch (const std::exception& error) {
            const bool late = std::chrono::steady_clock::now() >= request.deadline;
            const auto code = request.stop.stop_requested() ? errc::cancelled : late ? errc::timeout : errc::credential_failed;
            return failed(code, escape_untrusted(error.what(), 300), begin);
        }
    }

    [[nodiscard]] std::string_view name() const noexcept override { return name_; }

private:
    static typename signature::request request_of(const token_request& request) {
        typename signature::request wanted{};
        wanted.Scopes.push_back(request.scope);
        if constexpr (requires { wanted.TenantId = request.tenant_id; }) wanted.TenantId = request.tenant_id;
        if constexpr (requires { wanted.MinimumExpiration = std::chrono::hours(1); })
            wanted.MinimumExpiration = std::chrono::hours(365 * 24);
        return wanted;
    }

    failure failed(errc code, std::string reason, std::chrono::steady_clock::time_point begin) const {
        credential_attempt attempt;
        attempt.credential = name_;
        attempt.reason = std::move(reason);
        attempt.elapsed = std::chrono::duration_cast<std::chrono::milliseconds>(std::chrono::steady_clock::now() - begin);
        failure cause(code, name_ + " failed: " + attempt.reason + " (after " + std::to_string(attempt.elapsed.count()) + " ms)");
        return cause.with_facts(std::make_shared<credential_report>(std::vector<credential_attempt>{std::move(attempt)}));
    }

    std::shared_ptr<Credential> credential_;
    std::string name_;
};

} // namespace entrada
