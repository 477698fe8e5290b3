// A fixed user and password as a credentials provider.
#include "base/hosts.hpp"
#include "entrada/credentials_provider.hpp"

namespace entrada {
namespace {

class static_credentials final : public credentials_provider {
public:
    static_credentials(std::string username, secret_string password, bool anywhere)
        : login_{std::move(username), std::move(password), std::nullopt, 1}, anywhere_(anywhere) {}

    result<std::optional<credentials>> current(const peer& server) override {
        if (anywhere_ || server.local || server.verified || base::is_loopback(server.host))
            return std::optional<credentials>(login_);
        return failure(errc::token_host_refused,
                       "the password would cross the network to '" + server.host + "' unencrypted; turn TLS on");
    }

    std::unique_ptr<subscription> subscribe(std::function<void()>) override { return std::make_unique<subscription>(); }
    void report(const login_outcome&) override {}

private:
    const credentials login_;
    const bool anywhere_;
};

} // namespace

std::shared_ptr<credentials_provider> make_static_credentials(std::string username, secret_string password, bool anywhere) {
    return std::make_shared<static_credentials>(std::move(username), std::move(password), anywhere);
}

} // namespace entrada
