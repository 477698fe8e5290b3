// How the client compares to hiredis, GET of 100 bytes over loopback TCP, both measured in turns within one run.
// Usage: bench_client [--check | --check-cpu]: exit 1 if a promised ratio is missed. --check looks at the latency of one blocking
// caller and needs a machine with nothing else to do; --check-cpu looks at its processor time, which others disturb little.
// Room: bench.
#include "support/redis_server.hpp"

#include "entrada/client.hpp"

#include <boost/asio/awaitable.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/use_future.hpp>
#include <hiredis/hiredis.h>

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <ctime>
#include <thread>

namespace {

using namespace std::chrono_literals;
namespace asio = boost::asio;
using seconds = std::chrono::duration<double>;

constexpr int rounds = 9;
constexpr int blocking_calls = 6000;
constexpr int coroutines = 256;
constexpr int calls_per_coroutine = 400;
constexpr int threads = 64;
constexpr int calls_per_thread = 300;

double median(std::vector<double> values) {
    std::nth_element(values.begin(), values.begin() + static_cast<std::ptrdiff_t>(values.size() / 2), values.end());
    return values[values.size() / 2];
}

template <class Work>
double seconds_of(Work&& work) {
    const auto began = std::chrono::steady_clock::now();
    work();
    return seconds(std::chrono::steady_clock::now() - began).count();
}

double cpu_seconds() {
    timespec now{};
    ::clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &now);
    return static_cast<double>(now.tv_sec) + static_cast<double>(now.tv_nsec) * 1e-9;
}

/// Processor time of all threads.
template <class Work>
double cpu_seconds_of(Work&& work) {
    const double began = cpu_seconds();
    work();
    return cpu_seconds() - began;
}

void require(bool good) {
    if (good) return;
    std::fputs("a call failed\n", stderr);
    std::exit(1);
}

void hiredis_gets(redisContext* context, int calls) {
    for (int i = 0; i < calls; ++i) {
        auto* reply = static_cast<redisReply*>(redisCommand(context, "GET key"));
        require(reply != nullptr && reply->len == 100);
        freeReplyObject(reply);
    }
}

void blocking_gets(entrada::client& client, int calls) {
    for (int i = 0; i < calls; ++i) require(client.get("key").value()->size() == 100);
}

asio::awaitable<void> coroutine_gets(entrada::async_client& client) {
    for (int i = 0; i < calls_per_coroutine; ++i) {
        auto got = co_await client.get("key");
        require(got.value()->size() == 100);
    }
}

void all_coroutines(entrada::client& client) {
    std::vector<std::future<void>> done;
    for (int i = 0; i < coroutines; ++i)
        done.push_back(asio::co_spawn(client.async().get_executor(), coroutine_gets(client.async()), asio::use_future));
    for (auto& one : done) one.get();
}

void all_threads(entrada::client& client) {
    std::vector<std::jthread> running;
    for (int i = 0; i < threads; ++i) running.emplace_back([&client] { blocking_gets(client, calls_per_thread); });
}

bool say(const char* what, double ratio, const char* relation, double promised, bool good) {
    std::printf("%-58s %6.2f  (%s %.2f) %s\n", what, ratio, relation, promised, good ? "ok" : "MISSED");
    return good;
}

} // namespace

int main(int argc, char** argv) {
    const std::string_view mode = argc > 1 ? argv[1] : "";
    entrada::test::redis_server server;
    entrada::client_options options;
    options.host = "127.0.0.1";
    options.port = server.port();
    options.tls.enabled = false;
    entrada::client client(options);
    require(client.set("key", std::string(100, 'v')).has_value());
    redisContext* peer = redisConnect("127.0.0.1", server.port());
    require(peer != nullptr && peer->err == 0);

    std::vector<double> hiredis_us, blocking_us, coroutine_us, threads_us, cpu_ratios;
    for (int round = 0; round < rounds; ++round) {
        hiredis_us.push_back(1e6 * seconds_of([&] { hiredis_gets(peer, blocking_calls); }) / blocking_calls);
        blocking_us.push_back(1e6 * seconds_of([&] { blocking_gets(client, blocking_calls); }) / blocking_calls);
        const double hiredis_cpu = cpu_seconds_of([&] { hiredis_gets(peer, blocking_calls); });
        cpu_ratios.push_back(cpu_seconds_of([&] { blocking_gets(client, blocking_calls); }) / hiredis_cpu);
        coroutine_us.push_back(1e6 * seconds_of([&] { all_coroutines(client); }) / (coroutines * calls_per_coroutine));
        threads_us.push_back(1e6 * seconds_of([&] { all_threads(client); }) / (threads * calls_per_thread));
    }
    redisFree(peer);

    const double base = median(hiredis_us);
    std::printf("microseconds per GET, median of %d rounds: hiredis blocking %.2f, ours blocking %.2f, %d coroutines %.2f, %d "
                "threads %.2f\n",
                rounds, base, median(blocking_us), coroutines, median(coroutine_us), threads, median(threads_us));
    const double latency = median(blocking_us) / base;
    const double cpu = median(cpu_ratios);
    const double throughput = base / median(coroutine_us);
    const bool fast = say("latency of one blocking caller, ours / hiredis", latency, "at most", 1.2, latency <= 1.2);
    const bool lean = say("processor time of one blocking caller, ours / hiredis", cpu, "at most", 1.2, cpu <= 1.2);
    const bool wide = say("throughput, 256 coroutines on one connection / hiredis", throughput, "at least", 5, throughput >= 5);
    std::printf("%-58s %6.2f\n", "throughput, 64 blocking threads on one client / hiredis", base / median(threads_us));
    if (mode == "--check") return fast && wide ? 0 : 1;
    if (mode == "--check-cpu") return lean && wide ? 0 : 1;
    return 0;
}
