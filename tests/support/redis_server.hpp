// A real Redis for a test: on a free port and a unix socket, gone at the end.
// Room: tests.
#pragma once

#include "emulator/redis_process.hpp"
#include "emulator/temporary_directory.hpp"
#include "support/test_ca.hpp"

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace entrada::test {

struct redis_options {
    std::optional<server_files> tls; ///< also listen with TLS, with this certificate
    /// Lines of the ACL, such as "user default off" and "user ann on >secret ~* &* +@all".
    std::vector<std::string> users;
    std::vector<std::string> config; ///< further lines of redis.conf
};

/// The constructor comes back when Redis accepts connections and throws if it does not. Make it in the thread that stays: Redis
/// dies with the thread that started it.
class redis_server {
public:
    /// Neither redis-server nor valkey-server here: the one reason to skip a test, loudly.
    [[nodiscard]] static bool missing();

    explicit redis_server(redis_options options = {});

    [[nodiscard]] std::uint16_t port() const noexcept { return port_; }
    /// 0 without TLS.
    [[nodiscard]] std::uint16_t tls_port() const noexcept { return tls_port_; }
    [[nodiscard]] std::string socket_path() const { return (directory_.path() / "redis.sock").string(); }
    [[nodiscard]] pid_t pid() const { return redis_->process().pid(); }

    /// SIGKILL: connections break, data are lost, the ports are closed.
    void kill();
    /// After `kill`, or instead of it: an empty Redis on the same ports.
    void restart();
    /// SIGSTOP: connections stay and nothing answers, until `resume`.
    void suspend();
    void resume();

private:
    [[nodiscard]] std::string config_text() const;
    void choose_ports();
    [[nodiscard]] result<void> start();

    redis_options options_;
    std::uint16_t port_ = 0;
    std::uint16_t tls_port_ = 0;
    emulator::temporary_directory directory_;
    std::optional<emulator::redis_process> redis_;
};

/// A port on 127.0.0.1 that was free a moment ago.
[[nodiscard]] std::uint16_t free_port();

/// Put first into a test that needs Redis.
#define ENTRADA_NEEDS_REDIS()                                                                                                    \
    if (::entrada::test::redis_server::missing()) GTEST_SKIP() << "SKIPPED: neither redis-server nor valkey-server is in PATH"

} // namespace entrada::test
