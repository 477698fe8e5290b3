// Memory of Entrada. Styles: in_flight (each of `callers` requests on one connection, all sent and none answered, their handlers
// being a pointer), idle (each of `callers` clients on one I/O thread, connected and used once).
// Room: bench.
#include "entrada_options.hpp"
#include "memory.hpp"

#include "entrada/client.hpp"

#if __has_include("entrada/io_thread.hpp")
#include "entrada/io_thread.hpp"
#endif

#include <vector>

namespace {

void in_flight(const bench::workload& asked) {
    auto options = bench::options_of(asked);
    options.command_timeout = options.dead_peer_timeout = std::chrono::minutes(5); // the server keeps its replies back
    entrada::client client(options);
    bench::require(bench::wait_until([&] { return client.stats().connections_opened == 1; }), "connect");
    const std::uint64_t sent = client.stats().bytes_sent;
    const std::uint64_t requests_size = bench::request_bytes(asked).size() * static_cast<std::uint64_t>(asked.callers);
    std::atomic<int> done{0};
    const auto get = [&] {
        client.async().get("key", {}, [&done](const auto& got) {
            bench::require(got.has_value(), "GET");
            ++done;
        });
    };
    const auto before = bench::memory_now();
    for (int i = 0; i < asked.callers; ++i) get();
    bench::require(bench::wait_until([&] { return client.stats().bytes_sent == sent + requests_size; }), "sending");
    bench::require(done == 0, "keeping replies back");
    bench::print_memory_each(before, asked.callers);
    get(); // the one more request that the server waits for
    bench::require(bench::wait_until([&] { return done == asked.callers + 1; }), "receiving");
}

std::unique_ptr<entrada::client> used_once(const entrada::client_options& options) {
    auto made = std::make_unique<entrada::client>(options);
    bench::require(made->get("key").has_value(), "GET");
    return made;
}

/// As a program with so many connections would do it. A template, because a library that is compared with may not know it yet.
template <class Options>
void share_thread(Options& options) {
    if constexpr (requires { options.io; }) options.io = std::make_shared<typename decltype(options.io)::element_type>();
}

void idle(const bench::workload& asked) {
    auto options = bench::options_of(asked);
    share_thread(options);
    const auto first = used_once(options); // pays for what all share
    const auto before = bench::memory_now();
    std::vector<std::unique_ptr<entrada::client>> clients;
    for (int i = 0; i < asked.callers; ++i) clients.push_back(used_once(options));
    std::this_thread::sleep_for(std::chrono::seconds(3)); // clients look after themselves each second
    bench::print_memory_each(before, asked.callers);
}

} // namespace

int main(int argc, char** argv) {
    const bench::workload asked = bench::parse(argc, argv);
    if (asked.style == "in_flight")
        in_flight(asked);
    else if (asked.style == "idle")
        idle(asked);
    else
        bench::require(false, "style");
}
