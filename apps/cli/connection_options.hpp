// Options that all commands with a connection have, and the settings they make.
// Room: cli.
#pragma once

#include "cli/console.hpp"
#include "entrada/settings.hpp"

#include <chrono>
#include <string>

namespace CLI {
class App;
}

namespace entrada::cli {

struct connection_options {
    std::string host;          ///< instead of the one in the settings
    std::string settings_file; ///< empty: ./appsettings.json if there is one
    std::string ca_file;
    std::chrono::milliseconds timeout{15000};
    bool json = false;
    bool verbose = false;
};

void add_connection_options(CLI::App& command, connection_options& into);

/// The parts of it, for commands that need no connection.
void add_settings_option(CLI::App& command, connection_options& into);
void add_timeout_option(CLI::App& command, connection_options& into, const std::string& description);
void add_report_options(CLI::App& command, connection_options& into);

/// A duration as people write it, of at least a millisecond; any other text is a usage error of that option.
[[nodiscard]] std::chrono::milliseconds duration_of(const std::string& option, const std::string& text);

/// Throws `command_failure` with `could_not_run`. Warnings go to `err`, and with --verbose the log.
[[nodiscard]] settings load_settings(const connection_options& options, console& to);

} // namespace entrada::cli
