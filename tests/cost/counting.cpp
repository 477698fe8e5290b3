#include "cost/counting.hpp"

#include <atomic>
#include <cstdarg>
#include <cstdlib>
#include <dlfcn.h>
#include <new>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

namespace {

std::atomic<std::uint64_t> allocations{0};
std::atomic<std::uint64_t> system_calls{0};

template <class Function>
Function* real(const char* name) {
    ++system_calls;
    return reinterpret_cast<Function*>(::dlsym(RTLD_NEXT, name));
}

} // namespace

namespace entrada::test {

costs costs_so_far() noexcept { return {allocations.load(), system_calls.load()}; }

} // namespace entrada::test

void* operator new(std::size_t size) {
    ++allocations;
    if (void* made = std::malloc(size)) return made;
    throw std::bad_alloc();
}
void operator delete(void* gone) noexcept { std::free(gone); }
void operator delete(void* gone, std::size_t) noexcept { std::free(gone); }

// The C library's functions are found here first, by this program and by its shared libraries.
extern "C" {

ssize_t send(int socket, const void* bytes, size_t size, int flags) {
    static auto* const original = real<ssize_t(int, const void*, size_t, int)>("send");
    ++system_calls;
    return original(socket, bytes, size, flags);
}

ssize_t recv(int socket, void* bytes, size_t size, int flags) {
    static auto* const original = real<ssize_t(int, void*, size_t, int)>("recv");
    ++system_calls;
    return original(socket, bytes, size, flags);
}

ssize_t read(int file, void* bytes, size_t size) {
    static auto* const original = real<ssize_t(int, void*, size_t)>("read");
    ++system_calls;
    return original(file, bytes, size);
}

ssize_t write(int file, const void* bytes, size_t size) {
    static auto* const original = real<ssize_t(int, const void*, size_t)>("write");
    ++system_calls;
    return original(file, bytes, size);
}

int epoll_wait(int poller, epoll_event* events, int count, int timeout) {
    static auto* const original = real<int(int, epoll_event*, int, int)>("epoll_wait");
    ++system_calls;
    return original(poller, events, count, timeout);
}

int epoll_ctl(int poller, int what, int file, epoll_event* event) noexcept {
    static auto* const original = real<int(int, int, int, epoll_event*)>("epoll_ctl");
    ++system_calls;
    return original(poller, what, file, event);
}

/// Futexes.
long syscall(long number, ...) noexcept {
    static auto* const original = real<long(long, long, long, long, long, long, long)>("syscall");
    ++system_calls;
    va_list list;
    va_start(list, number);
    long arguments[6];
    for (long& one : arguments) one = va_arg(list, long);
    va_end(list);
    return original(number, arguments[0], arguments[1], arguments[2], arguments[3], arguments[4], arguments[5]);
}
}
