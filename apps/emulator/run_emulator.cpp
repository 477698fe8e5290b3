// From options to exit status.
// Room: emulator.
#include "emulator/acting_tool.hpp"
#include "emulator/local_azure.hpp"
#include "emulator/orphans.hpp"
#include "emulator/signals.hpp"

#include <cstdio>
#include <exception>
#include <utility>

#include <sys/resource.h>

namespace entrada::emulator {
namespace {

namespace asio = boost::asio;

constexpr int could_not_run = 3;
// For what a command leaves behind: time to end by itself.
constexpr auto orphans_grace = std::chrono::seconds(1);

void print(std::FILE* where, std::string_view text) {
    std::fwrite(text.data(), 1, text.size(), where);
    std::fflush(where);
}

int complain(const std::string& cause) {
    print(stderr, "entrada emulator: " + cause + "\n");
    return could_not_run;
}

log_sink make_log(bool verbose) {
    return [verbose](const log_event& event) {
        if (verbose || event.level >= log_level::warning) print(stderr, "entrada emulator: " + event.text + "\n");
    };
}

/// Each connection takes two descriptors, and the usual limit is 1024. Returns the limit as it was, for the command.
rlimit raise_descriptor_limit() noexcept {
    rlimit before{};
    ::getrlimit(RLIMIT_NOFILE, &before);
    const rlimit raised{before.rlim_max, before.rlim_max};
    ::setrlimit(RLIMIT_NOFILE, &raised);
    return before;
}

/// The program after `--`: started when all is ready; its end is ours.
class command_runner {
public:
    command_runner(asio::io_context& loop, const rlimit& limit) : loop_(loop), limit_(limit), ended_(loop) {}

    [[nodiscard]] result<void> start(const std::vector<std::string>& argv, environment variables) {
        child_options options;
        options.argv = argv;
        options.variables = std::move(variables);
        options.in = child_stream::inherit;
        adopt_orphans();
        auto started = child_process::start(options);
        if (!started) return started.error();
        child_.emplace(std::move(*started));
        ::prlimit(child_->pid(), RLIMIT_NOFILE, &limit_, nullptr);
        ended_.assign(::dup(child_->exit_fd()));
        ended_.async_wait(asio::posix::stream_descriptor::wait_read, [this](boost::system::error_code) { loop_.stop(); });
        return {};
    }

    void on_signal(received_signal signal) {
        if (!child_) return loop_.stop();
        if (!signal.from_terminal) child_->signal(signal.number);
    }

    [[nodiscard]] int exit_status() {
        return child_ ? child_->wait_until(std::chrono::steady_clock::now())
                            .value_or(emulator::exit_status{could_not_run, 0})
                            .shell_code()
                      : 0;
    }

private:
    asio::io_context& loop_;
    rlimit limit_;
    asio::posix::stream_descriptor ended_;
    std::optional<child_process> child_;
};

void announce(const emulator_options& options, const addresses& where) {
    if (options.json) return print(stdout, to_json_line(where));
    if (options.print_env == env_shell::sh) print(stdout, to_shell_lines(where));
    if (!options.command.empty())
        return print(stderr, "entrada emulator: ready in " + std::to_string(where.ready_in.count()) + " ms, Redis at "
                                 + where.host_name() + "; running " + options.command.front() + "\n");
    print(stderr, to_announcement(where)
                      + "  Run a program against it with   entrada emulator -- ./my-program\n"
                        "  or take its environment from    entrada emulator --print-env sh\n"
                        "  Ctrl-C ends it and removes everything.\n");
}

int run(const emulator_options& options, std::chrono::steady_clock::time_point since) {
    asio::io_context loop(1);
    signals asked(loop);
    const rlimit limit = raise_descriptor_limit();
    const environment variables = process_environment();
    auto azure = local_azure::start(loop, options, variables, make_log(options.verbose), since);
    if (!azure) return complain(azure.error().to_string());
    announce(options, (*azure)->where());
    command_runner command(loop, limit);
    if (!options.command.empty())
        if (const auto done = command.start(options.command, command_environment(variables, (*azure)->where())); !done)
            return complain(done.error().to_string());
    asked.listen([&command](received_signal signal) { command.on_signal(signal); });
    loop.run();
    const int status = command.exit_status();
    azure->reset(); // its Redis must not be taken for something that the command left behind
    if (!options.command.empty()) end_all_children(orphans_grace);
    return status;
}

} // namespace

int run_emulator(const emulator_options& options) {
    const auto since = std::chrono::steady_clock::now();
    try {
        if (!options.acting_as.empty()) return act_as_tool(options, process_environment());
        return run(options, since);
    } catch (const std::exception& error) {
        return complain(error.what());
    }
}

} // namespace entrada::emulator
