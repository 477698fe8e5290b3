#include "workload.hpp"

#include "cost/counting.hpp"

#include <algorithm>
#include <charconv>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <string_view>
#include <sys/resource.h>
#include <thread>

// Only programs that count have it: bench_counting.
namespace entrada::test {
[[gnu::weak]] costs costs_so_far() noexcept;
}

namespace bench {
namespace {

constexpr double warm_up_seconds_max = 0.15;
constexpr int unsupported_code = 77;

/// What has been used so far, of all threads.
struct usage {
    clock::time_point now = clock::now();
    double processor_seconds = 0;
    std::uint64_t operations = 0;
    entrada::test::costs counted;
};

double seconds_of(const timeval& time) { return static_cast<double>(time.tv_sec) + static_cast<double>(time.tv_usec) * 1e-6; }

usage usage_so_far(const tally& counted) {
    rusage used{};
    ::getrusage(RUSAGE_SELF, &used);
    usage made;
    made.processor_seconds = seconds_of(used.ru_utime) + seconds_of(used.ru_stime);
    made.operations = counted.operations.load();
    if (entrada::test::costs_so_far != nullptr) made.counted = entrada::test::costs_so_far();
    return made;
}

void print(const usage& before, const usage& after, const latencies& took) {
    const double seconds = std::chrono::duration<double>(after.now - before.now).count();
    const double operations = static_cast<double>(std::max<std::uint64_t>(after.operations - before.operations, 1));
    std::printf("{\"operations\": %.0f, \"seconds\": %.4f, \"per_second\": %.1f, \"cpu_us\": %.5f", operations, seconds,
                operations / seconds, 1e6 * (after.processor_seconds - before.processor_seconds) / operations);
    if (entrada::test::costs_so_far != nullptr) {
        const auto costs = after.counted - before.counted;
        std::printf(", \"allocations\": %.4f, \"system_calls\": %.4f", static_cast<double>(costs.allocations) / operations,
                    static_cast<double>(costs.system_calls) / operations);
    }
    if (!took.empty())
        std::printf(", \"p50_us\": %.2f, \"p99_us\": %.2f, \"p999_us\": %.2f", took.percentile_us(0.5), took.percentile_us(0.99),
                    took.percentile_us(0.999));
    std::printf("}\n");
    std::fflush(stdout);
}

[[noreturn]] void wrong_usage(std::string_view name, const char* what) {
    std::fprintf(stderr, "%.*s: %s\n", static_cast<int>(name.size()), name.data(), what);
    std::exit(2);
}

template <class Number>
void read_number(std::string_view name, std::string_view text, Number& into) {
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), into);
    if (error != std::errc() || end != text.data() + text.size()) wrong_usage(name, "needs a number");
}

bool read_flag(std::string_view name, workload& into) {
    if (name == "--latency")
        into.latency = true;
    else if (name == "--turns")
        into.turns = true;
    else if (name == "--polling")
        into.polling = true;
    else
        return false;
    return true;
}

void read_value(std::string_view name, std::string_view value, workload& into) {
    if (name == "--style")
        into.style = value;
    else if (name == "--operation")
        into.operation = value;
    else if (name == "--bytes")
        read_number(name, value, into.bytes);
    else if (name == "--callers")
        read_number(name, value, into.callers);
    else if (name == "--seconds")
        read_number(name, value, into.seconds);
    else if (name == "--port")
        read_number(name, value, into.port);
    else if (name == "--ca")
        into.ca_file = value;
    else
        wrong_usage(name, "there is no such option");
}

} // namespace

void tally::record(clock::time_point began) {
    if (measuring.load(std::memory_order_relaxed)) took.add(clock::now() - began);
}

void fail(const char* what) {
    std::fprintf(stderr, "benchmark: %s failed\n", what);
    std::exit(1);
}

void unsupported(const char* what) {
    std::fprintf(stderr, "this build has no %s\n", what);
    std::exit(unsupported_code);
}

workload parse(int argc, char** argv) {
    workload asked;
    for (int i = 1; i < argc; ++i) {
        if (read_flag(argv[i], asked)) continue;
        if (i + 1 == argc) wrong_usage(argv[i], "needs a value");
        read_value(argv[i], argv[i + 1], asked);
        ++i;
    }
    return asked;
}

void measure(const workload& asked, const std::function<void(tally&)>& work) {
    const auto pause = [](double seconds) { std::this_thread::sleep_for(std::chrono::duration<double>(seconds)); };
    tally counted(asked.latency);
    std::jthread worker([&] { work(counted); });
    pause(std::min(asked.seconds, warm_up_seconds_max));
    while (counted.operations.load() == 0) pause(0.001);
    const usage before = usage_so_far(counted);
    counted.measuring = true;
    pause(asked.seconds);
    counted.measuring = false;
    const usage after = usage_so_far(counted);
    counted.stop = true;
    worker.join();
    print(before, after, counted.took);
}

std::string request_bytes(const workload& asked) {
    if (!asked.is_set()) return "*2\r\n$3\r\nGET\r\n$3\r\nkey\r\n";
    return "*3\r\n$3\r\nSET\r\n$3\r\nkey\r\n$" + std::to_string(asked.bytes) + "\r\n" + std::string(asked.bytes, 'v') + "\r\n";
}

std::size_t reply_size(const workload& asked) {
    if (asked.is_set()) return std::strlen("+OK\r\n");
    return 1 + std::to_string(asked.bytes).size() + 2 + asked.bytes + 2;
}

} // namespace bench
