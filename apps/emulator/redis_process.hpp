// A real Redis as our child.
// Room: emulator.
#pragma once

#include "emulator/child_process.hpp"

namespace entrada::emulator {

/// Where redis-server, or else valkey-server, lies in PATH. Errors: `errc::file_unreadable`; the detail names the packages.
[[nodiscard]] result<std::filesystem::path> find_redis_server(const environment& variables);

/// A redis-server that dies with us. Its settings go in through stdin: nothing secret is in its argv or in a file.
///
/// Thread safety: one thread at a time.
class redis_process {
public:
    /// Starts it and comes back at once; `wait_until_ready` tells when it serves.
    /// `config` is the text of a redis.conf; what keeps it in the foreground and off the disk is added to it.
    [[nodiscard]] static result<redis_process> start(const std::filesystem::path& program, const std::filesystem::path& directory,
                                                     std::string_view config);

    /// Blocks until it accepts connections.
    /// Errors: `errc::timeout`, `errc::connect_failed` if it ended; the detail has its last words.
    [[nodiscard]] result<void> wait_until_ready(child_process::time_point deadline);

    [[nodiscard]] child_process& process() noexcept { return process_; }
    [[nodiscard]] const child_process& process() const noexcept { return process_; }
    /// As it says itself, such as "7.0.15"; empty before it is ready.
    [[nodiscard]] const std::string& version() const noexcept { return version_; }

private:
    explicit redis_process(child_process process) : process_(std::move(process)) {}

    child_process process_;
    std::string version_;
};

} // namespace entrada::emulator
