// Runs foreign programs to their end, for tests.
// Room: tests.
#pragma once

#include "emulator/child_process.hpp"

#include <chrono>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace entrada::test {

/// How a program ended and what it said.
struct program_run {
    emulator::exit_status status;
    std::string out; ///< stdout and stderr together
};

/// A moment from now on, for waits.
[[nodiscard]] inline std::chrono::steady_clock::time_point within(std::chrono::milliseconds time) {
    return std::chrono::steady_clock::now() + time;
}

/// Is it in PATH?
[[nodiscard]] bool has_program(std::string_view name);

/// Runs to the end; throws if it cannot start or is not done by the deadline (then it is killed).
[[nodiscard]] program_run run_program(std::vector<std::string> argv, std::string_view input = {},
                                      std::chrono::milliseconds limit = std::chrono::seconds(20),
                                      std::optional<environment> variables = {});

} // namespace entrada::test
