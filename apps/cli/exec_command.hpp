// `entrada exec`: any command of Redis.
// Room: cli.
#pragma once

#include "cli/connection_options.hpp"

#include <string>
#include <vector>

namespace entrada::cli {

struct exec_options {
    connection_options connection;
    std::vector<std::string> words; ///< the command and its arguments
};

CLI::App* add_exec(CLI::App& program, exec_options& into);
/// Throws `command_failure`.
[[nodiscard]] exit_status run_exec(const exec_options& options, console& to);

} // namespace entrada::cli
