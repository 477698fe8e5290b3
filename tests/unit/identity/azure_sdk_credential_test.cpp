// Room: identity. Credentials of the Azure SDK for C++, by look-alikes of its types.
#include "entrada/azure_sdk_credential.hpp"
#include "unit/identity/credential_fixture.hpp"

#include <functional>
#include <future>
#include <stdexcept>

namespace entrada {
namespace {

using namespace test;

// The shape of Azure::DateTime, Azure::Core::Context and Azure::Core::Credentials.
class look_alike_time {
public:
    look_alike_time() = default;
    look_alike_time(std::chrono::system_clock::time_point moment) : moment_(moment) {} // NOLINT: implicit, as the SDK's
    explicit operator std::chrono::system_clock::time_point() const { return moment_; }

private:
    std::chrono::system_clock::time_point moment_;
};

class look_alike_context {
public:
    look_alike_context WithDeadline(const look_alike_time& deadline) const {
        look_alike_context child;
        child.deadline_ = static_cast<std::chrono::system_clock::time_point>(deadline);
        return child;
    }
    void Cancel() { cancelled_->store(true); }
    bool IsCancelled() const { return cancelled_->load() || std::chrono::system_clock::now() >= deadline_; }
    auto deadline() const { return deadline_; }

private:
    std::shared_ptr<std::atomic<bool>> cancelled_ = std::make_shared<std::atomic<bool>>(false);
    std::chrono::system_clock::time_point deadline_ = std::chrono::system_clock::time_point::max();
};

struct look_alike_token {
    std::string Token;
    look_alike_time ExpiresOn;
};

struct look_alike_request {
    std::vector<std::string> Scopes;
    std::chrono::nanoseconds MinimumExpiration = std::chrono::minutes(2);
    std::string TenantId;
};

class look_alike_credential {
public:
    using function = std::function<look_alike_token(const look_alike_request&, const look_alike_context&)>;
    explicit look_alike_credential(function get) : get_(std::move(get)) {}
    virtual ~look_alike_credential() = default;
    virtual look_alike_token GetToken(const look_alike_request& request, const look_alike_context& context) const {
        return get_(request, context);
    }
    const std::string& GetCredentialName() const { return name_; }

private:
    function get_;
    std::string name_ = "LookAlikeCredential";
};

/// As the SDK was before tenants and names.
struct old_request {
    std::vector<std::string> Scopes;
};
struct old_credential {
    look_alike_token GetToken(const old_request&, const look_alike_context&) const {
        return {"old-token", std::chrono::system_clock::now() + 1h};
    }
};

azure_sdk_credential<look_alike_credential> adapt(look_alike_credential::function get) {
    return azure_sdk_credential<look_alike_credential>(std::make_shared<look_alike_credential>(std::move(get)));
}

TEST(azure_sdk_credential, gives_the_token_of_the_sdk) {
    const auto end = std::chrono::system_clock::now() + 1h;
    auto credential = adapt([&](const look_alike_request& request, const look_alike_context& context) -> look_alike_token {
        EXPECT_THAT(request.Scopes, ElementsAre(redis_scope));
        EXPECT_EQ(request.TenantId, "t.example");
        EXPECT_GT(request.MinimumExpiration, std::chrono::hours(48));
        EXPECT_LT(context.deadline(), std::chrono::system_clock::now() + 16s);
        EXPECT_GT(context.deadline(), std::chrono::system_clock::now() + 5s);
        return {"the-token", end};
    });
    token_request asked;
    asked.tenant_id = "t.example";
    const auto got = credential.get_token(asked);
    EXPECT_TOKEN(got);
    EXPECT_EQ(got->expires_on, end);
    EXPECT_EQ(credential.name(), "LookAlikeCredential");
}

TEST(azure_sdk_credential, tells_an_exception_as_a_failure) {
    auto credential = adapt(
        [](const look_alike_request&, const look_alike_context&) -> look_alike_token { throw std::runtime_error("no\nlogin"); });
    const auto got = credential.get_token({});
    EXPECT_CODE(got, errc::credential_failed);
    EXPECT_THAT(got.error().detail(), testing::StartsWith("LookAlikeCredential failed: no\\x0alogin (after "));
    ASSERT_NE(credential_report_of(got.error()), nullptr);
    EXPECT_EQ(credential_report_of(got.error())->attempts().at(0).credential, "LookAlikeCredential");
    EXPECT_CODE(adapt([](const look_alike_request&, const look_alike_context&) -> look_alike_token { return {}; }).get_token({}),
                errc::credential_failed);
}

TEST(azure_sdk_credential, hands_on_deadline_and_stop_request) {
    auto credential = adapt([](const look_alike_request&, const look_alike_context& context) -> look_alike_token {
        while (!context.IsCancelled()) std::this_thread::yield();
        throw std::runtime_error("the operation was cancelled");
    });
    token_request hurried;
    hurried.deadline = std::chrono::steady_clock::now() + 20ms;
    EXPECT_CODE(credential.get_token(hurried), errc::timeout);
    std::stop_source source;
    token_request stopped;
    stopped.stop = source.get_token();
    auto waiting = std::async(std::launch::async, [&] { return credential.get_token(stopped); });
    source.request_stop();
    EXPECT_CODE(waiting.get(), errc::cancelled);
}

TEST(azure_sdk_credential, takes_an_older_shape_and_a_name_of_the_users) {
    azure_sdk_credential<old_credential> credential(std::make_shared<old_credential>());
    EXPECT_EQ(credential.get_token({})->token.reveal(), "old-token");
    EXPECT_EQ(credential.name(), "AzureSdkCredential");
    EXPECT_EQ(azure_sdk_credential<old_credential>(std::make_shared<old_credential>(), "Mine").name(), "Mine");
    static_assert(!azure_sdk_token_credential<std::string>);
}

} // namespace
} // namespace entrada
