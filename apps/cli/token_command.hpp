// `entrada token`: who this machine is to Azure, without showing the token.
// Room: cli.
#pragma once

#include "cli/connection_options.hpp"

namespace entrada::cli {

struct token_options {
    std::string credential; ///< as the SDKs spell it; empty: the default chain
    connection_options connection;
};

CLI::App* add_token(CLI::App& program, token_options& into);
/// Throws `command_failure`.
[[nodiscard]] exit_status run_token(const token_options& options, console& to);

} // namespace entrada::cli
