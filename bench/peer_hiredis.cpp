// hiredis, three ways: sync (one call after the other; `callers` threads with a connection each), pipeline (batches of `callers`
// commands), async (`callers` requests under way; its own events driven by epoll).
// Room: bench.
#include "workload.hpp"

#include <hiredis/async.h>
#include <hiredis/hiredis.h>

#include <memory>
#include <sys/epoll.h>
#include <sys/time.h>
#include <thread>
#include <unistd.h>

namespace {

struct context_end {
    void operator()(redisContext* gone) const { redisFree(gone); }
};
using context_ptr = std::unique_ptr<redisContext, context_end>;

context_ptr connect(const bench::workload& asked) {
    context_ptr made(redisConnect("127.0.0.1", asked.port));
    bench::require(made && made->err == 0, "connect");
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
        for (int i = 0; i < size; ++i) append(asked, *server, value);
        for (int i = 0; i < size; ++i) take_reply(asked, *server);
        counted.add_shared(static_cast<std::uint64_t>(size));
    }
}

void threads(const bench::workload& asked, bench::tally& counted) {
    std::vector<std::jthread> running;
    for (int i = 0; i < asked.callers; ++i) running.emplace_back([&] { batches(asked, 1, counted); });
}

/// The smallest event loop that hiredis can live with.
struct event_loop {
    explicit event_loop(redisAsyncContext& served) : context(served) {
        poller = ::epoll_create1(EPOLL_CLOEXEC);
        epoll_event none{};
        ::epoll_ctl(poller, EPOLL_CTL_ADD, served.c.fd, &none);
        served.ev.data = this;
        served.ev.addRead = [](void* self) { static_cast<event_loop*>(self)->want(EPOLLIN, true); };
        served.ev.delRead = [](void* self) { static_cast<event_loop*>(self)->want(EPOLLIN, false); };
        served.ev.addWrite = [](void* self) { static_cast<event_loop*>(self)->want(EPOLLOUT, true); };
        served.ev.delWrite = [](void* self) { static_cast<event_loop*>(self)->want(EPOLLOUT, false); };
    }
    ~event_loop() { ::close(poller); }

    void want(std::uint32_t event, bool on) {
        const std::uint32_t next = on ? wanted | event : wanted & ~event;
        if (next == wanted) return;
        wanted = next;
        epoll_event changed{};
        changed.events = wanted;
        ::epoll_ctl(poller, EPOLL_CTL_MOD, context.c.fd, &changed);
    }

    void turn() {
        epoll_event ready{};
        if (::epoll_wait(poller, &ready, 1, 100) != 1) return;
        if ((ready.events & EPOLLIN) != 0) redisAsyncHandleRead(&context);
        if ((ready.events & EPOLLOUT) != 0) redisAsyncHandleWrite(&context);
    }

    redisAsyncContext& context;
    int poller = -1;
    std::uint32_t wanted = 0;
};

struct asynchronous {
    const bench::workload& asked;
    bench::tally& counted;
    std::string value;
    int under_way = 0;

    void send(redisAsyncContext* server) {
        if (counted.stopped()) return;
        ++under_way;
        if (asked.is_set())
            redisAsyncCommand(server, on_reply, this, "SET key %b", value.data(), value.size());
        else
            redisAsyncCommand(server, on_reply, this, "GET key");
    }

    static void on_reply(redisAsyncContext* server, void* reply, void* self) {
        auto& own = *static_cast<asynchronous*>(self);
        --own.under_way;
        check(own.asked, static_cast<redisReply*>(reply));
        own.counted.add(1);
        own.send(server);
    }
};

void callbacks(const bench::workload& asked, bench::tally& counted) {
    redisAsyncContext* server = redisAsyncConnect("127.0.0.1", asked.port);
    bench::require(server != nullptr && server->err == 0, "connect");
    event_loop events(*server);
    asynchronous calls{asked, counted, std::string(asked.bytes, 'v')};
    for (int i = 0; i < asked.callers; ++i) calls.send(server);
    while (calls.under_way != 0) events.turn();
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
