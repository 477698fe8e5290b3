// The places that Azure gives its machines, apps and pipelines to get tokens from: one table, one file for each.
// Room: emulator.
#pragma once

#include "emulator/fault_answers.hpp"
#include "emulator/http_message.hpp"
#include "emulator/token_desk.hpp"

#include <filesystem>
#include <map>
#include <string>
#include <string_view>

namespace entrada::emulator {

struct source_settings {
    secret_string secret;            ///< what IDENTITY_HEADER, MSI_SECRET and SYSTEM_ACCESSTOKEN hold
    std::filesystem::path arc_keys;  ///< where the key files of Azure Arc are written
    std::filesystem::path arc_other; ///< another directory, for the fault that puts them elsewhere
};

/// What one request to a source has to do with.
struct source_call {
    source_kind kind;
    const http_request& request;
    const met_faults& faults;
    const source_settings& settings;
    token_desk& tokens;
    std::map<std::string, secret_string>& arc_keys; ///< issued and not used yet, by path

    [[nodiscard]] const token_authority& authority() const noexcept { return tokens.authority(); }
};

/// One row of the table.
struct token_source {
    source_kind kind;
    std::string_view path; ///< at the port of the managed identity; Service Fabric's is at a port of its own
    http_response (*answer)(source_call&);
    http_response (*refuse)(const http_request&, unsigned status, std::string_view message);
};

/// Null if there is none at `path`; a slash at its end does not count.
[[nodiscard]] const token_source* find_token_source(std::string_view path) noexcept;
[[nodiscard]] const token_source& token_source_of(source_kind kind);

/// Answers for all sources of the table. Thread safety: one thread. `authority` and `faults` must live longer.
class token_sources {
public:
    token_sources(const token_authority& authority, fault_board& faults, source_settings settings);

    [[nodiscard]] http_response answer(const token_source& source, const http_request& request);

private:
    fault_board& faults_;
    source_settings settings_;
    token_desk tokens_;
    std::map<std::string, secret_string> arc_keys_;
};

} // namespace entrada::emulator
