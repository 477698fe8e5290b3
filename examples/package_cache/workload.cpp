#include "package_cache/workload.hpp"

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>

#include <algorithm>

namespace package_cache {
namespace {

namespace asio = boost::asio;
using std::chrono::steady_clock;

constexpr std::size_t errors_max = 5;
/// After a failure, so that callers do not spin while Redis is away.
constexpr std::chrono::milliseconds pause_after_failure{20};

} // namespace

workload::workload(entrada::cache& cache, const std::vector<package_record>& records, workload_shape shape)
    : cache_(cache), async_cache_(cache.client().async()), records_(records) {
    std::uint32_t seed = 1;
    for (std::size_t i = 0; i < shape.coroutines; ++i)
        asio::co_spawn(pool_, run_coroutine(callers_.emplace_back(++seed)), asio::detached);
    for (std::size_t i = 0; i < shape.threads; ++i)
        threads_.emplace_back([this, &self = callers_.emplace_back(++seed)] { run_thread(self); });
}

workload::~workload() { stop(); }

std::vector<std::string> workload::first_errors() const {
    const std::scoped_lock lock(errors_mutex_);
    return errors_;
}

latency_histogram workload::stop() {
    stopping_ = true;
    for (std::thread& thread : threads_) thread.join();
    threads_.clear();
    pool_.join();
    latency_histogram all;
    for (const caller& one : callers_) all.merge(one.latency);
    return all;
}

void workload::run_thread(caller& self) {
    while (!stopping_) {
        try {
            visit(self);
        } catch (const entrada::failure_error& error) {
            failed(error.what());
            std::this_thread::sleep_for(pause_after_failure);
        }
    }
}

asio::awaitable<void> workload::run_coroutine(caller& self) {
    asio::steady_timer pause(pool_);
    while (!stopping_) {
        bool rest = false;
        try {
            co_await visit_async(self);
        } catch (const entrada::failure_error& error) {
            failed(error.what());
            rest = true; // no co_await in a handler
        }
        if (!rest) continue;
        pause.expires_after(pause_after_failure);
        co_await pause.async_wait(asio::use_awaitable);
    }
}

void workload::visit(caller& self) {
    const package_record& expected = pick(self);
    auto began = steady_clock::now();
    const auto found = cache_.get<package_record>(expected.key);
    finished(self, began);
    if (!judge(found, expected)) return;
    began = steady_clock::now();
    cache_.set(expected.key, expected, pick_ttl(self));
    finished(self, began);
}

asio::awaitable<void> workload::visit_async(caller& self) {
    const package_record& expected = pick(self);
    auto began = steady_clock::now();
    const auto found = co_await async_cache_.get<package_record>(expected.key);
    finished(self, began);
    if (!judge(found, expected)) co_return;
    began = steady_clock::now();
    co_await async_cache_.set(expected.key, expected, pick_ttl(self));
    finished(self, began);
}

const package_record& workload::pick(caller& self) const {
    return records_[std::uniform_int_distribution<std::size_t>(0, records_.size() - 1)(self.random)];
}

std::chrono::milliseconds workload::pick_ttl(caller& self) const {
    return std::chrono::milliseconds(std::uniform_int_distribution(5'000, 30'000)(self.random));
}

void workload::finished(caller& self, steady_clock::time_point began) {
    self.latency.record(steady_clock::now() - began);
    tally_.operations.fetch_add(1, std::memory_order_relaxed);
}

bool workload::judge(const std::optional<package_record>& found, const package_record& expected) {
    if (!found) {
        tally_.misses.fetch_add(1, std::memory_order_relaxed);
        return true;
    }
    tally_.hits.fetch_add(1, std::memory_order_relaxed);
    if (*found != expected) {
        ++tally_.wrong;
        const std::scoped_lock lock(errors_mutex_);
        if (errors_.size() < errors_max) errors_.push_back("asked for " + expected.key + ", got the value of " + found->key);
    }
    return false;
}

void workload::failed(const std::string& text) {
    ++tally_.failed;
    const std::scoped_lock lock(errors_mutex_);
    if (errors_.size() < errors_max && std::find(errors_.begin(), errors_.end(), text) == errors_.end()) errors_.push_back(text);
}

} // namespace package_cache
