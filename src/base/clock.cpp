#include "base/clock.hpp"

namespace entrada::base {
namespace {

class machine final : public clock {
public:
    std::chrono::steady_clock::time_point steady() const override { return std::chrono::steady_clock::now(); }
    std::chrono::system_clock::time_point wall() const override { return std::chrono::system_clock::now(); }

    bool wait_until(std::chrono::steady_clock::time_point moment, const std::stop_token& stop) override {
        std::mutex mutex;
        std::condition_variable_any woken;
        std::unique_lock lock(mutex);
        woken.wait_until(lock, stop, moment, [] { return false; });
        return !stop.stop_requested();
    }

    bool wait(std::unique_lock<std::mutex>& lock, std::condition_variable_any& changed,
              std::chrono::steady_clock::time_point moment, const std::stop_token& stop,
              const std::function<bool()>& done) const override {
        return changed.wait_until(lock, stop, moment, done);
    }
};

} // namespace

std::shared_ptr<clock> machine_clock() {
    static const auto instance = std::make_shared<machine>();
    return instance;
}

} // namespace entrada::base
