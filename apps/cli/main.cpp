// The program `entrada`: one subcommand per room of apps/.
// Room: cli.
#include "emulator/emulator_command.hpp"

#include <CLI/CLI.hpp>

namespace {

constexpr int usage_error = 2;

} // namespace

int main(int argc, char** argv) {
    CLI::App program("Passwordless Redis caching on Azure", "entrada");
    program.require_subcommand(1);
    entrada::emulator::emulator_options emulator_options;
    const CLI::App* const emulator = entrada::emulator::add_emulator_command(program, emulator_options);
    try {
        program.parse(argc, argv);
    } catch (const CLI::ParseError& error) {
        return program.exit(error) == 0 ? 0 : usage_error;
    }
    if (emulator->parsed()) return entrada::emulator::run_emulator(emulator_options);
    return usage_error;
}
