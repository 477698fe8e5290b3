// Runs a program and reads what it says: no shell, no terminal, no inherited files, bounded in time and output.
// Room: identity.
#pragma once

#include "entrada/environment.hpp"
#include "entrada/secret_string.hpp"

#include <chrono>
#include <optional>
#include <stop_token>
#include <string>
#include <string_view>
#include <vector>

namespace entrada::identity {

struct child_wish {
    std::string program; ///< absolute path
    std::vector<std::string> arguments{};
    environment variables{}; ///< all that it gets
    std::chrono::steady_clock::time_point deadline;
    std::stop_token stop{};
};

struct child_end {
    enum class kind { exited, not_started, timed_out, stopped, too_much_output };
    kind how = kind::exited;
    int status = 0; ///< as a shell tells it: 128 and more for a signal; -1 if somebody else took it
    secret_string out{};
    std::string err{};
    std::string problem{}; ///< why it was not started
};

/// Blocks until the program has ended, also if what it started lives on. At the deadline, at a stop request and when it says more
/// than any answer is long, it is killed with all its children. Its working directory is /bin, its input is empty.
[[nodiscard]] child_end run_child(const child_wish& wish);

/// The first executable file of this name in the absolute folders of `path`; others could be anybody's.
[[nodiscard]] std::optional<std::string> find_program(std::string_view name, std::string_view path);

/// What a developer's tool needs of `variables`: who and where it is, its settings, proxies and authorities. No secrets.
[[nodiscard]] environment for_tools(const environment& variables);

} // namespace entrada::identity
