#include "emulator/child_process.hpp"
#include "support/programs.hpp"

#include <gtest/gtest.h>

#include <array>
#include <cerrno>
#include <csignal>

#include <poll.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

namespace entrada::emulator {
namespace {

using namespace std::chrono_literals;
using test::run_program;
using test::within;

child_process start_shell(const std::string& script) {
    child_options options;
    options.argv = {"sh", "-c", script};
    options.in = options.out = options.err = child_stream::pipe;
    return child_process::start(options).value();
}

TEST(child_process, reports_how_a_program_ended) {
    EXPECT_EQ(run_program({"sh", "-c", "exit 7"}).status.shell_code(), 7);
    EXPECT_EQ(run_program({"sh", "-c", "kill -TERM $$"}).status.shell_code(), 128 + SIGTERM);
    EXPECT_TRUE(run_program({"true"}).status.ok());
}

TEST(child_process, names_the_program_that_cannot_be_started) {
    child_options options;
    options.argv = {"no-such-program-anywhere"};
    const auto started = child_process::start(options);
    ASSERT_FALSE(started.has_value());
    EXPECT_EQ(started.error().code().value(), ENOENT);
    EXPECT_NE(started.error().detail().find("no-such-program-anywhere"), std::string::npos);
}

TEST(child_process, carries_text_in_and_out) {
    child_process child = start_shell("cat; echo err >&2");
    ASSERT_TRUE(child.write("one\ntwo\nrest", within(10s)));
    child.close_in();
    EXPECT_EQ(child.read_line(within(10s)), "one");
    EXPECT_EQ(child.read_line(within(10s)), "two");
    EXPECT_EQ(child.read_line(within(10s)), "rest");
    EXPECT_EQ(child.read_line(within(10s)), std::nullopt);
    EXPECT_EQ(child.read_err(within(10s)), "err\n");
    EXPECT_TRUE(child.wait_until(within(10s)).value().ok());
}

TEST(child_process, writing_to_a_child_that_is_gone_fails_and_kills_nobody) {
    child_process child = start_shell("exit 0");
    ASSERT_TRUE(child.wait_until(within(10s)).has_value());
    EXPECT_FALSE(child.write("text", within(10s)));
}

TEST(child_process, a_deadline_passes_while_the_child_runs_on) {
    child_process child = start_shell("exec cat");
    EXPECT_EQ(child.wait_until(within(1ms)), std::nullopt);
    EXPECT_EQ(child.read_line(within(1ms)), std::nullopt);
    EXPECT_EQ(child.kill().signal, SIGKILL);
}

TEST(child_process, gets_the_variables_it_is_given_and_no_others) {
    const auto run = run_program({"/usr/bin/env"}, {}, 10s, environment{{"ONE", "1"}, {"TWO", "a b"}});
    EXPECT_EQ(run.out, "ONE=1\nTWO=a b\n");
}

TEST(child_process, inherits_no_file_of_ours) {
    const int fd = ::dup(2); // without O_CLOEXEC, as some libraries open theirs
    const auto run = run_program({"sh", "-c", "test -e /proc/self/fd/" + std::to_string(fd) + " && echo inherited"});
    ::close(fd);
    EXPECT_EQ(run.out, "");
}

TEST(child_process, the_destructor_ends_it) {
    pid_t pid = 0;
    {
        const child_process child = start_shell("exec cat");
        pid = child.pid();
        EXPECT_EQ(::kill(pid, 0), 0);
    }
    EXPECT_EQ(::kill(pid, 0), -1);
    EXPECT_EQ(errno, ESRCH);
}

/// A process between us and the child, which dies with SIGKILL and can clean up nothing.
TEST(child_process, dies_with_its_parent_even_if_that_is_killed) {
    std::array<int, 2> ends{};
    ASSERT_EQ(::pipe(ends.data()), 0);
    const pid_t between = ::fork();
    if (between == 0) {
        child_options options;
        options.argv = {"cat"};
        options.in = child_stream::pipe;
        const auto child = child_process::start(options);
        const pid_t pid = child ? child->pid() : -1;
        [[maybe_unused]] const auto written = ::write(ends[1], &pid, sizeof pid);
        ::pause();
        ::_exit(0);
    }
    pid_t grandchild = 0;
    ASSERT_EQ(::read(ends[0], &grandchild, sizeof grandchild), static_cast<ssize_t>(sizeof grandchild));
    ASSERT_GT(grandchild, 0);
    const int watch = static_cast<int>(::syscall(SYS_pidfd_open, grandchild, 0));
    ASSERT_GE(watch, 0);
    ::kill(between, SIGKILL);
    ASSERT_EQ(::waitpid(between, nullptr, 0), between);
    pollfd ended{watch, POLLIN, 0};
    EXPECT_EQ(::poll(&ended, 1, 10'000), 1) << "the grandchild still runs";
    for (const int fd : {watch, ends[0], ends[1]}) ::close(fd);
}

} // namespace
} // namespace entrada::emulator
