#include "entrada/async_client.hpp"

namespace entrada {

async_client::async_client(client_options options) : core_(std::make_shared<detail::client_core>(std::move(options))) {}

boost::asio::any_io_executor async_client::get_executor() const noexcept { return core_->io().executor; }
const client_options& async_client::options() const noexcept { return core_->options(); }
client_stats async_client::stats() const noexcept { return core_->stats(); }
void async_client::stop() noexcept { core_->stop(); }

} // namespace entrada
