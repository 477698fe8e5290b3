// hiredis, three ways: sync (one call after the other; `callers` threads with a connection each), pipeline (batches of `callers`
// commands), async (`callers` requests under way; its own events driven by epoll).
// Room: bench.
#include "hiredis_loop.hpp"
#include "workload.hpp"

#include <hiredis/hiredis.h>

#include <memory>
#include <thread>
#include <vector>

namespace {

struct context_end {
    void operator()(redisContext* gone) const { redisFree(gone); }
};
using context_ptr = std::unique_ptr<redisContext, context_end>;

context_ptr connect(const bench::workload& asked) {
    context_ptr made(redisConnect("127.0.0.1", asked.port));
    bench::require(made && made->err == 0, "connect");
    made->reader->maxbuf = 0; // keeps its buffer for large values instead of allocating it anew each time
    return made;
}

void check(const bench::workload& asked, const redisReply* reply) {
    bench::require(reply != nullptr && reply->len == (asked.is_set() ? 2 : static_cast<decltype(reply->len)>(asked.bytes)),
                   "reply");
}

void take_reply(const bench::workload& asked, redisContext& server) {
    void* reply = nullptr;
    bench::require(redisGetReply(&server, &reply) == REDIS_OK, "command");
    check(asked, static_cast<redisReply*>(reply));
    freeReplyObject(reply);
}

void append(const bench::workload& asked, redisContext& server, const std::string& value) {
    if (asked.is_set())
        redisAppendCommand(&server, "SET key %b", value.data(), value.size());
    else
        redisAppendCommand(&server, "GET key");
}

void batches(const bench::workload& asked, int size, bench::tally& counted) {
    const context_ptr server = connect(asked);
    const std::string value(asked.bytes, 'v');
    while (!counted.stopped()) {
        const auto began = counted.begin();
        for (int i = 0; i < size; ++i) append(asked, *server, value);
        for (int i = 0; i < size; ++i) take_reply(asked, *server);
        counted.end(began);
        counted.add_shared(static_cast<std::uint64_t>(size));
    }
}

void threads(const bench::workload& asked, bench::tally& counted) {
    std::vector<std::jthread> running;
    for (int i = 0; i < asked.callers; ++i) running.emplace_back([&] { batches(asked, 1, counted); });
}

/// One of the callers under way.
struct caller {
    const bench::workload& asked;
    bench::tally& counted;
    const std::string& value;
    int& under_way;
    bench::clock::time_point began;

    void send(redisAsyncContext* server) {
        if (counted.stopped()) return;
        ++under_way;
        began = counted.begin();
        if (asked.is_set())
            redisAsyncCommand(server, on_reply, this, "SET key %b", value.data(), value.size());
        else
            redisAsyncCommand(server, on_reply, this, "GET key");
    }

    static void on_reply(redisAsyncContext* server, void* reply, void* self) {
        auto& own = *static_cast<caller*>(self);
        --own.under_way;
        check(own.asked, static_cast<redisReply*>(reply));
        own.counted.end(own.began);
        own.counted.add(1);
        own.send(server);
    }
};

void callbacks(const bench::workload& asked, bench::tally& counted) {
    redisAsyncContext* server = redisAsyncConnect("127.0.0.1", asked.port);
    bench::require(server != nullptr && server->err == 0, "connect");
    server->c.reader->maxbuf = 0;
    bench::hiredis_loop events(*server);
    const std::string value(asked.bytes, 'v');
    int under_way = 0;
    std::vector<caller> callers(static_cast<std::size_t>(asked.callers), {asked, counted, value, under_way, {}});
    for (caller& one : callers) one.send(server);
    while (under_way != 0) events.turn();
    server->ev = {};
    redisAsyncFree(server);
}

} // namespace

int main(int argc, char** argv) {
    const bench::workload asked = bench::parse(argc, argv);
    bench::measure(asked, [&](bench::tally& counted) {
        if (asked.style == "sync")
            threads(asked, counted);
        else if (asked.style == "pipeline")
            batches(asked, asked.callers, counted);
        else if (asked.style == "async")
            callbacks(asked, counted);
        else
            bench::require(false, "style");
    });
}
