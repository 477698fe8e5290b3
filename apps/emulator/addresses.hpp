// Where everything is, once the emulator is ready; and how programs are told.
// Room: emulator.
#pragma once

#include "emulator/identities.hpp"
#include "entrada/environment.hpp"
#include "entrada/secret_string.hpp"

#include <chrono>
#include <cstdint>
#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

namespace entrada::emulator {

struct addresses {
    std::uint16_t redis_port = 0;
    std::uint16_t http_port = 0;
    std::uint16_t admin_port = 0;
    std::uint16_t authority_port = 0;
    std::uint16_t fabric_port = 0;
    std::filesystem::path directory;
    std::filesystem::path ca_file;
    std::filesystem::path ca_bundle;            ///< the system's authorities and ours
    std::filesystem::path federated_token_file; ///< empty without a workload identity
    std::filesystem::path client_certificate;   ///< key and certificate; empty without one
    std::filesystem::path tools;                ///< holds `az` and its like; empty without them
    std::filesystem::path arc_keys;
    std::string fabric_thumbprint;
    secret_string identity_header; ///< the other secrets of machines and pipelines are the same
    secret_string client_secret;   ///< empty without a service principal
    std::vector<identity> identities;
    identity_choice choice;
    std::string redis_version;
    std::chrono::seconds token_lifetime{};
    std::chrono::milliseconds ready_in{};

    [[nodiscard]] std::string host_name() const { return "localhost:" + std::to_string(redis_port); }
    [[nodiscard]] std::string http_url() const { return "http://127.0.0.1:" + std::to_string(http_port); }
    [[nodiscard]] std::string admin_url() const { return "http://127.0.0.1:" + std::to_string(admin_port); }
    [[nodiscard]] std::string fabric_url() const { return "https://localhost:" + std::to_string(fabric_port); }
    /// Where a source answers; empty for those that are no endpoint.
    [[nodiscard]] std::string url_of(source_kind source) const;
    [[nodiscard]] std::string authority_url() const { return "https://localhost:" + std::to_string(authority_port); }
};

/// The variables that make a program use the emulator; of PATH only what goes before it, see `path_with_tools`.
[[nodiscard]] environment emulator_variables(const addresses& where);

/// Variables that would lead a program elsewhere, or to an identity it does not have here.
[[nodiscard]] const std::vector<std::string>& hindering_variables();

/// `ours` with the emulator's variables set and the hindering ones left out.
[[nodiscard]] environment command_environment(environment ours, const addresses& where);

/// In quotes, as one word.
[[nodiscard]] std::string quote_for_shell(std::string_view text);

/// Lines for a POSIX shell to read; every value quoted.
[[nodiscard]] std::string to_shell_lines(const addresses& where);

/// One line, with a line end.
[[nodiscard]] std::string to_json_line(const addresses& where);

/// For people.
[[nodiscard]] std::string to_announcement(const addresses& where);

} // namespace entrada::emulator
