// The emulator as users start it, for a test.
// Room: tests.
#pragma once

#include "emulator/child_process.hpp"

#include <boost/json/object.hpp>

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace entrada::test {

/// Runs `entrada emulator --json` with further options. The constructor comes back when it is ready and throws if it is not.
/// Make it in the thread that stays: it dies with the thread that started it.
class emulator_server {
public:
    explicit emulator_server(std::vector<std::string> options = {"--token-lifetime", "5s"});

    /// The line of JSON that it printed when it was ready.
    [[nodiscard]] const boost::json::object& line() const noexcept { return line_; }
    [[nodiscard]] std::uint16_t redis_port() const;
    /// "localhost:port", as Redis__HostName says it.
    [[nodiscard]] std::string host_name() const { return "localhost:" + std::to_string(redis_port()); }
    [[nodiscard]] std::string text(std::string_view name) const;
    [[nodiscard]] std::string ca_file() const { return text("ca_file"); }
    /// What a program needs to use it, and nothing of this process' environment but PATH and HOME; developer tools of
    /// the emulator come first in PATH.
    [[nodiscard]] environment variables() const;
    /// The object id of the managed identity: its user name in Redis.
    [[nodiscard]] std::string user() const;

    /// A token for that user; `kind` is "good" or one of the bad ones that /admin/token knows.
    [[nodiscard]] std::string token(std::string_view kind = "good") const;
    /// "up", "down" or "drop": how the endpoints that issue tokens behave.
    void set_identity(std::string_view state) const;
    /// "kill" or "restart".
    void set_redis(std::string_view state) const;
    /// As `--fault` does; "none" ends all of a source.
    void set_fault(std::string_view source, std::string_view fault, std::string_view value = {},
                   std::optional<unsigned> times = {}) const;
    void clear_faults() const;
    /// Names of all faults that a source can have.
    [[nodiscard]] std::vector<std::string> faults_of(std::string_view source) const;
    void rotate_federated_token() const;
    /// What /health reports.
    [[nodiscard]] boost::json::object health() const;

    [[nodiscard]] emulator::child_process& process() noexcept { return process_; }
    [[nodiscard]] pid_t pid() const noexcept { return process_.pid(); }

private:
    [[nodiscard]] boost::json::object send(std::string_view method, std::string_view path, std::string_view body = {}) const;

    emulator::child_process process_;
    boost::json::object line_;
};

} // namespace entrada::test
