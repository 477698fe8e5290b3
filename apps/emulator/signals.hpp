// Signals that ask us to end, as events of the loop.
// Room: emulator.
#pragma once

#include "entrada/result.hpp"

#include <boost/asio/io_context.hpp>
#include <boost/asio/posix/stream_descriptor.hpp>

#include <functional>

#include <sys/signalfd.h>

namespace entrada::emulator {

struct received_signal {
    int number = 0;
    /// The terminal sent it, and to every process in the foreground: children have it already.
    bool from_terminal = false;
};

/// Takes SIGINT, SIGTERM, SIGHUP and SIGQUIT out of their usual way from its construction on, in this thread and those started
/// later. SIGPIPE is ignored from then on. Children started by `child_process` have all signals as usual.
class signals {
public:
    using handler = std::function<void(received_signal)>;

    /// Blocks the signals. Throws `std::system_error` where the kernel has no signalfd.
    explicit signals(boost::asio::io_context& loop);

    /// Calls `on_signal` for each, until the loop ends.
    void listen(handler on_signal);

private:
    boost::asio::posix::stream_descriptor in_;
    signalfd_siginfo info_{};
    handler on_signal_;
};

} // namespace entrada::emulator
