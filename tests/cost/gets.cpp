// Makes so many GETs by 64 coroutines, for counting instructions. Usage: cost_gets PORT COUNT
#include "entrada/client.hpp"

#include <boost/asio/awaitable.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/use_future.hpp>

#include <cstdlib>

namespace asio = boost::asio;

namespace {

asio::awaitable<void> gets(entrada::async_client& redis, int count) {
    for (int i = 0; i < count; ++i)
        if (!(co_await redis.get("key")).value()) throw std::logic_error("the key is missing");
}

} // namespace

int main(int argc, char** argv) {
    if (argc != 3) return 2;
    entrada::client_options options;
    options.host = "127.0.0.1";
    options.port = static_cast<std::uint16_t>(std::atoi(argv[1]));
    options.tls.enabled = false;
    options.command_timeout = std::chrono::minutes(1);
    entrada::client redis(options);
    if (!redis.set("key", std::string(100, 'v'))) return 1;
    std::vector<std::future<void>> ends;
    constexpr int callers = 64;
    for (int i = 0; i < callers; ++i)
        ends.push_back(
            asio::co_spawn(redis.async().get_executor(), gets(redis.async(), std::atoi(argv[2]) / callers), asio::use_future));
    for (auto& end : ends) end.get();
}
