// `entrada ping`: is it there, how far away, and who are we to it.
// Room: cli.
#pragma once

#include "cli/connection_options.hpp"

namespace entrada::cli {

struct ping_options {
    connection_options connection;
};

CLI::App* add_ping(CLI::App& program, ping_options& into);
/// Throws `command_failure`.
[[nodiscard]] exit_status run_ping(const ping_options& options, console& to);

} // namespace entrada::cli
