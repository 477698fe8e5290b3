// Lets one caller make a value while others who want the same wait for it. Not for users.
// Room: cache.
#pragma once

#include <boost/asio/any_completion_handler.hpp>
#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/async_result.hpp>
#include <boost/asio/deferred.hpp>

#include <chrono>
#include <cstdint>
#include <exception>
#include <memory>
#include <optional>
#include <stop_token>
#include <string>

namespace entrada::detail {

class flight;
class flight_table;

/// What the leader brought. Neither bytes nor error: it gave up, and another has to lead.
struct flight_outcome {
    std::shared_ptr<const std::string> bytes;
    std::exception_ptr error;
};

/// A place in a flight. The first of a key leads: it makes the value and lands. The others are passengers and wait.
///
/// Thread safety: as a `std::string`. A leader that goes without landing wakes its passengers, and one of them leads.
class seat {
public:
    seat(seat&& other) noexcept = default;
    seat& operator=(seat&&) = delete;
    ~seat();

    [[nodiscard]] bool leads() const noexcept { return table_ != nullptr; }

    /// Precondition of both: this seat leads. An error that says "cancelled" is the leader's own and is not shared.
    void land(std::string bytes);
    void land(std::exception_ptr error);

    /// Waits for the leader, as a passenger. Nothing if the deadline or the stop request came first.
    [[nodiscard]] std::optional<flight_outcome> wait(std::chrono::steady_clock::time_point deadline,
                                                     const std::stop_token& stop) const;

    /// The same, asynchronous; completes with whether the leader landed. `timers` must run one thing at a time.
    /// Cancellation: terminal, partial and total; completes with false.
    template <class Token = boost::asio::deferred_t>
    auto async_wait(boost::asio::any_io_executor timers, std::chrono::steady_clock::time_point deadline,
                    Token&& token = {}) const {
        return boost::asio::async_initiate<Token, void(bool)>(
            [](auto&& handler, std::shared_ptr<flight> joined, boost::asio::any_io_executor executor, auto until) {
                start_wait(std::move(joined), std::move(executor), until, std::forward<decltype(handler)>(handler));
            },
            token, flight_, std::move(timers), deadline);
    }

    /// Precondition: a wait said that the leader landed.
    [[nodiscard]] flight_outcome outcome() const;

private:
    friend class single_flight;
    seat(std::shared_ptr<flight> joined, std::shared_ptr<flight_table> table, std::string key)
        : flight_(std::move(joined)), table_(std::move(table)), key_(std::move(key)) {}

    static void start_wait(std::shared_ptr<flight> joined, boost::asio::any_io_executor timers,
                           std::chrono::steady_clock::time_point deadline,
                           boost::asio::any_completion_handler<void(bool)> handler);
    void end(flight_outcome outcome);

    std::shared_ptr<flight> flight_;
    std::shared_ptr<flight_table> table_; ///< of a leader that has not landed
    std::string key_;
};

/// All flights of one cache, by key. Thread safety: every member may be called from any thread.
class single_flight {
public:
    single_flight();

    /// A number that changes when a flight of this key lands; that of another key may change it, too.
    [[nodiscard]] std::uint32_t landings(const std::string& key) const noexcept;
    [[nodiscard]] seat board(const std::string& key);

private:
    std::shared_ptr<flight_table> table_;
};

} // namespace entrada::detail
