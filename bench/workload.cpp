#include "workload.hpp"

#include <algorithm>
#include <charconv>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <string_view>
#include <sys/resource.h>
#include <thread>

namespace bench {
namespace {

using clock = std::chrono::steady_clock;

constexpr std::chrono::milliseconds warm_up{150};

double processor_seconds() {
    rusage used{};
    ::getrusage(RUSAGE_SELF, &used);
    const auto seconds = [](const timeval& time) {
        return static_cast<double>(time.tv_sec) + static_cast<double>(time.tv_usec) * 1e-6;
    };
    return seconds(used.ru_utime) + seconds(used.ru_stime);
}

template <class Number>
void read_number(std::string_view name, std::string_view text, Number& into) {
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), into);
    if (error == std::errc() && end == text.data() + text.size()) return;
    std::fprintf(stderr, "%.*s: not a number: %.*s\n", static_cast<int>(name.size()), name.data(), static_cast<int>(text.size()),
                 text.data());
    std::exit(2);
}

void print_latencies(std::vector<std::uint32_t>& sorted) {
    if (sorted.empty()) return;
    std::sort(sorted.begin(), sorted.end());
    const auto at = [&](double part) {
        return static_cast<double>(sorted[static_cast<std::size_t>(part * static_cast<double>(sorted.size() - 1))]) / 1000;
    };
    std::printf(", \"p50_us\": %.2f, \"p99_us\": %.2f, \"p999_us\": %.2f", at(0.5), at(0.99), at(0.999));
}

} // namespace

void require(bool good, const char* what) {
    if (good) return;
    std::fprintf(stderr, "benchmark: %s failed\n", what);
    std::exit(1);
}

workload parse(int argc, char** argv) {
    workload asked;
    for (int i = 1; i < argc; ++i) {
        const std::string_view name = argv[i];
        if (name == "--latency") {
            asked.latency = true;
            continue;
        }
        if (name == "--turns") {
            asked.turns = true;
            continue;
        }
        if (name == "--polling") {
            asked.polling = true;
            continue;
        }
        if (++i == argc) {
            std::fprintf(stderr, "%s needs a value\n", argv[i - 1]);
            std::exit(2);
        }
        const std::string_view value = argv[i];
        if (name == "--style")
            asked.style = value;
        else if (name == "--operation")
            asked.operation = value;
        else if (name == "--bytes")
            read_number(name, value, asked.bytes);
        else if (name == "--callers")
            read_number(name, value, asked.callers);
        else if (name == "--seconds")
            read_number(name, value, asked.seconds);
        else if (name == "--port")
            read_number(name, value, asked.port);
        else if (name == "--ca")
            asked.ca_file = value;
        else {
            std::fprintf(stderr, "unknown option %s\n", argv[i - 1]);
            std::exit(2);
        }
    }
    return asked;
}

void measure(const workload& asked, const std::function<void(tally&)>& work) {
    tally counted;
    std::jthread worker([&] { work(counted); });
    std::this_thread::sleep_for(warm_up);
    while (counted.operations.load() == 0) std::this_thread::sleep_for(std::chrono::milliseconds(1));
    const auto operations_before = counted.operations.load();
    const auto began = clock::now();
    const double processor_before = processor_seconds();
    std::this_thread::sleep_for(std::chrono::duration<double>(asked.seconds));
    const auto operations = static_cast<double>(counted.operations.load() - operations_before);
    const double processor = processor_seconds() - processor_before;
    const double seconds = std::chrono::duration<double>(clock::now() - began).count();
    counted.stop = true;
    worker.join();
    std::printf("{\"operations\": %.0f, \"seconds\": %.4f, \"per_second\": %.1f, \"cpu_us\": %.5f", operations, seconds,
                operations / seconds, 1e6 * processor / std::max(operations, 1.0));
    print_latencies(counted.latencies_ns);
    std::printf("}\n");
    std::fflush(stdout);
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
