// Entrada through its public calls, with deadlines, credentials and counters as they are by default. Styles: coroutines
// (`callers` of them on the client's executor), threads (`callers` with blocking calls on one client), batches (of `callers`
// commands). Room: bench.
#include "workload.hpp"

#include "entrada/client.hpp"

#include <boost/asio/awaitable.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/use_future.hpp>

#include <thread>

namespace {

namespace asio = boost::asio;
using clock_type = std::chrono::steady_clock;

std::uint32_t nanoseconds_since(clock_type::time_point began) {
    return static_cast<std::uint32_t>(std::chrono::duration_cast<std::chrono::nanoseconds>(clock_type::now() - began).count());
}

entrada::client_options options_of(const bench::workload& asked) {
    entrada::client_options options;
    options.host = "localhost";
    options.port = asked.port;
    options.tls.enabled = !asked.ca_file.empty();
    options.tls.ca_file = asked.ca_file;
    if (asked.polling) options.polling = std::chrono::microseconds(100);
    options.credentials = entrada::make_static_credentials("user", entrada::secret_string("password"));
    return options;
}

asio::awaitable<void> gets(entrada::async_client& client, const bench::workload& asked, bench::tally& counted) {
    while (!counted.stopped()) {
        const auto began = asked.latency ? clock_type::now() : clock_type::time_point();
        auto got = co_await client.get("key");
        bench::require(got && *got && (*got)->size() == asked.bytes, "GET");
        if (asked.latency) counted.latencies_ns.push_back(nanoseconds_since(began));
        counted.add(1);
    }
}

asio::awaitable<void> leases(entrada::async_client& client, const bench::workload& asked, bench::tally& counted) {
    while (!counted.stopped()) {
        auto got = co_await client.get_lease("key");
        bench::require(got && *got && (*got)->view().size() == asked.bytes, "GET");
        counted.add(1);
    }
}

asio::awaitable<void> sets(entrada::async_client& client, const bench::workload& asked, bench::tally& counted) {
    const std::string value(asked.bytes, 'v');
    while (!counted.stopped()) {
        auto done = co_await client.set("key", value);
        bench::require(done.has_value(), "SET");
        counted.add(1);
    }
}

void coroutines(entrada::client& client, const bench::workload& asked, bench::tally& counted) {
    std::vector<std::future<void>> ends;
    auto& calls = client.async();
    for (int i = 0; i < asked.callers; ++i)
        ends.push_back(asio::co_spawn(calls.get_executor(),
                                      asked.style == "leases" ? leases(calls, asked, counted)
                                      : asked.is_set()        ? sets(calls, asked, counted)
                                                              : gets(calls, asked, counted),
                                      asio::use_future));
    for (auto& end : ends) end.get();
}

void threads(entrada::client& client, const bench::workload& asked, bench::tally& counted) {
    std::vector<std::jthread> running;
    for (int i = 0; i < asked.callers; ++i)
        running.emplace_back([&] {
            while (!counted.stopped()) {
                const auto got = client.get("key");
                bench::require(got && *got && (*got)->size() == asked.bytes, "GET");
                counted.add_shared(1);
            }
        });
}

void batches(entrada::client& client, const bench::workload& asked, bench::tally& counted) {
    entrada::batch all;
    for (int i = 0; i < asked.callers; ++i) all.add(entrada::command("GET", "key"));
    while (!counted.stopped()) {
        const auto got = client.exec(all);
        bench::require(got && got->back() && got->back()->root().text().size() == asked.bytes, "batch");
        counted.add(static_cast<std::uint64_t>(asked.callers));
    }
}

} // namespace

int main(int argc, char** argv) {
    const bench::workload asked = bench::parse(argc, argv);
    entrada::client client(options_of(asked));
    bench::measure(asked, [&](bench::tally& counted) {
        if (asked.style == "coroutines" || asked.style == "leases")
            coroutines(client, asked, counted);
        else if (asked.style == "threads")
            threads(client, asked, counted);
        else if (asked.style == "batches")
            batches(client, asked, counted);
        else
            bench::require(false, "style");
    });
}
