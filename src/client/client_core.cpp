#include "entrada/detail/client_core.hpp"

#include "client/io_thread_state.hpp"
#include "conn/connection.hpp"

namespace entrada::detail {
namespace {

std::shared_ptr<io_thread> thread_of(client_options& options) {
    // Taken out: a connection that held its own thread would never let it end.
    auto shared = std::exchange(options.io, nullptr);
    return shared ? std::move(shared) : std::make_shared<io_thread>();
}

} // namespace

client_core::client_core(client_options options)
    : thread_(thread_of(options)), home_(&thread_->state_->here),
      connection_(std::make_shared<conn::connection>(thread_->state_->io, std::move(options))),
      command_timeout_(connection_->options().command_timeout) {
    connection_->start();
}

client_core::~client_core() { stop(); }

const client_options& client_core::options() const noexcept { return connection_->options(); }
client_stats client_core::stats() const noexcept { return connection_->stats(); }
void client_core::submit(request& added) { connection_->submit(added); }
void client_core::submit_and_wait(request& added, conn::waiter& waiting, const std::stop_token& stop) {
    connection_->submit_and_wait(added, waiting, stop);
}
void client_core::cancel(std::uint64_t serial) { connection_->cancel(serial); }
conn::bell& client_core::callers_bell() noexcept { return connection_->callers_bell(); }
bool client_core::is_inside() const noexcept { return home_->is_here() || connection_->is_driven_here(); }

void client_core::stop() noexcept {
    if (is_inside()) {
        connection_->stop();
    } else {
        connection_->stop_and_wait();
    }
}

} // namespace entrada::detail
