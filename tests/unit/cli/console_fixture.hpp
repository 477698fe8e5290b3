// A console whose streams are texts.
// Room: tests.
#pragma once

#include "cli/console.hpp"
#include "cli/program.hpp"

#include <filesystem>
#include <sstream>
#include <string>
#include <vector>

namespace entrada::test {

/// Away from any appsettings.json and from the outer environment.
class text_console {
public:
    explicit text_console(environment variables = {}, std::string input = {})
        : in_(std::move(input)), variables_(std::move(variables)) {}

    int run(std::vector<std::string> arguments, bool out_is_terminal = false) {
        cli::console whole{in_, out_, err_, out_is_terminal, variables_};
        return cli::run_program(std::move(arguments), whole);
    }

    /// What was written since the last call.
    std::string out() { return std::exchange(out_, std::ostringstream()).str(); }
    std::string err() { return std::exchange(err_, std::ostringstream()).str(); }

private:
    std::istringstream in_;
    std::ostringstream out_;
    std::ostringstream err_;
    environment variables_;
};

} // namespace entrada::test
