// The program `entrada`: its subcommands, and from argv to exit status.
// Room: cli.
#pragma once

#include "cli/exec_command.hpp"
#include "cli/key_commands.hpp"
#include "cli/ping_command.hpp"
#include "cli/token_command.hpp"
#include "emulator/emulator_command.hpp"

#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace entrada::cli {

/// The parser with everything it fills. Parsing and running are apart, so that tests can look in between.
class program {
public:
    program();
    ~program();

    /// Nothing if a command is ready to run; otherwise how to end: help was asked for, or the words make no sense.
    [[nodiscard]] std::optional<exit_status> parse(std::vector<std::string> arguments, console& to);
    /// Precondition: `parse` returned nothing.
    [[nodiscard]] int run(console& to);

    [[nodiscard]] CLI::App& parser() noexcept { return *parser_; }

    get_options get;
    set_command_options set;
    del_options del;
    ttl_options ttl;
    exec_options exec;
    ping_options ping;
    token_options token;
    emulator::emulator_options emulator;
    bool version_as_json = false;

private:
    struct subcommand {
        CLI::App* parsed;
        const connection_options* connection; ///< null: none
        std::function<int(console&)> run;
    };

    template <class Options>
    void add(CLI::App* (*declare)(CLI::App&, Options&), exit_status (*execute)(const Options&, console&), Options& options);
    void add_version();
    [[nodiscard]] std::string_view subcommand_after_option(std::span<const std::string> arguments) const;
    [[nodiscard]] bool is_subcommand(std::string_view word) const;
    [[nodiscard]] std::vector<std::string_view> subcommand_names() const;

    std::unique_ptr<CLI::App> parser_;
    std::vector<subcommand> subcommands_;
};

/// The whole program. Returns the exit status.
[[nodiscard]] int run_program(std::vector<std::string> arguments, console& to);

} // namespace entrada::cli
