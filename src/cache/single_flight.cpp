#include "entrada/detail/single_flight.hpp"

#include "entrada/failure.hpp"

#include <boost/asio/associated_cancellation_slot.hpp>
#include <boost/asio/associated_executor.hpp>
#include <boost/asio/dispatch.hpp>
#include <boost/asio/error.hpp>
#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/steady_timer.hpp>

#include <algorithm>
#include <array>
#include <atomic>
#include <condition_variable>
#include <mutex>
#include <unordered_map>
#include <vector>

namespace entrada::detail {
namespace {

namespace asio = boost::asio;

using wait_handler = asio::any_completion_handler<void(bool)>;
using wait_executor = asio::associated_executor_t<wait_handler, asio::any_io_executor>;

// Whoever was cancelled was cancelled alone: the others did not ask for it.
bool is_cancellation(const std::exception_ptr& error) {
    try {
        std::rethrow_exception(error);
    } catch (const failure_error& failed) {
        return failed.code() == errc::cancelled;
    } catch (const boost::system::system_error& failed) {
        return failed.code() == asio::error::operation_aborted;
    } catch (...) {
        return false;
    }
}

} // namespace

// A coroutine that waits. Its timer lives on `timers`, its handler is called once, by whoever takes it off the flight's list.
struct async_waiter {
    async_waiter(asio::any_io_executor timers, wait_handler on_end)
        : timer(timers), handler(std::move(on_end)), executor(asio::get_associated_executor(handler, timers)) {}

    // Runs on `timers`, from the loop and not inside a call of the leader's.
    void end(bool landed) {
        timer.cancel();
        asio::dispatch(executor.get_executor(), [own = std::move(handler), landed]() mutable {
            auto slot = asio::get_associated_cancellation_slot(own);
            if (slot.is_connected()) slot.clear();
            std::move(own)(landed);
        });
        executor.reset();
    }

    asio::steady_timer timer;
    wait_handler handler;
    asio::executor_work_guard<wait_executor> executor; ///< keeps the waiting coroutine's context from running out of work
};

class flight {
public:
    std::optional<flight_outcome> wait(std::chrono::steady_clock::time_point deadline, const std::stop_token& stop) {
        std::unique_lock lock(mutex_);
        changed_.wait_until(lock, stop, deadline, [this] { return outcome_.has_value(); });
        return outcome_;
    }

    void add(const std::shared_ptr<async_waiter>& waiter) {
        {
            const std::lock_guard lock(mutex_);
            if (!outcome_) {
                waiters_.push_back(waiter);
                return;
            }
        }
        waiter->end(true);
    }

    // For a deadline or a cancellation.
    void give_up(const std::shared_ptr<async_waiter>& waiter) {
        {
            const std::lock_guard lock(mutex_);
            if (std::erase(waiters_, waiter) == 0) return;
        }
        waiter->end(false);
    }

    void land(flight_outcome outcome) {
        std::vector<std::shared_ptr<async_waiter>> woken;
        {
            const std::lock_guard lock(mutex_);
            outcome_ = std::move(outcome);
            woken.swap(waiters_);
        }
        changed_.notify_all();
        for (const auto& waiter : woken) {
            asio::post(waiter->timer.get_executor(), [waiter] { waiter->end(true); });
        }
    }

    [[nodiscard]] flight_outcome outcome() const {
        const std::lock_guard lock(mutex_);
        return outcome_.value_or(flight_outcome{});
    }

private:
    mutable std::mutex mutex_;
    std::condition_variable_any changed_;
    std::optional<flight_outcome> outcome_;
    std::vector<std::shared_ptr<async_waiter>> waiters_;
};

class flight_table {
public:
    [[nodiscard]] std::uint32_t landings(const std::string& key) const noexcept {
        return landings_[bucket(key)].load(std::memory_order_acquire);
    }

    // The flight, and whether the caller is its first.
    std::pair<std::shared_ptr<flight>, bool> board(const std::string& key) {
        const std::lock_guard lock(mutex_);
        auto& entry = flights_[key];
        const bool first = entry == nullptr;
        if (first) entry = std::make_shared<flight>();
        return {entry, first};
    }

    void land(const std::string& key) {
        const std::lock_guard lock(mutex_);
        landings_[bucket(key)].fetch_add(1, std::memory_order_release);
        flights_.erase(key);
    }

private:
    static std::size_t bucket(const std::string& key) noexcept { return std::hash<std::string>{}(key) % buckets; }

    // So many that landings of other keys are seldom taken for those of one's own.
    static constexpr std::size_t buckets = 1024;
    std::array<std::atomic<std::uint32_t>, buckets> landings_{};
    std::mutex mutex_;
    std::unordered_map<std::string, std::shared_ptr<flight>> flights_;
};

seat::~seat() {
    if (leads()) end({});
}

void seat::land(std::string bytes) { end({std::make_shared<const std::string>(std::move(bytes)), nullptr}); }

void seat::land(std::exception_ptr error) {
    if (is_cancellation(error)) error = nullptr;
    end({nullptr, std::move(error)});
}

void seat::end(flight_outcome outcome) {
    std::exchange(table_, nullptr)->land(key_);
    flight_->land(std::move(outcome));
}

std::optional<flight_outcome> seat::wait(std::chrono::steady_clock::time_point deadline, const std::stop_token& stop) const {
    return flight_->wait(deadline, stop);
}

flight_outcome seat::outcome() const { return flight_->outcome(); }

void seat::start_wait(std::shared_ptr<flight> joined, asio::any_io_executor timers,
                      std::chrono::steady_clock::time_point deadline, asio::any_completion_handler<void(bool)> handler) {
    auto slot = asio::get_associated_cancellation_slot(handler);
    const auto waiter = std::make_shared<async_waiter>(timers, std::move(handler));
    if (slot.is_connected()) {
        slot.assign([timers, waiter, joined](asio::cancellation_type type) {
            if (type != asio::cancellation_type::none) asio::post(timers, [waiter, joined] { joined->give_up(waiter); });
        });
    }
    asio::post(timers, [waiter, joined, deadline] {
        waiter->timer.expires_at(deadline);
        waiter->timer.async_wait([waiter, joined](const boost::system::error_code& cancelled) {
            if (!cancelled) joined->give_up(waiter);
        });
        joined->add(waiter);
    });
}

single_flight::single_flight() : table_(std::make_shared<flight_table>()) {}

std::uint32_t single_flight::landings(const std::string& key) const noexcept { return table_->landings(key); }

seat single_flight::board(const std::string& key) {
    auto [joined, first] = table_->board(key);
    return {std::move(joined), first ? table_ : nullptr, key};
}

} // namespace entrada::detail
