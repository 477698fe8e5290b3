// Boost.Redis, compiled where Boost has it (1.84 and later). Style: coroutines, `callers` of them on one thread and one
// connection. Room: bench.
#include "workload.hpp"

#include <boost/asio/awaitable.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/redis/connection.hpp>
#include <boost/redis/src.hpp>

#include <memory>

namespace {

namespace asio = boost::asio;
namespace redis = boost::redis;

asio::awaitable<void> caller(redis::connection& server, const bench::workload& asked, bench::tally& counted, int& running) {
    redis::request request;
    if (asked.is_set())
        request.push("SET", "key", std::string(asked.bytes, 'v'));
    else
        request.push("GET", "key");
    const std::size_t expected = asked.is_set() ? 2 : asked.bytes;
    while (!counted.stopped()) {
        redis::response<std::string> reply;
        const auto began = counted.begin();
        co_await server.async_exec(request, reply, asio::use_awaitable);
        bench::require(std::get<0>(reply).value().size() == expected, "reply");
        counted.end(began);
        counted.add(1);
    }
    if (--running == 0) server.cancel();
}

/// Later releases take no logger here.
template <class Connection>
void start(Connection& server, const redis::config& where) {
    if constexpr (requires { server.async_run(where, asio::detached); })
        server.async_run(where, asio::detached);
    else
        server.async_run(where, redis::logger{redis::logger::level::crit}, asio::detached);
}

void coroutines(const bench::workload& asked, bench::tally& counted) {
    asio::io_context context(1);
    redis::connection server(context);
    redis::config where;
    where.addr = {"127.0.0.1", std::to_string(asked.port)};
    where.health_check_interval = std::chrono::seconds(0);
    where.reconnect_wait_interval = std::chrono::seconds(0);
    start(server, where);
    int running = asked.callers;
    for (int i = 0; i < asked.callers; ++i) asio::co_spawn(context, caller(server, asked, counted, running), asio::detached);
    context.run();
}

} // namespace

int main(int argc, char** argv) {
    const bench::workload asked = bench::parse(argc, argv);
    bench::require(asked.style == "coroutines", "style");
    bench::measure(asked, [&](bench::tally& counted) { coroutines(asked, counted); });
}
