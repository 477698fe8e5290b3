// Starting, watching and ending a child: fork, exec, pidfd.
// Room: emulator.
#include "emulator/child_process.hpp"

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>
#include <utility>

#include <fcntl.h>
#include <linux/close_range.h>
#include <poll.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

namespace entrada::emulator {
namespace {

using time_point = child_process::time_point;

void close_quietly(int& fd) noexcept {
    if (fd >= 0) ::close(fd);
    fd = -1;
}

struct pipe_ends {
    int read = -1;
    int write = -1;
    ~pipe_ends() {
        close_quietly(read);
        close_quietly(write);
    }
    bool open() noexcept {
        std::array<int, 2> ends{};
        if (::pipe2(ends.data(), O_CLOEXEC) != 0) return false;
        read = ends[0];
        write = ends[1];
        return true;
    }
    /// A socket pair instead: writing to it can be told not to raise SIGPIPE.
    bool open_socket() noexcept {
        std::array<int, 2> ends{};
        if (::socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends.data()) != 0) return false;
        read = ends[0];
        write = ends[1];
        return true;
    }
};

/// Everything the child needs between fork and exec, made before: nothing may allocate there.
struct launch {
    std::vector<char*> argv;
    std::vector<std::string> variable_texts;
    std::vector<char*> variables;
    int in = -1, out = -1, err = -1;
    int report = -1;
    pid_t parent = -1;
};

std::vector<char*> pointers(const std::vector<std::string>& texts) {
    std::vector<char*> list;
    for (const std::string& text : texts) list.push_back(const_cast<char*>(text.c_str())); // exec's signature predates const
    list.push_back(nullptr);
    return list;
}

/// Files that libraries opened without O_CLOEXEC, such as listening sockets, must not live on in the child.
void close_others_at_exec() noexcept {
    if (::close_range(3, ~0U, CLOSE_RANGE_CLOEXEC) == 0) return;
    for (int fd = 3; fd < 65536; ++fd) ::fcntl(fd, F_SETFD, FD_CLOEXEC);
}

void reset_signals() noexcept {
    for (int number = 1; number < NSIG; ++number) ::signal(number, SIG_DFL);
    sigset_t none;
    ::sigemptyset(&none);
    ::sigprocmask(SIG_SETMASK, &none, nullptr);
}

[[noreturn]] void become(const launch& plan, const child_options& options) noexcept {
    reset_signals();
    ::prctl(PR_SET_PDEATHSIG, options.signal_at_our_death);
    if (::getppid() != plan.parent) ::_exit(127); // the parent died before the request took effect
    if (options.own_group) ::setpgid(0, 0);
    const bool ready = (plan.in < 0 || ::dup2(plan.in, 0) >= 0) && (plan.out < 0 || ::dup2(plan.out, 1) >= 0)
                       && (plan.err < 0 || ::dup2(plan.err, 2) >= 0)
                       && (options.directory.empty() || ::chdir(options.directory.c_str()) == 0);
    if (ready) {
        close_others_at_exec();
        if (options.variables) {
            ::execvpe(plan.argv[0], plan.argv.data(), plan.variables.data());
        } else {
            ::execvp(plan.argv[0], plan.argv.data());
        }
    }
    const int error = errno;
    [[maybe_unused]] const auto written = ::write(plan.report, &error, sizeof error);
    ::_exit(127);
}

failure system_failure(int error, std::string detail) {
    return {boost::system::error_code(error, boost::system::system_category()), std::move(detail)};
}

int null_device() noexcept {
    static const int fd = ::open("/dev/null", O_RDWR | O_CLOEXEC);
    return fd;
}

/// The child's end of one standard stream; -1 leaves it as it is.
int child_end(child_stream kind, int pipe_end) noexcept {
    if (kind == child_stream::inherit) return -1;
    return kind == child_stream::null ? null_device() : pipe_end;
}

int milliseconds_until(time_point deadline) noexcept {
    const auto left = std::chrono::ceil<std::chrono::milliseconds>(deadline - std::chrono::steady_clock::now()).count();
    return static_cast<int>(std::clamp<std::int64_t>(left, 0, 3'600'000));
}

/// False: the deadline passed.
bool wait_for(int fd, short events, time_point deadline) noexcept {
    for (;;) {
        pollfd watched{fd, events, 0};
        const int left = milliseconds_until(deadline);
        const int count = ::poll(&watched, 1, left);
        if (count > 0) return true;
        if (count == 0 && milliseconds_until(deadline) == 0) return false;
        if (count < 0 && errno != EINTR) return false;
    }
}

enum class read_outcome { some, end, late };

/// Appends what is there.
read_outcome read_some(int fd, std::string& into, time_point deadline) {
    if (fd < 0) return read_outcome::end;
    if (!wait_for(fd, POLLIN, deadline)) return read_outcome::late;
    std::array<char, 16384> bytes{};
    const auto size = ::read(fd, bytes.data(), bytes.size());
    if (size <= 0) return size < 0 && errno == EINTR ? read_outcome::some : read_outcome::end;
    into.append(bytes.data(), static_cast<std::size_t>(size));
    return read_outcome::some;
}

} // namespace

std::string exit_status::to_string() const {
    if (signal == 0) return "exit status " + std::to_string(code);
    return "signal " + std::to_string(signal) + " (" + ::strsignal(signal) + ")";
}

result<child_process> child_process::start(const child_options& options) {
    pipe_ends in, out, err, report;
    if (!in.open_socket() || !out.open() || !err.open() || !report.open())
        return system_failure(errno, "no pipes to start " + options.argv.at(0));

    launch plan;
    plan.argv = pointers(options.argv);
    for (const auto& [name, value] : options.variables.value_or(environment{})) plan.variable_texts.push_back(name + "=" + value);
    plan.variables = pointers(plan.variable_texts);
    plan.in = child_end(options.in, in.read);
    plan.out = child_end(options.out, out.write);
    plan.err = options.err_into_out ? (plan.out < 0 ? 1 : plan.out) : child_end(options.err, err.write);
    plan.report = report.write;
    plan.parent = ::getpid();

    child_process child;
    child.pid_ = ::fork();
    if (child.pid_ < 0) return system_failure(errno, "no process to start " + options.argv[0]);
    if (child.pid_ == 0) become(plan, options);

    close_quietly(report.write);
    int error = 0;
    ssize_t size = 0;
    do size = ::read(report.read, &error, sizeof error); // ends at exec, or with the reason why not
    while (size < 0 && errno == EINTR);
    if (size == sizeof error) {
        child.reap();
        return system_failure(error, "could not start " + options.argv[0]);
    }
    // By number: the header of glibc 2.36 declares pidfd_open without C linkage.
    child.exit_fd_ = static_cast<int>(::syscall(SYS_pidfd_open, child.pid_, 0));
    if (child.exit_fd_ < 0) return system_failure(errno, "cannot watch " + options.argv[0] + ": needs Linux 5.3 or later");
    if (options.in == child_stream::pipe) child.in_fd_ = std::exchange(in.write, -1);
    if (options.out == child_stream::pipe) child.out_fd_ = std::exchange(out.read, -1);
    if (options.err == child_stream::pipe && !options.err_into_out) child.err_fd_ = std::exchange(err.read, -1);
    return child;
}

child_process::child_process(child_process&& other) noexcept { *this = std::move(other); }

child_process& child_process::operator=(child_process&& other) noexcept {
    if (this == &other) return *this;
    release();
    pid_ = std::exchange(other.pid_, -1);
    exit_fd_ = std::exchange(other.exit_fd_, -1);
    in_fd_ = std::exchange(other.in_fd_, -1);
    out_fd_ = std::exchange(other.out_fd_, -1);
    err_fd_ = std::exchange(other.err_fd_, -1);
    out_rest_ = std::move(other.out_rest_);
    ended_ = std::exchange(other.ended_, std::nullopt);
    return *this;
}

child_process::~child_process() { release(); }

void child_process::release() noexcept {
    if (pid_ > 0) kill();
    for (int* fd : {&exit_fd_, &in_fd_, &out_fd_, &err_fd_}) close_quietly(*fd);
}

void child_process::reap() noexcept {
    int status = 0;
    while (::waitpid(pid_, &status, 0) < 0 && errno == EINTR) {
    }
    ended_ = WIFSIGNALED(status) ? exit_status{0, WTERMSIG(status)} : exit_status{WEXITSTATUS(status), 0};
}

void child_process::signal(int number) noexcept {
    if (!ended_) ::kill(pid_, number); // not reaped yet, so the number cannot belong to another process
}

exit_status child_process::kill() noexcept {
    if (!ended_) {
        ::kill(pid_, SIGKILL);
        reap();
    }
    return *ended_;
}

std::optional<exit_status> child_process::wait_until(time_point deadline) noexcept {
    if (ended_) return ended_;
    if (!wait_for(exit_fd_, POLLIN, deadline)) return std::nullopt;
    reap();
    return ended_;
}

bool child_process::write(std::string_view text, time_point deadline) {
    while (!text.empty()) {
        if (in_fd_ < 0 || !wait_for(in_fd_, POLLOUT, deadline)) return false;
        const auto size = ::send(in_fd_, text.data(), text.size(), MSG_NOSIGNAL | MSG_DONTWAIT);
        if (size < 0 && errno != EINTR && errno != EAGAIN) return false;
        if (size > 0) text.remove_prefix(static_cast<std::size_t>(size));
    }
    return true;
}

void child_process::close_in() noexcept { close_quietly(in_fd_); }
void child_process::close_out() noexcept { close_quietly(out_fd_); }

std::optional<std::string> child_process::read_line(time_point deadline) {
    for (;;) {
        if (const auto end = out_rest_.find('\n'); end != std::string::npos) {
            std::string line = out_rest_.substr(0, end);
            out_rest_.erase(0, end + 1);
            return line;
        }
        const read_outcome outcome = read_some(out_fd_, out_rest_, deadline);
        if (outcome == read_outcome::some) continue;
        if (outcome == read_outcome::late || out_rest_.empty()) return std::nullopt;
        return std::exchange(out_rest_, {});
    }
}

std::string child_process::read_out(time_point deadline) {
    while (read_some(out_fd_, out_rest_, deadline) == read_outcome::some) {
    }
    return std::exchange(out_rest_, {});
}

std::string child_process::read_err(time_point deadline) {
    std::string text;
    while (read_some(err_fd_, text, deadline) == read_outcome::some) {
    }
    return text;
}

} // namespace entrada::emulator
