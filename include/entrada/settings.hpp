// Where the cache is and how to sign in, read from the places .NET programs read it from.
// Room: config.
#pragma once

#include "entrada/client_options.hpp"
#include "entrada/environment.hpp"
#include "entrada/token_manager.hpp"

#include <filesystem>
#include <optional>

namespace entrada {

/// All that is needed to make a client. Plain data: change what you like before use.
struct settings {
    std::string host;
    std::optional<std::uint16_t> port;  ///< empty: by host name, 10000 for Azure Managed Redis, 6380 or 6379 elsewhere

    /// Reads appsettings.json (comments and trailing commas allowed); `Redis__HostName` and its like in the environment win.
    /// Throws `failure_error` that names file, key and remedy.
    [[nodiscard]] static settings from_file(const std::filesystem::path& file, const environment& variables = process_environment());
    /// From the environment alone.
    [[nodiscard]] static settings from_environment(const environment& variables = process_environment());
    /// From a StackExchange.Redis configuration string.
    [[nodiscard]] static settings from_connection_string(std::string_view text);

    [[nodiscard]] std::shared_ptr<token_manager> make_token_manager() const;
    [[nodiscard]] client_options make_client_options() const;
    /// So that `entrada::cache cache{settings}` works.
    operator client_options() const { return make_client_options(); }  // NOLINT(google-explicit-constructor)
    /// For people: secrets masked.
    [[nodiscard]] std::string to_string() const;
};

} // namespace entrada
