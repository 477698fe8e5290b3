// `az`, `azd` and `pwsh` as far as programs call them for tokens: small scripts on PATH that ask the emulator what to say.
// Room: emulator.
#pragma once

#include "emulator/http_message.hpp"
#include "emulator/token_desk.hpp"

#include <filesystem>
#include <string>
#include <vector>

namespace entrada::emulator {

/// How a tool was called, and how it has to act.
struct tool_call {
    source_kind tool = source_kind::az;
    std::vector<std::string> arguments; ///< without the program's name
    std::string resource;               ///< from the variables that callers of PowerShell pass; may be empty
};

struct tool_act {
    std::string out; ///< bytes; need not be UTF-8
    std::string err;
    int exit = 0;
    std::chrono::milliseconds delay{};
    bool hang = false;
    bool reads_stdin = false; ///< to its end, before anything is said
    bool keeps_pipe = false;  ///< leaves a child behind that holds stdout open
};

[[nodiscard]] tool_act act_as_tool(const tool_call& call, const met_faults& faults, token_desk& tokens);

/// As sent to the script's program, and read by it. Empty: not an act.
[[nodiscard]] http_response to_response(const tool_act& act);
[[nodiscard]] std::optional<tool_act> parse_tool_act(std::string_view json);
/// Empty: not a call.
[[nodiscard]] std::optional<tool_call> parse_tool_call(const http_request& request);
[[nodiscard]] std::string to_json(const tool_call& call);

/// The text behind PowerShell's -EncodedCommand (Base64 of UTF-16), as far as it is ASCII.
[[nodiscard]] std::string decode_powershell(std::string_view encoded);

/// Writes the scripts of `tools` into `directory`, and takes away the others. `program` is the program `entrada`, `url` where the
/// emulator answers.
[[nodiscard]] result<void> place_tools(const std::filesystem::path& directory, const std::vector<source_kind>& tools,
                                       const std::filesystem::path& program, const std::string& url);

} // namespace entrada::emulator
