// Memory of hiredis, measured as that of Entrada is: see memory_entrada.cpp.
// Room: bench.
#include "hiredis_loop.hpp"
#include "memory.hpp"
#include "workload.hpp"

#include <hiredis/hiredis.h>

#include <vector>

namespace {

constexpr int written_at_once = 256; // it moves all unsent bytes with each write: few of them

void in_flight(const bench::workload& asked) {
    redisAsyncContext* server = redisAsyncConnect("127.0.0.1", asked.port);
    bench::require(server != nullptr && server->err == 0, "connect");
    bench::hiredis_loop events(*server);
    int done = 0;
    const auto on_reply = [](redisAsyncContext*, void* reply, void* count) {
        bench::require(reply != nullptr, "GET");
        ++*static_cast<int*>(count);
    };
    const auto before = bench::memory_now();
    for (int i = 0; i < asked.callers; ++i) {
        redisAsyncCommand(server, on_reply, &done, "GET key");
        if (i % written_at_once == 0)
            while (events.has_unsent()) events.turn();
    }
    while (events.has_unsent()) events.turn();
    bench::require(done == 0, "keeping replies back");
    bench::print_memory_each(before, asked.callers);
    redisAsyncCommand(server, on_reply, &done, "GET key");
    while (done <= asked.callers) events.turn();
    server->ev = {};
    redisAsyncFree(server);
}

redisContext* used_once(const bench::workload& asked) {
    redisContext* made = redisConnect("127.0.0.1", asked.port);
    bench::require(made != nullptr && made->err == 0, "connect");
    void* reply = redisCommand(made, "GET key");
    bench::require(reply != nullptr, "GET");
    freeReplyObject(reply);
    return made;
}

void idle(const bench::workload& asked) {
    redisContext* first = used_once(asked);
    const auto before = bench::memory_now();
    std::vector<redisContext*> all;
    for (int i = 0; i < asked.callers; ++i) all.push_back(used_once(asked));
    bench::print_memory_each(before, asked.callers);
    for (redisContext* one : all) redisFree(one);
    redisFree(first);
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
