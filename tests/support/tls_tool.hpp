// `openssl s_client` as a Redis client that does exactly what a test tells it, and nothing else.
// Room: tests.
#pragma once

#include "emulator/child_process.hpp"
#include "support/emulator_server.hpp"

#include <string>
#include <vector>

namespace entrada::test {

/// A command as RESP sends it.
[[nodiscard]] std::string resp_command(const std::vector<std::string>& arguments);

/// One TLS connection whose certificate was verified.
class tls_tool {
public:
    explicit tls_tool(const emulator_server& server);

    void send_bytes(std::string_view bytes);
    void send(const std::vector<std::string>& arguments) { send_bytes(resp_command(arguments)); }
    /// The next line of what the server says, without its end; throws if none comes within ten seconds.
    [[nodiscard]] std::string line();
    [[nodiscard]] std::string ask(const std::vector<std::string>& arguments);

    /// True: the server has closed the connection. Comes back early when it does.
    [[nodiscard]] bool ends_by(std::chrono::system_clock::time_point moment);

private:
    emulator::child_process process_;
};

} // namespace entrada::test
