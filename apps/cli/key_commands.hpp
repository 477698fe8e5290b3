// `entrada get`, `set`, `del` and `ttl`.
// Room: cli.
#pragma once

#include "cli/connection_options.hpp"
#include "entrada/async_client.hpp"

#include <optional>
#include <string>
#include <vector>

namespace entrada::cli {

struct get_options {
    connection_options connection;
    std::string key;
};

struct set_command_options {
    connection_options connection;
    std::string key;
    std::string value; ///< "-": standard input
    set_options how;
};

struct del_options {
    connection_options connection;
    std::vector<std::string> keys;
};

struct ttl_options {
    connection_options connection;
    std::string key;
};

CLI::App* add_get(CLI::App& program, get_options& into);
CLI::App* add_set(CLI::App& program, set_command_options& into);
CLI::App* add_del(CLI::App& program, del_options& into);
CLI::App* add_ttl(CLI::App& program, ttl_options& into);

/// All throw `command_failure`.
[[nodiscard]] exit_status run_get(const get_options& options, console& to);
[[nodiscard]] exit_status run_set(const set_command_options& options, console& to);
[[nodiscard]] exit_status run_del(const del_options& options, console& to);
[[nodiscard]] exit_status run_ttl(const ttl_options& options, console& to);

} // namespace entrada::cli
