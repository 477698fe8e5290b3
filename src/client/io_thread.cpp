#include "entrada/io_thread.hpp"

#include "client/io_thread_state.hpp"

#include <boost/asio/post.hpp>

#include <pthread.h>

namespace entrada {
namespace asio = boost::asio;
namespace {

// A coroutine that asks again whatever it is told must not keep the thread from ending.
constexpr int last_handlers_max = 1'000'000;

thread_local const detail::home* home_of_this_thread = nullptr;

} // namespace

io_thread::io_thread() : state_(std::make_shared<state>()) {
    state_->thread = std::thread([shared = state_] {
        home_of_this_thread = &shared->here;
        pthread_setname_np(pthread_self(), "entrada-io");
        shared->io.run();
        // What the end has made ready: failures, and the handlers that they were given to.
        shared->io.restart();
        for (int left = last_handlers_max; left != 0 && shared->io.poll_one() != 0; --left) {
        }
    });
}

io_thread::~io_thread() {
    asio::post(state_->io, [&io = state_->io] { io.stop(); });
    if (state_->here.is_here()) {
        state_->thread.detach();
    } else {
        state_->thread.join();
    }
}

bool detail::home::is_here() const noexcept { return home_of_this_thread == this; }

bool detail::home::is_executor(const asio::any_io_executor& other) const noexcept {
    using own = asio::io_context::executor_type;
    const own* const theirs = other.target<own>();
    return theirs != nullptr && *theirs == *executor.target<own>();
}

} // namespace entrada
