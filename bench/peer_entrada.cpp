// Entrada through its public calls, with deadlines, credentials and counters as they are by default. Styles: coroutines
// (`callers` of them, of no library), leases (the same; replies lie in the client's own memory), asio (coroutines of Asio on the
// client's executor), elsewhere (the same on a thread of the application), threads (`callers` with blocking calls on one client),
// batches (of `callers` commands). Room: bench.
#include "entrada_options.hpp"

#include "support/loose_coroutine.hpp"

#include "entrada/client.hpp"

#include <boost/asio/awaitable.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/io_context.hpp>

#include <latch>
#include <thread>

namespace {

namespace asio = boost::asio;

// Templates over the client, because a library that is compared with may not have all calls yet.

template <class Coroutine, class Client>
Coroutine gets(Client& client, const bench::workload& asked, bench::tally& counted, std::latch& running) {
    while (!counted.stopped()) {
        const auto began = counted.begin();
        auto got = co_await client.get("key");
        bench::require(got && *got && (*got)->size() == asked.bytes, "GET");
        counted.end(began);
        counted.add(1);
    }
    running.count_down();
}

template <class Coroutine, class Client>
Coroutine lease_gets(Client& client, const bench::workload& asked, bench::tally& counted, std::latch& running) {
    while (!counted.stopped()) {
        const auto began = counted.begin();
        auto got = co_await client.get_lease("key");
        bench::require(got && *got && (*got)->view().size() == asked.bytes, "GET as a lease");
        counted.end(began);
        counted.add(1);
    }
    running.count_down();
}

template <class Coroutine, class Client>
Coroutine sets(Client& client, const bench::workload& asked, bench::tally& counted, std::latch& running) {
    const std::string value(asked.bytes, 'v');
    while (!counted.stopped()) {
        const auto began = counted.begin();
        auto done = co_await client.set("key", value);
        bench::require(done.has_value(), "SET");
        counted.end(began);
        counted.add(1);
    }
    running.count_down();
}

template <class Coroutine, class Client>
Coroutine calls(Client& client, const bench::workload& asked, bench::tally& counted, std::latch& running) {
    if (asked.style == "leases") return lease_gets<Coroutine>(client, asked, counted, running);
    return asked.is_set() ? sets<Coroutine>(client, asked, counted, running) : gets<Coroutine>(client, asked, counted, running);
}

template <class Executor>
void asio_coroutines(Executor&& executor, entrada::async_client& client, const bench::workload& asked, bench::tally& counted,
                     std::latch& running) {
    for (int i = 0; i < asked.callers; ++i)
        asio::co_spawn(executor, calls<asio::awaitable<void>>(client, asked, counted, running), asio::detached);
}

/// Where the library can be awaited by Asio's coroutines only, those.
template <class Client>
void coroutines(Client& client, const bench::workload& asked, bench::tally& counted, std::latch& running) {
    if constexpr (requires { client.get("key").operator co_await(); }) {
        for (int i = 0; i < asked.callers; ++i) calls<entrada::test::loose_coroutine>(client, asked, counted, running);
    } else {
        asio_coroutines(client.get_executor(), client, asked, counted, running);
    }
    running.wait();
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
    std::latch running(asked.callers);
    if (asked.style == "coroutines" || asked.style == "leases") {
        coroutines(client.async(), asked, counted, running);
    } else if (asked.style == "asio") {
        asio_coroutines(client.async().get_executor(), client.async(), asked, counted, running);
        running.wait();
    } else if (asked.style == "elsewhere") {
        asio::io_context application(1);
        asio_coroutines(application, client.async(), asked, counted, running);
        application.run();
    } else if (asked.style == "threads") {
        threads(client, asked, counted);
    } else if (asked.style == "batches") {
        batches(client, asked, counted);
    } else {
        bench::require(false, "style");
    }
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
