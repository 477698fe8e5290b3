// Finding, starting and awaiting redis-server.
// Room: emulator.
#include "emulator/redis_process.hpp"

#include "base/text.hpp"

#include <unistd.h>

namespace entrada::emulator {
namespace {

constexpr std::string_view settings = "daemonize no\n"
                                      "logfile \"\"\n"
                                      "loglevel notice\n"
                                      "always-show-logo no\n"
                                      "save \"\"\n"
                                      "appendonly no\n";

/// "... Redis version=7.0.15, bits=64, ..." and its like of Valkey.
std::string version_in(std::string_view line) {
    const auto start = line.find("version=");
    if (start == std::string_view::npos) return {};
    line.remove_prefix(start + 8);
    return std::string(line.substr(0, line.find_first_of(", ")));
}

} // namespace

result<std::filesystem::path> find_redis_server(const environment& variables) {
    for (const std::string_view name : {"redis-server", "valkey-server"}) {
        for (const std::string_view folder : base::split(variable(variables, "PATH"), ':')) {
            const std::filesystem::path candidate = std::filesystem::path(folder) / name;
            if (::access(candidate.c_str(), X_OK) == 0) return candidate;
        }
    }
    return failure(errc::file_unreadable,
                   "neither redis-server nor valkey-server is in PATH; on Debian and Ubuntu: apt-get install redis-server");
}

result<redis_process> redis_process::start(const std::filesystem::path& program, const std::filesystem::path& directory,
                                           std::string_view config) {
    child_options options;
    options.argv = {program.string(), "-"};
    options.in = child_stream::pipe;
    options.out = child_stream::pipe;
    options.err_into_out = true;
    options.own_group = true; // whoever answers Ctrl-C with a last few commands still finds it there
    options.directory = directory;
    auto started = child_process::start(options);
    if (!started) return started.error();
    const auto deadline = std::chrono::steady_clock::now() + std::chrono::seconds(10);
    // A child that ends before it has read everything tells the reason on stdout, where `wait_until_ready` finds it.
    if (started->write(settings, deadline) && started->write(config, deadline)) (void)started->write("\n", deadline);
    started->close_in();
    return redis_process(std::move(*started));
}

result<void> redis_process::wait_until_ready(child_process::time_point deadline) {
    std::string last_words;
    while (const auto line = process_.read_line(deadline)) {
        if (version_.empty()) version_ = version_in(*line);
        // "Ready to accept connections", or "... now ready to accept connections at /its/socket"
        if (line->find("eady to accept connections") != std::string::npos) return {};
        last_words += "\n  " + escape_untrusted(*line, 400);
        if (last_words.size() > 4000) last_words.erase(0, last_words.size() - 4000);
    }
    const auto ended = process_.wait_until(std::chrono::steady_clock::now());
    if (!ended) return failure(errc::timeout, "redis-server was not ready in time; it said:" + last_words);
    return failure(errc::connect_failed, "redis-server ended with " + ended->to_string() + "; it said:" + last_words);
}

} // namespace entrada::emulator
