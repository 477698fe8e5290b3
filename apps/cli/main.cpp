#include "cli/program.hpp"

#include <iostream>

#include <unistd.h>

int main(int argc, char** argv) {
    std::ios::sync_with_stdio(false);
    entrada::cli::console terminal{.in = std::cin,
                                   .out = std::cout,
                                   .err = std::cerr,
                                   .out_is_terminal = ::isatty(STDOUT_FILENO) == 1,
                                   .variables = entrada::process_environment()};
    const int status = entrada::cli::run_program({argv + 1, argv + argc}, terminal);
    std::cout.flush();
    return std::cout ? status : static_cast<int>(entrada::cli::exit_status::could_not_run);
}
