// What a command talks to: streams and environment, so that tests can be both.
// Room: cli.
#pragma once

#include "entrada/environment.hpp"
#include "entrada/failure.hpp"

#include <iosfwd>
#include <string>
#include <string_view>

#include <boost/json/fwd.hpp>

namespace entrada::cli {

/// How a program ends. The numbers are a contract with scripts.
enum class exit_status {
    fine = 0,
    failed = 1,        ///< the job found a failure: no such key, no answer, no token
    usage = 2,         ///< the command line makes no sense
    could_not_run = 3, ///< no settings, no connection: the job was not done
};

struct console {
    std::istream& in;
    std::ostream& out;
    std::ostream& err;
    bool out_is_terminal = false;
    environment variables;
};

/// Says what failed: to people on `err`, and with `json` to programs on `out`. Returns `status`.
exit_status complain(console& to, bool json, const failure& cause, exit_status status);

/// One line of JSON, with `"version": 1` first.
void print_json(console& to, const boost::json::object& report);

/// A JSON text if the bytes are UTF-8, otherwise `{"base64": "..."}`.
[[nodiscard]] boost::json::value json_of_bytes(std::string_view bytes);

/// Thrown by commands; `complain`s and ends the program with `status`.
struct command_failure {
    failure cause;
    exit_status status;
};

} // namespace entrada::cli
