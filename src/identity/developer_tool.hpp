// Asking a tool that a developer has signed in with for a token.
// Room: identity.
#pragma once

#include "identity/inquiry.hpp"

#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace entrada::identity {

/// What is particular to one tool.
struct developer_tool {
    std::string_view program;
    std::string_view install_hint;
    std::string_view login_hint;
    /// Words in its complaint that mean: nobody is signed in.
    std::span<const std::string_view> not_signed_in;
    /// Words that mean: whoever was signed in has to do so again.
    std::span<const std::string_view> sign_in_again;
};

struct tool_call {
    std::vector<std::string> arguments;
    environment more_variables{};
    std::chrono::milliseconds time_max{};
    bool failures_are_unavailable = false;
};

/// The output of the tool.
///
/// Errors: unavailable if it is not installed or nobody is signed in; any other trouble is a failure, or unavailable in a chain.
///         `errc::timeout` and `errc::cancelled` are the caller's own.
[[nodiscard]] result<secret_string> ask_tool(const inquiry& inquiry, const developer_tool& tool, const tool_call& call);

/// Trouble with an answer: a failure, or unavailable in a chain.
[[nodiscard]] failure tool_trouble(const inquiry& inquiry, const tool_call& call, std::string reason, answer_facts facts = {});

/// The tenant to name; empty for the tool's own. A failure if it is refused or none.
[[nodiscard]] result<std::string> tenant_for_tool(const inquiry& inquiry, std::string_view configured,
                                                  const std::vector<std::string>& allowed);

} // namespace entrada::identity
