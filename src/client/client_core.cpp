#include "entrada/detail/client_core.hpp"

#include "conn/connection.hpp"

#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/post.hpp>

#include <pthread.h>
#include <thread>

namespace entrada::detail {
namespace asio = boost::asio;
namespace {

thread_local const void* io_of_this_thread = nullptr;

} // namespace

/// Held by the client and by its thread, so that either may end first.
struct client_core::machinery {
    explicit machinery(client_options options) : connection(std::make_shared<conn::connection>(io, std::move(options))) {}

    asio::io_context io{1};
    asio::executor_work_guard<asio::io_context::executor_type> work = asio::make_work_guard(io);
    std::shared_ptr<conn::connection> connection;
    std::thread thread;
};

client_core::client_core(client_options options)
    : machinery_(std::make_shared<machinery>(std::move(options))), executor_(machinery_->io.get_executor()) {
    machinery_->connection->start();
    machinery_->thread = std::thread([shared = machinery_] {
        io_of_this_thread = shared.get();
        pthread_setname_np(pthread_self(), "entrada-io");
        shared->io.run();
    });
}

client_core::~client_core() {
    stop();
    // After what stop() has set going: first the failures, then the handlers that they posted, then the end.
    asio::io_context& io = machinery_->io;
    asio::post(io, [&io] { asio::post(io, [&io] { asio::post(io, [&io] { io.stop(); }); }); });
    if (on_io_thread()) {
        machinery_->thread.detach();
    } else {
        machinery_->thread.join();
    }
}

const client_options& client_core::options() const noexcept { return machinery_->connection->options(); }
client_stats client_core::stats() const noexcept { return machinery_->connection->stats(); }
bool client_core::on_io_thread() const noexcept { return runs_on_this_thread(io_identity()); }
bool runs_on_this_thread(const void* io_identity) noexcept { return io_of_this_thread == io_identity; }
void client_core::submit(request& added) { machinery_->connection->submit(added); }
void client_core::submit_and_wait(request& added, std::atomic<int>& finished) {
    machinery_->connection->submit_and_wait(added, finished);
}
void client_core::cancel(const request& gone) { machinery_->connection->cancel(gone); }
void client_core::stop() noexcept { machinery_->connection->stop(); }

} // namespace entrada::detail
