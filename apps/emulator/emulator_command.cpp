// The command line of `entrada emulator`.
// Room: emulator.
#include "emulator/emulator_command.hpp"

#include "base/duration.hpp"
#include "base/text.hpp"

#include <CLI/CLI.hpp>

namespace entrada::emulator {
namespace {

constexpr auto lifetime_max = std::chrono::hours(48);

std::chrono::seconds to_lifetime(const std::string& text) {
    const auto parsed = base::parse_duration(text, std::chrono::seconds(1));
    if (!parsed) throw CLI::ValidationError("--token-lifetime", "'" + text + "' is not " + std::string(base::duration_form));
    const auto seconds = std::chrono::duration_cast<std::chrono::seconds>(*parsed);
    if (seconds != *parsed || seconds < std::chrono::seconds(1) || seconds > lifetime_max)
        throw CLI::ValidationError("--token-lifetime", "tokens live whole seconds, from 1s to 48h");
    return seconds;
}

std::vector<identity_kind> to_identities(const std::string& list) {
    std::vector<identity_kind> kinds;
    bool application = false;
    bool user_assigned = false;
    for (const std::string_view name : base::split(list, ',')) {
        const auto kind = parse_identity_kind(name);
        if (!kind)
            throw CLI::ValidationError("--identities", "'" + std::string(name)
                                                           + "' is none of system, user-assigned, service-principal, workload");
        application = application || *kind == identity_kind::service_principal || *kind == identity_kind::workload;
        user_assigned = user_assigned || *kind == identity_kind::user_assigned;
        kinds.push_back(*kind);
    }
    if (application && user_assigned)
        throw CLI::ValidationError("--identities", "user-assigned goes with neither service-principal nor workload: "
                                                   "AZURE_CLIENT_ID can name only one of them");
    return kinds;
}

} // namespace

CLI::App* add_emulator_command(CLI::App& program, emulator_options& into) {
    CLI::App* const sub = program.add_subcommand(
        "emulator", "A local Azure: a real Redis that takes Entra tokens only, and the endpoints that issue them");
    sub->add_option_function<std::string>(
           "--token-lifetime", [&into](const std::string& text) { into.token_lifetime = to_lifetime(text); },
           "How long tokens live: 5s, 10m, 1h (default 1h)")
        ->type_name("TIME");
    sub->add_option("--port", into.port, "Port of Redis; 0 takes a free one (default)")->type_name("PORT");
    sub->add_option("--http-port", into.http_port, "Port of the managed identity, health and admin endpoints")->type_name("PORT");
    sub->add_option("--authority-port", into.authority_port, "Port of the Entra ID authority (HTTPS)")->type_name("PORT");
    sub->add_option_function<std::string>(
           "--identities", [&into](const std::string& list) { into.identities = to_identities(list); },
           "Who else signs in, besides the system-assigned managed identity: user-assigned, service-principal, workload")
        ->type_name("LIST");
    CLI::Option* const json = sub->add_flag("--json", into.json, "Print one line of JSON with every port and path when ready");
    sub->add_option_function<std::string>(
           "--print-env", [&into](const std::string&) { into.print_env = env_shell::sh; },
           "Print the environment as shell lines when ready")
        ->check(CLI::IsMember({"sh"}))
        ->excludes(json)
        ->type_name("sh");
    sub->add_flag("--verbose", into.verbose, "Say every login and every connection that is closed");
    sub->add_option("COMMAND", into.command, "Program to run with the environment set, after --; the emulator ends with it");
    sub->footer("Examples:\n"
                "  entrada emulator --token-lifetime 5s -- ./my-service\n"
                "  entrada emulator --print-env sh > emulator.env &\n");
    return sub;
}

} // namespace entrada::emulator
