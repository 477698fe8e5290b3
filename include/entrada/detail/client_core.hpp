// What all handles of one client share: its I/O thread and its connection. Not for users.
// Room: client.
#pragma once

#include "entrada/client_options.hpp"
#include "entrada/client_stats.hpp"
#include "entrada/detail/request.hpp"

#include <boost/asio/any_io_executor.hpp>

#include <atomic>

namespace entrada::detail {

/// Thread safety: every member may be called from any thread.
/// Lifetime: the destructor stops the connection and ends the I/O thread; on that very thread it leaves it to end by itself.
class client_core {
public:
    explicit client_core(client_options options);
    ~client_core();

    [[nodiscard]] const boost::asio::any_io_executor& executor() const noexcept { return executor_; }
    [[nodiscard]] const client_options& options() const noexcept;
    [[nodiscard]] client_stats stats() const noexcept;
    [[nodiscard]] bool on_io_thread() const noexcept;
    /// Names the I/O thread; see `runs_on_this_thread`.
    [[nodiscard]] const void* io_identity() const noexcept { return machinery_.get(); }

    void submit(request& added);
    void submit_and_wait(request& added, std::atomic<int>& finished);
    void cancel(const request& gone);
    void stop() noexcept;

private:
    struct machinery;
    std::shared_ptr<machinery> machinery_;
    boost::asio::any_io_executor executor_;
};

/// Whether this is the I/O thread with that identity.
[[nodiscard]] bool runs_on_this_thread(const void* io_identity) noexcept;

/// Memory of operations, kept for the next one on the same thread.
[[nodiscard]] void* allocate_operation(std::size_t size);
void free_operation(void* memory, std::size_t size) noexcept;

} // namespace entrada::detail
