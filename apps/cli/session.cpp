#include "cli/session.hpp"

#include <algorithm>
#include <array>

namespace entrada::cli {
namespace {

// Redis was reached, took the login and said no.
constexpr std::array refusals{errc::server_error,    errc::no_permission,     errc::wrong_type,
                              errc::unknown_command, errc::read_only,         errc::out_of_memory,
                              errc::redirected,      errc::not_multiplexable, errc::server_loading};

settings checked(const connection_options& options, console& to) {
    settings made = load_settings(options, to);
    if (const auto fine = made.check(); !fine) throw command_failure{fine.error(), exit_status::could_not_run};
    return made;
}

std::shared_ptr<token_manager> tokens_of(const settings& from) {
    return from.effective_auth() == sign_in::entra ? from.make_token_manager() : nullptr;
}

client_options options_of(const settings& from, const std::shared_ptr<token_manager>& tokens) {
    return tokens ? from.make_client_options(tokens) : from.make_client_options();
}

} // namespace

session::session(const connection_options& options, console& to)
    : settings_(checked(options, to)), tokens_(tokens_of(settings_)),
      deadline_(std::chrono::steady_clock::now() + options.timeout), client_(options_of(settings_, tokens_)) {}

call_options session::call() const {
    const auto left = std::chrono::duration_cast<std::chrono::milliseconds>(deadline_ - std::chrono::steady_clock::now());
    return {.timeout = std::max(left, std::chrono::milliseconds(1)), .stop = {}};
}

std::optional<credentials> session::signed_in_as() const {
    if (!tokens_) return std::nullopt;
    const std::string& proven = settings_.tls_name.empty() ? settings_.host : settings_.tls_name;
    auto current = tokens_->current({.host = proven, .verified = true, .local = false});
    return current ? std::move(*current) : std::nullopt;
}

exit_status status_of(const failure& cause) noexcept {
    const bool refused = std::ranges::any_of(refusals, [&](errc code) { return cause.code() == code; });
    return refused ? exit_status::failed : exit_status::could_not_run;
}

} // namespace entrada::cli
