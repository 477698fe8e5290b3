// The connection of one command.
// Room: cli.
#pragma once

#include "cli/connection_options.hpp"
#include "entrada/client.hpp"

#include <memory>

namespace entrada::cli {

/// Connects when the first call is made. Throws `command_failure` if settings or credentials make no client.
class session {
public:
    session(const connection_options& options, console& to);

    [[nodiscard]] entrada::client& client() noexcept { return client_; }
    [[nodiscard]] const settings& where() const noexcept { return settings_; }
    /// The one deadline of the command, for each call the rest of it.
    [[nodiscard]] call_options call() const;
    /// User name and end of the token in use; empty without Entra.
    [[nodiscard]] std::optional<credentials> signed_in_as() const;

private:
    settings settings_;
    std::shared_ptr<token_manager> tokens_; ///< empty without Entra
    std::chrono::steady_clock::time_point deadline_;
    entrada::client client_;
};

/// The value, or `command_failure`: `failed` for an answer of Redis that refuses, `could_not_run` if there was none.
template <class T>
T value_or_fail(result<T>&& outcome);

[[nodiscard]] exit_status status_of(const failure& cause) noexcept;

template <class T>
T value_or_fail(result<T>&& outcome) {
    if (!outcome) throw command_failure{outcome.error(), status_of(outcome.error())};
    return std::move(*outcome);
}

} // namespace entrada::cli
