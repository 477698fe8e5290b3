// The smallest event loop that hiredis can live with: one connection, one epoll.
// Room: bench.
#pragma once

#include <cstdint>
#include <hiredis/async.h>
#include <sys/epoll.h>
#include <sys/time.h>
#include <unistd.h>

namespace bench {

class hiredis_loop {
public:
    explicit hiredis_loop(redisAsyncContext& served) : context_(served), poller_(::epoll_create1(EPOLL_CLOEXEC)) {
        epoll_event none{};
        ::epoll_ctl(poller_, EPOLL_CTL_ADD, served.c.fd, &none);
        served.ev.data = this;
        served.ev.addRead = [](void* self) { static_cast<hiredis_loop*>(self)->want(EPOLLIN, true); };
        served.ev.delRead = [](void* self) { static_cast<hiredis_loop*>(self)->want(EPOLLIN, false); };
        served.ev.addWrite = [](void* self) { static_cast<hiredis_loop*>(self)->want(EPOLLOUT, true); };
        served.ev.delWrite = [](void* self) { static_cast<hiredis_loop*>(self)->want(EPOLLOUT, false); };
    }
    hiredis_loop(const hiredis_loop&) = delete;
    hiredis_loop& operator=(const hiredis_loop&) = delete;
    ~hiredis_loop() { ::close(poller_); }

    /// Waits for events and lets hiredis handle them.
    void turn() {
        epoll_event ready{};
        if (::epoll_wait(poller_, &ready, 1, 100) != 1) return;
        if ((ready.events & EPOLLIN) != 0) redisAsyncHandleRead(&context_);
        if ((ready.events & EPOLLOUT) != 0) redisAsyncHandleWrite(&context_);
    }

    [[nodiscard]] bool has_unsent() const noexcept { return (wanted_ & EPOLLOUT) != 0; }

private:
    void want(std::uint32_t event, bool on) {
        const std::uint32_t next = on ? wanted_ | event : wanted_ & ~event;
        if (next == wanted_) return;
        wanted_ = next;
        epoll_event changed{};
        changed.events = wanted_;
        ::epoll_ctl(poller_, EPOLL_CTL_MOD, context_.c.fd, &changed);
    }

    redisAsyncContext& context_;
    int poller_;
    std::uint32_t wanted_ = 0;
};

} // namespace bench
