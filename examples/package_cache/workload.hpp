// Many callers at once on one client: threads with blocking calls, and coroutines.
#pragma once

#include "package_cache/latency.hpp"
#include "package_cache/options.hpp"
#include "package_cache/package_record.hpp"

#include <entrada/entrada.hpp>

#include <boost/asio/awaitable.hpp>
#include <boost/asio/thread_pool.hpp>

#include <atomic>
#include <list>
#include <mutex>
#include <random>
#include <thread>

namespace package_cache {

/// What all callers together have done so far.
struct tally {
    std::atomic<std::uint64_t> operations = 0;
    std::atomic<std::uint64_t> hits = 0;
    std::atomic<std::uint64_t> misses = 0;
    std::atomic<std::uint64_t> failed = 0;
    std::atomic<std::uint64_t> wrong = 0; ///< values that are not the record they should be
};

/// Each caller takes a record at random, asks the cache for it, compares what it gets with the record, and on a miss stores it
/// for some seconds, so that hits and misses never end.
class workload {
public:
    workload(entrada::cache& cache, const std::vector<package_record>& records, workload_shape shape);
    ~workload();
    workload(const workload&) = delete;
    workload& operator=(const workload&) = delete;

    [[nodiscard]] const tally& so_far() const noexcept { return tally_; }
    [[nodiscard]] std::vector<std::string> first_errors() const;
    /// Lets every caller finish what it is doing, and returns the latencies of all.
    latency_histogram stop();

private:
    struct caller {
        explicit caller(std::uint32_t seed) : random(seed) {}
        std::minstd_rand random;
        latency_histogram latency;
    };

    void run_thread(caller& self);
    boost::asio::awaitable<void> run_coroutine(caller& self);
    void visit(caller& self);
    boost::asio::awaitable<void> visit_async(caller& self);
    const package_record& pick(caller& self) const;
    std::chrono::milliseconds pick_ttl(caller& self) const;
    void finished(caller& self, std::chrono::steady_clock::time_point began);
    /// Counts a hit or a miss; true if the record has to be stored.
    bool judge(const std::optional<package_record>& found, const package_record& expected);
    void failed(const std::string& text);

    entrada::cache& cache_;
    entrada::async_cache async_cache_;
    const std::vector<package_record>& records_;
    std::atomic<bool> stopping_ = false;
    tally tally_;
    mutable std::mutex errors_mutex_;
    std::vector<std::string> errors_;  ///< the first few
    std::list<caller> callers_;        ///< stay where they are
    boost::asio::thread_pool pool_{1}; ///< runs the coroutines, so that the client's I/O thread only does I/O
    std::vector<std::thread> threads_;
};

} // namespace package_cache
