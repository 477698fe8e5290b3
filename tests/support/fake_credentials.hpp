// Credentials that a test changes at will.
// Room: tests.
#pragma once

#include "entrada/credentials_provider.hpp"

#include <condition_variable>
#include <map>
#include <mutex>
#include <vector>

namespace entrada::test {

class fake_credentials final : public credentials_provider {
public:
    /// Not known yet.
    fake_credentials() = default;
    fake_credentials(std::string user, std::string_view password) { change(std::move(user), password); }

    void change(std::string user, std::string_view password) {
        set(std::optional(credentials{std::move(user), secret_string(password), std::nullopt, ++version_}));
    }
    void fail(failure why) { set(std::move(why)); }

    /// Waits until so many outcomes were reported; false after 20 s.
    bool wait_for_outcomes(std::size_t count) {
        std::unique_lock lock(mutex_);
        return changed_.wait_for(lock, std::chrono::seconds(20), [&] { return outcomes_.size() >= count; });
    }
    [[nodiscard]] std::vector<login_outcome> outcomes() {
        const std::lock_guard lock(mutex_);
        return outcomes_;
    }

    result<std::optional<credentials>> current(const peer&) override {
        const std::lock_guard lock(mutex_);
        return now_;
    }

    std::unique_ptr<subscription> subscribe(std::function<void()> on_change) override {
        const std::lock_guard lock(listeners_mutex_);
        listeners_[++last_listener_] = std::move(on_change);
        return std::make_unique<handle>(*this, last_listener_);
    }

    void report(const login_outcome& outcome) override {
        const std::lock_guard lock(mutex_);
        outcomes_.push_back(outcome);
        changed_.notify_all();
    }

private:
    class handle final : public subscription {
    public:
        handle(fake_credentials& owner, int number) : owner_(owner), number_(number) {}
        ~handle() override {
            const std::lock_guard lock(owner_.listeners_mutex_);
            owner_.listeners_.erase(number_);
        }

    private:
        fake_credentials& owner_;
        int number_;
    };

    void set(result<std::optional<credentials>> fresh) {
        {
            const std::lock_guard lock(mutex_);
            now_ = std::move(fresh);
        }
        const std::lock_guard lock(listeners_mutex_);
        for (const auto& [number, listener] : listeners_) listener();
    }

    std::mutex mutex_;
    std::condition_variable changed_;
    result<std::optional<credentials>> now_ = std::optional<credentials>();
    std::vector<login_outcome> outcomes_;
    std::uint64_t version_ = 0;
    std::mutex listeners_mutex_;
    std::map<int, std::function<void()>> listeners_;
    int last_listener_ = 0;
};

} // namespace entrada::test
