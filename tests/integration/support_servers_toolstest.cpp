// The servers and certificates that other tests stand on, looked at with foreign programs.
#include "support/programs.hpp"
#include "support/redis_server.hpp"
#include "support/test_ca.hpp"

#include <gtest/gtest.h>

namespace entrada::test {
namespace {

program_run redis_cli(std::vector<std::string> arguments) {
    arguments.insert(arguments.begin(), "redis-cli");
    return run_program(std::move(arguments));
}

TEST(redis_server, answers_on_its_port_and_its_socket) {
    ENTRADA_NEEDS_REDIS();
    const redis_server server;
    EXPECT_EQ(redis_cli({"-p", std::to_string(server.port()), "ping"}).out, "PONG\n");
    EXPECT_EQ(redis_cli({"-s", server.socket_path(), "ping"}).out, "PONG\n");
}

TEST(redis_server, speaks_tls_with_a_certificate_that_verifies) {
    ENTRADA_NEEDS_REDIS();
    const test_ca ca;
    const redis_server server({.tls = ca.good(), .users = {}, .config = {}});
    const std::string port = std::to_string(server.tls_port());
    EXPECT_EQ(redis_cli({"-h", "localhost", "-p", port, "--tls", "--cacert", ca.ca_file().string(), "ping"}).out, "PONG\n");
    const test_ca other;
    EXPECT_EQ(redis_cli({"-h", "localhost", "-p", port, "--tls", "--cacert", other.ca_file().string(), "ping"}).status.ok(),
              false);
}

TEST(redis_server, knows_the_users_it_is_given) {
    ENTRADA_NEEDS_REDIS();
    const redis_server server({.tls = {}, .users = {"user default off", "user ann on >secret ~* &* +@all"}, .config = {}});
    const std::string port = std::to_string(server.port());
    EXPECT_EQ(redis_cli({"-p", port, "ping"}).out.substr(0, 6), "NOAUTH");
    EXPECT_EQ(redis_cli({"-p", port, "--user", "ann", "--pass", "secret", "--no-auth-warning", "ping"}).out, "PONG\n");
}

TEST(redis_server, comes_back_empty_on_the_same_port) {
    ENTRADA_NEEDS_REDIS();
    redis_server server;
    const std::string port = std::to_string(server.port());
    EXPECT_EQ(redis_cli({"-p", port, "set", "key", "value"}).out, "OK\n");
    server.kill();
    EXPECT_FALSE(redis_cli({"-p", port, "ping"}).status.ok());
    server.restart();
    EXPECT_EQ(redis_cli({"-p", port, "dbsize"}).out, "0\n");
}

TEST(test_ca, makes_certificates_that_openssl_accepts_or_refuses_as_named) {
    const test_ca ca;
    const auto verify = [&](const server_files& files) {
        return run_program({"openssl", "verify", "-CAfile", ca.ca_file().string(), "-verify_hostname", "localhost",
                            files.certificate.string()})
            .out;
    };
    EXPECT_NE(verify(ca.good()).find(": OK"), std::string::npos) << verify(ca.good());
    EXPECT_NE(verify(ca.wrong_host()).find("ostname mismatch"), std::string::npos) << verify(ca.wrong_host());
    EXPECT_NE(verify(ca.expired()).find("certificate has expired"), std::string::npos) << verify(ca.expired());
    EXPECT_NE(verify(ca.not_yet_valid()).find("certificate is not yet valid"), std::string::npos) << verify(ca.not_yet_valid());
}

} // namespace
} // namespace entrada::test
