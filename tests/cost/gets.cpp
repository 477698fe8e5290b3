// Makes so many GETs by 64 coroutines, for counting instructions. Usage: cost_gets PORT COUNT loose|asio
#include "support/loose_coroutine.hpp"

#include "entrada/client.hpp"

#include <boost/asio/awaitable.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>

#include <cstdlib>
#include <latch>
#include <string_view>

namespace asio = boost::asio;

namespace {

template <class Coroutine>
Coroutine gets(entrada::async_client& redis, int count, std::latch& running) {
    for (int i = 0; i < count; ++i) {
        const auto got = co_await redis.get("key");
        if (!got || !*got) std::abort();
    }
    running.count_down();
}

} // namespace

int main(int argc, char** argv) {
    if (argc != 4) return 2;
    entrada::client_options options;
    options.host = "127.0.0.1";
    options.port = static_cast<std::uint16_t>(std::atoi(argv[1]));
    options.tls.enabled = false;
    options.command_timeout = std::chrono::minutes(1);
    entrada::client redis(options);
    if (!redis.set("key", std::string(100, 'v'))) return 1;
    constexpr int callers = 64;
    const int each = std::atoi(argv[2]) / callers;
    std::latch running(callers);
    for (int i = 0; i < callers; ++i) {
        if (argv[3] == std::string_view("asio")) {
            asio::co_spawn(redis.async().get_executor(), gets<asio::awaitable<void>>(redis.async(), each, running),
                           asio::detached);
        } else {
            gets<entrada::test::loose_coroutine>(redis.async(), each, running);
        }
    }
    running.wait();
}
