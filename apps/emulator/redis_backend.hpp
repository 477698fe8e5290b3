// The Redis behind the front: its users, its rules, its life and death.
// Room: emulator.
#pragma once

#include "emulator/redis_process.hpp"
#include "entrada/log.hpp"
#include "entrada/secret_string.hpp"

#include <boost/asio/io_context.hpp>
#include <boost/asio/posix/stream_descriptor.hpp>

#include <deque>
#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace entrada::emulator {

struct redis_backend_options {
    std::filesystem::path program;
    std::filesystem::path directory; ///< where the unix socket lies
    std::vector<std::string> users;  ///< object ids
    secret_string password;          ///< of each of them; only the front knows it
    log_sink log;
};

/// The text of a redis.conf with those users, nobody else, and the commands that Azure Managed Redis blocks taken away.
/// Source: https://learn.microsoft.com/azure/redis/development-faq and Redis Enterprise's command compatibility tables.
[[nodiscard]] std::string backend_config(const redis_backend_options& options);

/// A redis-server reachable by its unix socket alone. Says in the log when it dies without being told to.
///
/// Thread safety: the loop's thread, which also starts it.
class redis_backend {
public:
    redis_backend(boost::asio::io_context& loop, redis_backend_options options);

    [[nodiscard]] std::filesystem::path socket_path() const { return options_.directory / "redis.sock"; }

    /// Starts it and comes back at once.
    [[nodiscard]] result<void> launch();
    /// Blocks; then watches over it. Errors: as `redis_process::wait_until_ready`.
    [[nodiscard]] result<void> wait_until_ready(child_process::time_point deadline);

    /// SIGKILL, as a crash. It stays down until `restart`.
    void kill();
    /// A new one without the data of the old. Blocks until it is ready: nobody can be served meanwhile anyway.
    [[nodiscard]] result<void> restart();

    [[nodiscard]] bool is_up() const noexcept { return up_; }
    [[nodiscard]] const std::string& version() const noexcept { return version_; }

private:
    struct watch;
    void start_watching();
    void read_log(std::shared_ptr<watch> one);
    void await_end(std::shared_ptr<watch> one);

    boost::asio::io_context& loop_;
    redis_backend_options options_;
    std::optional<redis_process> redis_;
    std::shared_ptr<watch> watch_;
    std::string version_;
    bool up_ = false;
};

} // namespace entrada::emulator
