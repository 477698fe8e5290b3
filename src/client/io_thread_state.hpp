// What an I/O thread runs.
// Room: client.
#pragma once

#include "entrada/detail/client_core.hpp"
#include "entrada/io_thread.hpp"

#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/io_context.hpp>

#include <thread>

namespace entrada {

/// Held by the object and by its thread, so that either may end first.
struct io_thread::state {
    boost::asio::io_context io{1};
    boost::asio::executor_work_guard<boost::asio::io_context::executor_type> work = boost::asio::make_work_guard(io);
    const detail::home here{io.get_executor()};
    std::thread thread;
};

} // namespace entrada
