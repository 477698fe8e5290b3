// What a peer is asked to do, and how what it did is measured: the same for all peers.
// Room: bench.
#pragma once

#include <atomic>
#include <cstdint>
#include <functional>
#include <string>
#include <vector>

namespace bench {

/// One run of one peer, as the command line gives it.
struct workload {
    std::string style = "pipeline"; ///< which of the peer's ways to call: see its own source
    std::string operation = "get";  ///< get or set, of one key
    std::size_t bytes = 100;        ///< size of the value
    int callers = 1;                ///< coroutines, threads, or commands in one batch
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
struct tally {
    std::atomic<std::uint64_t> operations{0};
    std::atomic<bool> stop{false};
    /// Where one working thread writes its latencies; at most so many are kept.
    std::vector<std::uint32_t> latencies_ns;

    void add(std::uint64_t count) noexcept {
        operations.store(operations.load(std::memory_order_relaxed) + count, std::memory_order_relaxed);
    }
    void add_shared(std::uint64_t count) noexcept { operations.fetch_add(count, std::memory_order_relaxed); }
    [[nodiscard]] bool stopped() const noexcept { return stop.load(std::memory_order_relaxed); }
};

/// Measures while `work` runs in a thread of its own, and prints one line of JSON. `work` returns soon after `stop`.
void measure(const workload& asked, const std::function<void(tally&)>& work);

/// Ends the program with the text, unless `good`.
void require(bool good, const char* what);

/// The request of the workload as bytes.
[[nodiscard]] std::string request_bytes(const workload& asked);
/// What the server answers to it.
[[nodiscard]] std::size_t reply_size(const workload& asked);

} // namespace bench
