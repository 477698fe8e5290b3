// `entrada emulator`: its options, and the command itself.
// Room: emulator.
#pragma once

#include "emulator/identities.hpp"

#include <chrono>
#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

namespace CLI {
class App;
}

namespace entrada::emulator {

enum class env_shell { none, sh };

struct emulator_options {
    std::chrono::seconds token_lifetime{3600};
    std::uint16_t port = 0;           ///< of Redis; 0: a free one, as for those below
    std::uint16_t http_port = 0;      ///< of the managed identity
    std::uint16_t admin_port = 0;     ///< of health and admin endpoints
    std::uint16_t authority_port = 0; ///< of the Entra ID authority, HTTPS
    bool json = false;
    bool verbose = false;
    env_shell print_env = env_shell::none;
    identity_choice identities;
    std::vector<std::string> faults;  ///< each valid for `fault_board::set`
    std::filesystem::path arc_keys;   ///< empty: in the temporary directory
    std::vector<std::string> command; ///< run with the environment set, and wait for it
    std::string acting_as, acting_at; ///< set by the scripts of developer tools: no emulator, but a voice of one
};

/// Adds the subcommand `emulator` to `program`; parsing fills `into`, which must live until then.
CLI::App* add_emulator_command(CLI::App& program, emulator_options& into);

/// Runs until a signal, or until the command has ended. Returns the exit status: the command's own, 128 + n when a signal ended
/// the command, 0 after a signal without a command, 3 when the emulator or the command could not be started.
///
/// Call it once per process, before other threads are started: it blocks signals for the whole process.
[[nodiscard]] int run_emulator(const emulator_options& options);

} // namespace entrada::emulator
