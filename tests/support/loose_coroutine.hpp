// A coroutine of no library, for what is to be awaited by any.
// Room: tests.
#pragma once

#include <coroutine>
#include <exception>

namespace entrada::test {

/// Runs at once, belongs to nobody, and goes at its end.
struct loose_coroutine {
    struct promise_type {
        loose_coroutine get_return_object() noexcept { return {}; }
        std::suspend_never initial_suspend() noexcept { return {}; }
        std::suspend_never final_suspend() noexcept { return {}; }
        void return_void() noexcept {}
        [[noreturn]] void unhandled_exception() noexcept { std::terminate(); }
    };
};

} // namespace entrada::test
