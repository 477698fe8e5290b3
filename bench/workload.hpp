// What a peer is asked to do, and how what it did is measured: the same for all peers.
// Room: bench.
#pragma once

#include "latencies.hpp"

#include <atomic>
#include <functional>
#include <string>

namespace bench {

using clock = std::chrono::steady_clock;

/// One run of one peer, as the command line gives it.
struct workload {
    std::string style = "pipeline"; ///< which of the peer's ways to call: see its own source
    std::string operation = "get";  ///< get or set, of one key
    std::size_t bytes = 100;        ///< size of the value
    int callers = 1;                ///< coroutines, threads, commands in one batch, requests in flight, idle connections
    double seconds = 0.5;           ///< of measuring, after a short warming up
    std::uint16_t port = 0;
    std::string ca_file; ///< not empty: TLS
    bool latency = false;
    bool turns = false;   ///< the credentials change each second
    bool polling = false; ///< adaptive polling

    [[nodiscard]] bool is_set() const noexcept { return operation == "set"; }
};

/// Ends the program with a clear text if the arguments are wrong.
[[nodiscard]] workload parse(int argc, char** argv);

/// Shared between the measuring thread and those who work.
class tally {
public:
    explicit tally(bool timed) : timed_(timed) {}

    /// For one working thread, and for many.
    void add(std::uint64_t count) noexcept {
        operations.store(operations.load(std::memory_order_relaxed) + count, std::memory_order_relaxed);
    }
    void add_shared(std::uint64_t count) noexcept { operations.fetch_add(count, std::memory_order_relaxed); }
    [[nodiscard]] bool stopped() const noexcept { return stop.load(std::memory_order_relaxed); }

    /// Around each call of one working thread; no clock is read unless latencies were asked for.
    [[nodiscard]] clock::time_point begin() const noexcept { return timed_ ? clock::now() : clock::time_point(); }
    void end(clock::time_point began) {
        if (timed_) record(began);
    }

    std::atomic<std::uint64_t> operations{0};
    std::atomic<bool> measuring{false};
    std::atomic<bool> stop{false};
    latencies took;

private:
    void record(clock::time_point began);

    const bool timed_;
};

/// Measures while `work` runs in a thread of its own, and prints one line of JSON. `work` returns soon after `stop`.
void measure(const workload& asked, const std::function<void(tally&)>& work);

[[noreturn]] void fail(const char* what);
/// Ends the program with the text, unless `good`. Inline, because it stands in what is measured.
inline void require(bool good, const char* what) {
    if (!good) fail(what);
}

/// Ends the program in the way that tells ./bench/run that this build cannot do what it was asked for.
[[noreturn]] void unsupported(const char* what);

/// The request of the workload as bytes.
[[nodiscard]] std::string request_bytes(const workload& asked);
/// What the server answers to it.
[[nodiscard]] std::size_t reply_size(const workload& asked);

} // namespace bench
