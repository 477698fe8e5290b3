// The program behind the scripts `az`, `azd` and `pwsh` of the emulator.
// Room: emulator.
#pragma once

#include "emulator/emulator_command.hpp"
#include "entrada/environment.hpp"

namespace entrada::emulator {

/// Asks the emulator at `options.acting_at` how the tool has to act, and does so. Returns the exit status.
[[nodiscard]] int act_as_tool(const emulator_options& options, const environment& variables);

} // namespace entrada::emulator
