// The command line of `entrada emulator`.
// Room: emulator.
#include "emulator/emulator_command.hpp"

#include "base/duration.hpp"
#include "emulator/faults.hpp"

#include <CLI/CLI.hpp>

#include <charconv>

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

identity_choice to_identities(const std::string& list) {
    auto choice = parse_identities(list);
    if (!choice) throw CLI::ValidationError("--identities", choice.error().detail());
    return std::move(*choice);
}

void check_fault(const std::string& text) {
    fault_board board;
    if (const auto done = board.set(text); !done) throw CLI::ValidationError("--fault", done.error().detail());
}

void add_tool_options(CLI::App& sub, emulator_options& into) {
    constexpr auto hidden = "";
    sub.add_option("--act-as", into.acting_as)->group(hidden);
    sub.add_option("--at", into.acting_at)->group(hidden);
}

std::uint16_t to_port(const std::string& option, const std::string& text) {
    std::uint16_t port = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), port);
    if (error != std::errc{} || end != text.data() + text.size())
        throw CLI::ValidationError(option, "'" + text + "' is no port, which is a number from 0 to 65535");
    return port;
}

void add_port(CLI::App& sub, const std::string& option, std::uint16_t& into, const std::string& meaning) {
    const auto take = [&into, option](const std::string& text) { into = to_port(option, text); };
    sub.add_option_function<std::string>(option, take, meaning)->type_name("PORT");
}

void add_port_options(CLI::App& sub, emulator_options& into) {
    add_port(sub, "--port", into.port, "Port of Redis; 0 takes a free one (default)");
    add_port(sub, "--http-port", into.http_port, "Port of the managed identity");
    add_port(sub, "--admin-port", into.admin_port, "Port of the health and admin endpoints");
    add_port(sub, "--authority-port", into.authority_port, "Port of the Entra ID authority (HTTPS)");
}

} // namespace

CLI::App* add_emulator_command(CLI::App& program, emulator_options& into) {
    CLI::App* const sub = program.add_subcommand(
        "emulator", "A local Azure: a real Redis that takes Entra tokens only, and the endpoints that issue them");
    sub->add_option_function<std::string>(
           "--token-lifetime", [&into](const std::string& text) { into.token_lifetime = to_lifetime(text); },
           "How long tokens live: 5s, 10m, 1h (default 1h)")
        ->type_name("TIME");
    add_port_options(*sub, into);
    sub->add_option_function<std::string>(
           "--identities", [&into](const std::string& list) { into.identities = to_identities(list); },
           "Who signs in, and from where. Identities: user-assigned, service-principal, certificate, workload, pipelines. The "
           "managed identity's form: app-service (default), imds, azure-arc, ..., or none. Developer tools: az, azd, pwsh")
        ->type_name("LIST");
    sub->add_option_function<std::vector<std::string>>(
           "--fault",
           [&into](const std::vector<std::string>& faults) {
               for (const std::string& one : faults) check_fault(one);
               into.faults = faults;
           },
           "What goes wrong from the start: SOURCE=FAULT[:VALUE][*TIMES], such as imds=throttled:2*3; may be repeated")
        ->allow_extra_args(false)
        ->type_name("FAULT");
    sub->add_option("--arc-keys", into.arc_keys,
                    "Where the key files of Azure Arc are written (SDKs want /var/opt/azcmagent/tokens)")
        ->type_name("DIRECTORY");
    CLI::Option* const json = sub->add_flag("--json", into.json, "Print one line of JSON with every port and path when ready");
    sub->add_option_function<std::string>(
           "--print-env", [&into](const std::string&) { into.print_env = env_shell::sh; },
           "Print the environment as shell lines when ready")
        ->check(CLI::IsMember({"sh"}).description(""))
        ->excludes(json)
        ->type_name("sh");
    sub->add_flag("--verbose", into.verbose, "Say every login and every connection that is closed");
    sub->add_option("COMMAND", into.command, "Program to run with the environment set, after --; the emulator ends with it")
        ->type_name("");
    add_tool_options(*sub, into);
    sub->footer("Examples:\n"
                "  entrada emulator --token-lifetime 5s -- ./my-service\n"
                "  entrada emulator --identities none,az -- ./my-service\n"
                "  entrada emulator --fault app-service=throttled:2*3 -- ./my-service\n"
                "  entrada emulator --print-env sh > emulator.env &\n"
                "  until [ -s emulator.env ]; do sleep 0.1; done; . ./emulator.env\n");
    return sub;
}

} // namespace entrada::emulator
