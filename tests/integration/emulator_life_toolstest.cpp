// How the emulator starts, ends, and what it leaves behind: nothing.
#include "support/emulator_server.hpp"
#include "support/programs.hpp"
#include "support/redis_server.hpp"

#include <boost/json/array.hpp>
#include <boost/json/parse.hpp>
#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <sstream>

#include <fcntl.h>
#include <poll.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

namespace entrada::test {
namespace {

using namespace std::chrono_literals;
namespace fs = std::filesystem;

class emulator_life : public testing::Test {
protected:
    void SetUp() override { ENTRADA_NEEDS_REDIS(); }
};

std::vector<pid_t> children_of(pid_t pid) {
    std::ifstream file("/proc/" + std::to_string(pid) + "/task/" + std::to_string(pid) + "/children");
    std::vector<pid_t> children;
    for (pid_t child = 0; file >> child;) children.push_back(child);
    return children;
}

/// Sees the end of a process that is not our child.
class watcher {
public:
    explicit watcher(pid_t pid) : fd_(static_cast<int>(::syscall(SYS_pidfd_open, pid, 0))) {}
    ~watcher() { ::close(fd_); }
    watcher(const watcher&) = delete;
    watcher& operator=(const watcher&) = delete;
    [[nodiscard]] bool ended_within(std::chrono::milliseconds time) const {
        pollfd watched{fd_, POLLIN, 0};
        return ::poll(&watched, 1, static_cast<int>(time.count())) == 1;
    }

private:
    int fd_;
};

/// Runs `entrada emulator -- sh -c script`.
program_run run_command(const std::string& script, std::vector<std::string> options = {}) {
    std::vector<std::string> argv{ENTRADA_PROGRAM, "emulator"};
    argv.insert(argv.end(), options.begin(), options.end());
    argv.insert(argv.end(), {"--", "sh", "-c", script});
    return run_program(std::move(argv));
}

void make_older(const fs::path& path) {
    const timespec hour_ago{::time(nullptr) - 3600, 0};
    const timespec times[2] = {hour_ago, hour_ago};
    ASSERT_EQ(::utimensat(AT_FDCWD, path.c_str(), times, 0), 0);
}

TEST_F(emulator_life, it_is_ready_within_a_second) {
    const emulator_server server;
    const auto ready = server.line().at("ready_ms").as_int64();
    std::cout << "ready in " << ready << " ms\n";
#ifdef NDEBUG
    EXPECT_LT(ready, 1000);
#endif
    EXPECT_EQ(server.health().at("status").as_string(), "healthy");
}

TEST_F(emulator_life, a_signal_ends_it_and_everything_with_it) {
    for (const int number : {SIGTERM, SIGINT, SIGHUP}) {
        emulator_server server;
        const auto children = children_of(server.pid());
        ASSERT_EQ(children.size(), 1U);
        const watcher redis(children[0]);
        EXPECT_TRUE(fs::exists(server.text("directory")));
        server.process().signal(number);
        const auto status = server.process().wait_until(within(10s));
        ASSERT_TRUE(status.has_value());
        EXPECT_EQ(status->shell_code(), 0);
        EXPECT_TRUE(redis.ended_within(10s));
        EXPECT_FALSE(fs::exists(server.text("directory")));
    }
}

TEST_F(emulator_life, killed_it_takes_redis_along_and_the_next_one_cleans_up) {
    emulator_server killed;
    const auto children = children_of(killed.pid());
    ASSERT_EQ(children.size(), 1U);
    const watcher redis(children[0]);
    killed.process().kill();
    EXPECT_TRUE(redis.ended_within(10s));
    const fs::path left_over = killed.text("directory");
    ASSERT_TRUE(fs::exists(left_over));
    make_older(left_over);
    const emulator_server next;
    EXPECT_FALSE(fs::exists(left_over));
}

TEST_F(emulator_life, nothing_secret_is_in_the_argv_or_the_files_others_may_read) {
    const emulator_server server({"--identities", "workload"});
    const auto children = children_of(server.pid());
    ASSERT_EQ(children.size(), 1U);
    std::ifstream file("/proc/" + std::to_string(children[0]) + "/cmdline");
    std::stringstream argv;
    argv << file.rdbuf();
    EXPECT_EQ(argv.str().find(">"), std::string::npos) << argv.str();
    EXPECT_EQ(argv.str().find("user"), std::string::npos) << argv.str();
    EXPECT_EQ(fs::status(server.text("directory")).permissions(), fs::perms::owner_all);
    for (const auto& entry : fs::directory_iterator(server.text("directory"))) {
        if (!entry.is_regular_file()) continue;
        std::ifstream content(entry.path());
        std::stringstream text;
        text << content.rdbuf();
        EXPECT_EQ(text.str().find("PRIVATE KEY"), std::string::npos) << entry.path();
    }
}

TEST_F(emulator_life, it_ends_with_the_status_of_its_command) {
    EXPECT_EQ(run_command("exit 0").status.shell_code(), 0);
    EXPECT_EQ(run_command("exit 7").status.shell_code(), 7);
    EXPECT_EQ(run_command("kill -KILL $$").status.shell_code(), 128 + SIGKILL);
    const auto run = run_program({ENTRADA_PROGRAM, "emulator", "--", "no-such-program-anywhere"});
    EXPECT_EQ(run.status.shell_code(), 3);
    EXPECT_NE(run.out.find("no-such-program-anywhere"), std::string::npos) << run.out;
}

TEST_F(emulator_life, its_command_finds_the_environment_and_the_endpoints) {
    const auto run =
        run_command("curl -sf -H \"X-IDENTITY-HEADER: $IDENTITY_HEADER\" "
                    "\"$IDENTITY_ENDPOINT?api-version=2019-08-01&resource=https://redis.azure.com\" | grep -q access_token && "
                    "curl -sf -o /dev/null \"${AZURE_AUTHORITY_HOST}$AZURE_TENANT_ID/v2.0/.well-known/openid-configuration\" && "
                    "test -n \"$Redis__HostName\" && test -s \"$SSL_CERT_FILE\" && echo all there");
    EXPECT_NE(run.out.find("all there"), std::string::npos) << run.out;
}

TEST_F(emulator_life, it_forwards_signals_to_its_command) {
    emulator::child_options options;
    options.argv = {ENTRADA_PROGRAM, "emulator", "--", "sh", "-c", "trap 'exit 5' TERM; echo up; while :; do read line; done"};
    options.in = options.out = emulator::child_stream::pipe;
    auto child = emulator::child_process::start(options).value();
    ASSERT_EQ(child.read_line(within(20s)), "up");
    child.signal(SIGTERM);
    EXPECT_TRUE(child.write("wake up\n", within(5s)));
    const auto status = child.wait_until(within(10s));
    ASSERT_TRUE(status.has_value());
    EXPECT_EQ(status->shell_code(), 5);
}

/// The process that a command's shell started in the background and printed the number of.
class left_behind : public emulator_life {
protected:
    emulator::child_process start(const std::string& script) {
        emulator::child_options options;
        options.argv = {ENTRADA_PROGRAM, "emulator", "--", "sh", "-c", script};
        options.out = emulator::child_stream::pipe;
        return emulator::child_process::start(options).value();
    }
    static pid_t number_from(emulator::child_process& child) { return std::stoi(child.read_line(within(20s)).value()); }
};

TEST_F(left_behind, what_a_command_leaves_ends_with_it_even_if_it_ignores_sigterm) {
    for (const char* work : {"sleep 60", "(trap '' TERM; while :; do sleep 60; done)"}) {
        auto emulator = start(std::string(work) + " & echo $!; exec >&-; read line; exit 4");
        const watcher orphan(number_from(emulator));
        const auto status = emulator.wait_until(within(20s));
        ASSERT_TRUE(status.has_value());
        EXPECT_EQ(status->shell_code(), 4);
        EXPECT_TRUE(orphan.ended_within(0ms)) << work;
    }
}

TEST_F(left_behind, a_signal_ends_what_a_command_started_too) {
    auto emulator = start("sleep 60 & echo $!; wait; true");
    const watcher grandchild(number_from(emulator));
    emulator.signal(SIGTERM);
    ASSERT_TRUE(emulator.wait_until(within(20s)).has_value());
    EXPECT_TRUE(grandchild.ended_within(0ms));
}

TEST_F(left_behind, a_command_that_ignores_sigterm_does_not_outlive_a_killed_emulator) {
    auto emulator = start("trap '' TERM; echo $$; while :; do sleep 0.2; done");
    const watcher command(number_from(emulator));
    emulator.kill();
    EXPECT_TRUE(command.ended_within(10s));
}

TEST_F(emulator_life, a_relative_tmpdir_gives_paths_that_hold_everywhere) {
    const auto base = emulator::temporary_directory::create("entrada-test-").value();
    emulator::child_options options;
    options.argv = {ENTRADA_PROGRAM, "emulator", "--", "sh", "-c", "cd / && test -s \"$SSL_CERT_FILE\" && echo found"};
    environment variables = process_environment();
    variables["TMPDIR"] = ".";
    options.variables = variables;
    options.directory = base.path();
    options.out = emulator::child_stream::pipe;
    auto child = emulator::child_process::start(options).value();
    EXPECT_EQ(child.read_line(within(20s)), "found");
    EXPECT_TRUE(child.wait_until(within(20s)).has_value());
}

/// `script` gives it a terminal, whose Ctrl-C reaches the emulator and the command alike.
TEST_F(emulator_life, a_ctrl_c_in_the_terminal_reaches_its_command_once_and_redis_not_at_all) {
    emulator::child_options options;
    options.argv = {"script", "-qec",
                    std::string(ENTRADA_PROGRAM)
                        + " emulator -- sh -c 'trap \"echo got it\" INT; echo up; read a; read b; read c'",
                    "/dev/null"};
    options.in = options.out = emulator::child_stream::pipe;
    auto child = emulator::child_process::start(options).value();
    const auto read_until = [&child](std::string_view wanted) {
        while (const auto line = child.read_line(within(20s)))
            if (line->find(wanted) != std::string::npos) return true;
        return false;
    };
    ASSERT_TRUE(read_until("up"));
    ASSERT_TRUE(child.write("\x03", within(5s)));
    ASSERT_TRUE(read_until("got it"));
    ASSERT_TRUE(child.write("1\n2\n3\n", within(5s)));
    const std::string rest = child.read_out(within(20s));
    EXPECT_EQ(rest.find("got it"), std::string::npos) << rest;
    EXPECT_EQ(rest.find("redis-server ended"), std::string::npos) << rest;
    EXPECT_TRUE(child.wait_until(within(10s)).has_value());
}

TEST_F(emulator_life, printed_environment_is_understood_by_sh_whatever_is_in_it) {
    const auto odd = emulator::temporary_directory::create("entrada-test-it's $HOME ").value();
    environment variables = process_environment();
    variables["TMPDIR"] = odd.path().string();
    emulator::child_options options;
    options.argv = {ENTRADA_PROGRAM, "emulator", "--print-env", "sh"};
    options.variables = variables;
    options.out = emulator::child_stream::pipe;
    options.err = emulator::child_stream::null;
    auto child = emulator::child_process::start(options).value();
    std::string lines;
    while (const auto line = child.read_line(within(20s))) {
        lines += *line + "\n";
        if (line->starts_with("export SSL_CERT_FILE=")) break; // the last one
    }
    const auto shell = run_program({"sh"}, "AZURE_CLIENT_SECRET=real\n" + lines
                                               + "test -s \"$SSL_CERT_FILE\" && echo \"found${AZURE_CLIENT_SECRET}\"\n");
    EXPECT_EQ(shell.out, "found\n") << lines;
}

TEST_F(emulator_life, no_redis_anywhere_is_said_with_the_packages_name) {
    const auto run = run_program({ENTRADA_PROGRAM, "emulator"}, {}, 10s, environment{{"PATH", "/nowhere"}});
    EXPECT_EQ(run.status.shell_code(), 3);
    EXPECT_NE(run.out.find("apt-get install redis-server"), std::string::npos) << run.out;
}

TEST_F(emulator_life, a_port_in_use_is_said) {
    const emulator_server server;
    const auto run = run_program({ENTRADA_PROGRAM, "emulator", "--port", std::to_string(server.redis_port())});
    EXPECT_EQ(run.status.shell_code(), 3);
    EXPECT_NE(run.out.find(std::to_string(server.redis_port())), std::string::npos) << run.out;
}

TEST_F(emulator_life, redis_can_be_killed_and_brought_back) {
    const emulator_server server;
    const auto ping = [&] {
        return run_program({"redis-cli", "-h", "localhost", "-p", std::to_string(server.redis_port()), "--tls", "--cacert",
                            server.ca_file(), "--user", server.user(), "--pass", server.token(), "--no-auth-warning", "ping"})
            .out;
    };
    EXPECT_EQ(ping(), "PONG\n");
    server.set_redis("kill");
    EXPECT_EQ(ping().find("PONG"), std::string::npos);
    EXPECT_EQ(server.health().at("status").as_string(), "degraded");
    server.set_redis("restart");
    EXPECT_EQ(ping(), "PONG\n");
    EXPECT_EQ(server.health().at("status").as_string(), "healthy");
}

TEST_F(emulator_life, a_redis_that_dies_by_itself_is_noticed_and_can_be_brought_back) {
    emulator_server server;
    const auto children = children_of(server.pid());
    ASSERT_EQ(children.size(), 1U);
    ASSERT_EQ(::kill(children[0], SIGKILL), 0);
    const auto deadline = within(10s);
    while (server.health().at("redis").as_string() != "down") ASSERT_LT(std::chrono::steady_clock::now(), deadline);
    server.set_redis("restart");
    EXPECT_EQ(server.health().at("redis").as_string(), "up");
}

TEST_F(emulator_life, the_identity_endpoints_fail_on_demand_and_recover) {
    const emulator_server server;
    const auto ask = [&] {
        return run_program({"curl", "-s", "-o", "/dev/null", "-w", "%{http_code}", "-H", "Metadata: true",
                            server.text("imds_endpoint") + "/?api-version=2018-02-01&resource=https%3A%2F%2Fredis.azure.com"});
    };
    EXPECT_EQ(ask().out, "200");
    server.set_identity("down");
    EXPECT_EQ(ask().out, "500");
    server.set_identity("drop");
    EXPECT_EQ(ask().out, "000");
    server.set_identity("up");
    EXPECT_EQ(ask().out, "200");
}

TEST_F(emulator_life, web_pages_cannot_use_the_admin_endpoints) {
    const emulator_server server;
    const auto run = run_program({"curl", "-s", "-o", "/dev/null", "-w", "%{http_code}", "-X", "POST", "-H",
                                  "Origin: https://page.example", server.text("admin") + "/redis?state=kill"});
    EXPECT_EQ(run.out, "403");
    EXPECT_EQ(server.health().at("redis").as_string(), "up");
}

TEST_F(emulator_life, a_service_principal_and_a_workload_sign_in_over_https) {
    const emulator_server server({"--identities", "service-principal,workload"});
    const environment variables = server.variables();
    const std::string url = server.text("authority_host") + server.text("tenant_id") + "/oauth2/v2.0/token";
    const auto post = [&](const std::vector<std::string>& credential) {
        std::vector<std::string> argv{"curl", "-s", "--cacert", server.ca_file(), url};
        for (const std::string& field :
             {std::string("grant_type=client_credentials"), std::string("scope=https://redis.azure.com/.default"),
              "client_id=" + std::string(variable(variables, "AZURE_CLIENT_ID"))})
            argv.insert(argv.end(), {"--data-urlencode", field});
        for (const std::string& field : credential) argv.insert(argv.end(), {"--data-urlencode", field});
        return boost::json::parse(run_program(argv).out).as_object();
    };
    EXPECT_TRUE(post({"client_secret=" + std::string(variable(variables, "AZURE_CLIENT_SECRET"))}).contains("access_token"));
    EXPECT_TRUE(post({"client_assertion_type=urn:ietf:params:oauth:client-assertion-type:jwt-bearer",
                      "client_assertion@" + std::string(variable(variables, "AZURE_FEDERATED_TOKEN_FILE"))})
                    .contains("access_token"));
    EXPECT_EQ(post({"client_secret=wrong"}).at("error_codes").at(0).as_int64(), 7000215);
}

} // namespace
} // namespace entrada::test
