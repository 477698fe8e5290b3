// The two clocks and the one wait of code that must be tested without waiting.
// Room: base.
#pragma once

#include <chrono>
#include <condition_variable>
#include <functional>
#include <memory>
#include <mutex>
#include <stop_token>

namespace entrada::base {

/// Thread safety: every member may be called from any thread.
class clock {
public:
    virtual ~clock() = default;
    /// For deadlines and pauses: never jumps.
    [[nodiscard]] virtual std::chrono::steady_clock::time_point steady() const = 0;
    /// For the end of a token: may jump when the machine slept or somebody set it.
    [[nodiscard]] virtual std::chrono::system_clock::time_point wall() const = 0;
    /// Blocks until `moment`. False if stop was requested first.
    [[nodiscard]] virtual bool wait_until(std::chrono::steady_clock::time_point moment, const std::stop_token& stop) = 0;
    /// Blocks until `done`, which is asked while `lock` is held, at first and whenever `changed` is notified. False if `moment`
    /// came or stop was requested before.
    [[nodiscard]] virtual bool wait(std::unique_lock<std::mutex>& lock, std::condition_variable_any& changed,
                                    std::chrono::steady_clock::time_point moment, const std::stop_token& stop,
                                    const std::function<bool()>& done) const = 0;
};

/// The machine's clocks.
[[nodiscard]] std::shared_ptr<clock> machine_clock();

} // namespace entrada::base
