#include "entrada/detail/client_core.hpp"

#include "conn/connection.hpp"

#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/post.hpp>

#include <pthread.h>
#include <thread>

namespace entrada::detail {
namespace asio = boost::asio;
namespace {

// A coroutine that asks again whatever it is told must not keep the thread from ending.
constexpr int last_handlers_max = 1'000'000;

thread_local const home* home_of_this_thread = nullptr;

} // namespace

/// Held by the client and by its thread, so that either may end first.
struct client_core::machinery {
    explicit machinery(client_options options) : connection(std::make_shared<conn::connection>(io, std::move(options))) {}

    asio::io_context io{1};
    asio::executor_work_guard<asio::io_context::executor_type> work = asio::make_work_guard(io);
    const home here{io.get_executor()};
    std::shared_ptr<conn::connection> connection;
    std::thread thread;
};

client_core::client_core(client_options options)
    : machinery_(std::make_shared<machinery>(std::move(options))), home_(&machinery_->here),
      command_timeout_(machinery_->connection->options().command_timeout) {
    machinery_->connection->start();
    machinery_->thread = std::thread([shared = machinery_] {
        home_of_this_thread = &shared->here;
        pthread_setname_np(pthread_self(), "entrada-io");
        shared->io.run();
        // What the end has made ready: failures, and the handlers that they were given to.
        shared->io.restart();
        for (int left = last_handlers_max; left != 0 && shared->io.poll_one() != 0; --left) {
        }
    });
}

bool home::is_here() const noexcept { return home_of_this_thread == this; }

bool home::is_executor(const asio::any_io_executor& other) const noexcept {
    using own = asio::io_context::executor_type;
    const own* const theirs = other.target<own>();
    return theirs != nullptr && *theirs == *executor.target<own>();
}

client_core::~client_core() {
    stop();
    asio::post(machinery_->io, [&io = machinery_->io] { io.stop(); });
    if (home_->is_here()) {
        machinery_->thread.detach();
    } else {
        machinery_->thread.join();
    }
}

const client_options& client_core::options() const noexcept { return machinery_->connection->options(); }
client_stats client_core::stats() const noexcept { return machinery_->connection->stats(); }
void client_core::submit(request& added) { machinery_->connection->submit(added); }
void client_core::submit_and_wait(request& added, std::atomic<std::uint32_t>& finished, const std::stop_token& stop) {
    machinery_->connection->submit_and_wait(added, finished, stop);
}
void client_core::cancel(std::uint64_t serial) { machinery_->connection->cancel(serial); }
bool client_core::is_inside() const noexcept { return home_->is_here() || machinery_->connection->is_driven_here(); }
void client_core::stop() noexcept { machinery_->connection->stop(); }

} // namespace entrada::detail
