// Entrada through its public calls, with deadlines, credentials and counters as they are by default. Styles: coroutines
// (`callers` of them on the client's executor), leases (the same; replies lie in the client's own memory), elsewhere (coroutines
// on a thread of the application), threads (`callers` with blocking calls on one client), batches (of `callers` commands). Room:
// bench.
#include "entrada_options.hpp"

#include "entrada/client.hpp"

#include <boost/asio/awaitable.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/use_future.hpp>

#include <thread>

namespace {

namespace asio = boost::asio;

asio::awaitable<void> gets(entrada::async_client& client, const bench::workload& asked, bench::tally& counted) {
    while (!counted.stopped()) {
        const auto began = counted.begin();
        auto got = co_await client.get("key");
        bench::require(got && *got && (*got)->size() == asked.bytes, "GET");
        counted.end(began);
        counted.add(1);
    }
}

/// A template, because a library that is compared with may not have the call yet.
template <class Client>
asio::awaitable<void> lease_gets(Client& client, bench::tally& counted) {
    if constexpr (requires { client.get_lease("key"); }) {
        while (!counted.stopped()) {
            const auto began = counted.begin();
            auto got = co_await client.get_lease("key");
            bench::require(got && *got, "GET as a lease");
            counted.end(began);
            counted.add(1);
        }
    } else {
        bench::unsupported("leases");
    }
    co_return;
}

asio::awaitable<void> sets(entrada::async_client& client, const bench::workload& asked, bench::tally& counted) {
    const std::string value(asked.bytes, 'v');
    while (!counted.stopped()) {
        const auto began = counted.begin();
        auto done = co_await client.set("key", value);
        bench::require(done.has_value(), "SET");
        counted.end(began);
        counted.add(1);
    }
}

asio::awaitable<void> caller(entrada::async_client& client, const bench::workload& asked, bench::tally& counted) {
    if (asked.style == "leases") return lease_gets(client, counted);
    return asked.is_set() ? sets(client, asked, counted) : gets(client, asked, counted);
}

void coroutines(entrada::async_client& client, const bench::workload& asked, bench::tally& counted) {
    std::vector<std::future<void>> ends;
    for (int i = 0; i < asked.callers; ++i)
        ends.push_back(asio::co_spawn(client.get_executor(), caller(client, asked, counted), asio::use_future));
    for (auto& end : ends) end.get();
}

void elsewhere(entrada::async_client& client, const bench::workload& asked, bench::tally& counted) {
    asio::io_context application(1);
    std::vector<std::future<void>> ends;
    for (int i = 0; i < asked.callers; ++i)
        ends.push_back(asio::co_spawn(application, caller(client, asked, counted), asio::use_future));
    application.run();
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

void call(entrada::client& client, const bench::workload& asked, bench::tally& counted) {
    if (asked.style == "coroutines" || asked.style == "leases")
        coroutines(client.async(), asked, counted);
    else if (asked.style == "elsewhere")
        elsewhere(client.async(), asked, counted);
    else if (asked.style == "threads")
        threads(client, asked, counted);
    else if (asked.style == "batches")
        batches(client, asked, counted);
    else
        bench::require(false, "style");
}

} // namespace

int main(int argc, char** argv) {
    const bench::workload asked = bench::parse(argc, argv);
    entrada::client client(bench::options_of(asked));
    bench::measure(asked, [&](bench::tally& counted) { call(client, asked, counted); });
    const auto stats = client.stats();
    bench::require(stats.connections_opened == 1 && stats.commands_failed == 0, "staying on one connection");
    if (asked.turns) bench::require(static_cast<double>(stats.reauthentications) + 1 >= asked.seconds, "turning credentials");
}
