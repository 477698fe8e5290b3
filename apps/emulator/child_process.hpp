// A program started by us, that cannot outlive us.
// Room: emulator.
#pragma once

#include "entrada/environment.hpp"
#include "entrada/result.hpp"

#include <chrono>
#include <csignal>
#include <filesystem>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <sys/types.h>

namespace entrada::emulator {

/// How a child ended: by itself with a code, or by a signal.
struct exit_status {
    int code = 0;
    int signal = 0;

    [[nodiscard]] bool ok() const noexcept { return code == 0 && signal == 0; }
    /// As shells report it: the code, or 128 + the signal.
    [[nodiscard]] int shell_code() const noexcept { return signal == 0 ? code : 128 + signal; }
    [[nodiscard]] std::string to_string() const;
};

enum class child_stream { inherit, null, pipe };

struct child_options {
    std::vector<std::string> argv;        ///< the first is looked up in PATH
    std::optional<environment> variables; ///< empty: ours
    child_stream in = child_stream::null;
    child_stream out = child_stream::inherit;
    child_stream err = child_stream::inherit;
    bool err_into_out = false;         ///< stderr goes where stdout goes; `err` is not looked at
    bool own_group = false;            ///< Ctrl-C in the terminal does not reach it
    int signal_at_our_death = SIGKILL; ///< what the kernel sends the child when the thread that started it ends
    std::filesystem::path directory;   ///< empty: ours
};

/// Owns a running program. The destructor kills it and waits for its end.
///
/// The child gets an empty signal mask, default signal handlers and no file of ours but the three standard streams. The kernel
/// signals it when the *thread* that started it ends, so start children from a thread that stays.
/// Thread safety: one thread at a time.
class child_process {
public:
    using time_point = std::chrono::steady_clock::time_point;

    /// Errors: the system's own code, if the program cannot be found or started; the detail names it.
    [[nodiscard]] static result<child_process> start(const child_options& options);

    child_process(child_process&& other) noexcept;
    child_process& operator=(child_process&& other) noexcept;
    ~child_process();

    [[nodiscard]] pid_t pid() const noexcept { return pid_; }
    /// Becomes readable when the child ends; for waiting together with other events.
    [[nodiscard]] int exit_fd() const noexcept { return exit_fd_; }
    /// The reading end of stdout, or -1.
    [[nodiscard]] int out_fd() const noexcept { return out_fd_; }

    /// Sends a signal; nothing happens once the end was seen.
    void signal(int number) noexcept;
    /// SIGKILL, then waits for the end, which cannot be refused.
    exit_status kill() noexcept;
    /// Empty: the deadline passed and it still runs.
    [[nodiscard]] std::optional<exit_status> wait_until(time_point deadline) noexcept;

    /// Writes to stdin. False: the child closed it, or the deadline passed.
    [[nodiscard]] bool write(std::string_view text, time_point deadline);
    void close_in() noexcept;
    /// What the child writes to stdout from now on fails with EPIPE.
    void close_out() noexcept;
    /// The next line of stdout without its end; the rest at the end of the stream; empty at the end or when the deadline passed.
    [[nodiscard]] std::optional<std::string> read_line(time_point deadline);
    /// All that is left of stdout, or what came until the deadline.
    [[nodiscard]] std::string read_out(time_point deadline);
    /// All that is left of stderr, or what came until the deadline.
    [[nodiscard]] std::string read_err(time_point deadline);

private:
    child_process() = default;
    void release() noexcept;
    void reap() noexcept;

    pid_t pid_ = -1;
    int exit_fd_ = -1;
    int in_fd_ = -1;
    int out_fd_ = -1;
    int err_fd_ = -1;
    std::string out_rest_;
    std::optional<exit_status> ended_;
};

} // namespace entrada::emulator
