// Room: tests.
#include "support/programs.hpp"

#include "base/text.hpp"

#include <stdexcept>

#include <unistd.h>

namespace entrada::test {

bool has_program(std::string_view name) {
    const environment variables = process_environment();
    for (const std::string_view folder : base::split(variable(variables, "PATH"), ':'))
        if (::access((std::string(folder) + "/" + std::string(name)).c_str(), X_OK) == 0) return true;
    return false;
}

program_run run_program(std::vector<std::string> argv, std::string_view input, std::chrono::milliseconds limit,
                        std::optional<environment> variables) {
    const auto deadline = within(limit);
    emulator::child_options options;
    options.argv = std::move(argv);
    options.variables = std::move(variables);
    options.in = emulator::child_stream::pipe;
    options.out = emulator::child_stream::pipe;
    options.err_into_out = true;
    auto child = emulator::child_process::start(options).value();
    (void)child.write(input, deadline); // a program need not read its input
    child.close_in();
    program_run run;
    run.out = child.read_out(deadline);
    const auto status = child.wait_until(deadline);
    if (!status) throw std::runtime_error(options.argv.front() + " was not done in time; it said: " + run.out);
    run.status = *status;
    return run;
}

} // namespace entrada::test
