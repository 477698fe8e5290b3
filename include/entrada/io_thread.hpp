// A thread that does the I/O of clients.
// Room: client.
#pragma once

#include <memory>

namespace entrada {

namespace detail {
class client_core;
}

/// One thread that may serve several clients, given to each as `client_options::io`. For programs with many connections; a client
/// without one has a thread of its own. A connection is served by one thread: share when connections outnumber processors.
///
/// Thread safety: every member may be called from any thread.
/// Lifetime: clients hold it by shared pointers; the thread ends with the last of them. What one client's handlers do on it, all
///           its clients wait for.
class io_thread {
public:
    /// Starts the thread. Throws `std::system_error` if there can be no more threads.
    io_thread();
    ~io_thread();
    io_thread(const io_thread&) = delete;
    io_thread& operator=(const io_thread&) = delete;

private:
    friend class detail::client_core;
    struct state;
    std::shared_ptr<state> state_;
};

} // namespace entrada
