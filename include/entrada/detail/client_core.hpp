// What all handles of one client share: its I/O thread and its connection. Not for users.
// Room: client.
#pragma once

#include "entrada/client_options.hpp"
#include "entrada/client_stats.hpp"
#include "entrada/detail/request.hpp"

#include <boost/asio/any_io_executor.hpp>

#include <atomic>
#include <stop_token>

namespace entrada {
class io_thread;
namespace conn {
class bell;
class connection;
class waiter;
} // namespace conn
} // namespace entrada

namespace entrada::detail {

/// The client's I/O thread. Lives until that thread ends, so longer than the client and all of its requests.
struct home {
    boost::asio::any_io_executor executor;

    /// Whether the caller runs on it.
    [[nodiscard]] bool is_here() const noexcept;
    /// Whether `other` is its executor. A comparison of the two with == asks the same through four virtual calls.
    [[nodiscard]] bool is_executor(const boost::asio::any_io_executor& other) const noexcept;
};

/// Thread safety: every member may be called from any thread.
/// Lifetime: the destructor stops the connection and ends an I/O thread of its own; on that very thread it leaves it to end by
///           itself.
class client_core : public std::enable_shared_from_this<client_core> {
public:
    explicit client_core(client_options options);
    ~client_core();
    client_core(const client_core&) = delete;
    client_core& operator=(const client_core&) = delete;

    [[nodiscard]] const home& io() const noexcept { return *home_; }
    [[nodiscard]] const client_options& options() const noexcept;
    [[nodiscard]] std::chrono::milliseconds command_timeout() const noexcept { return command_timeout_; }
    [[nodiscard]] client_stats stats() const noexcept;

    void submit(request& added);
    void submit_and_wait(request& added, conn::waiter& waiting, const std::stop_token& stop);
    /// What a waiting request rings when it is done.
    [[nodiscard]] conn::bell& callers_bell() noexcept;
    void cancel(std::uint64_t serial);
    /// Whether the caller runs inside this client: on its I/O thread, or in what a blocking call of this thread has completed.
    [[nodiscard]] bool is_inside() const noexcept;
    void stop() noexcept;

private:
    std::shared_ptr<io_thread> thread_;
    const home* home_;
    std::shared_ptr<conn::connection> connection_;
    std::chrono::milliseconds command_timeout_;
};

} // namespace entrada::detail
