#include "cli/connection_options.hpp"

#include "base/duration.hpp"
#include "base/text.hpp"
#include "config/keys.hpp"

#include <CLI/CLI.hpp>

#include <filesystem>
#include <mutex>
#include <ostream>

namespace entrada::cli {
namespace {

constexpr auto default_file = "appsettings.json";

constexpr std::string_view host_variable = "Redis__HostName";
constexpr std::string_view port_variable = "Redis__Port";

std::string checked_host(const std::string& text) {
    settings probe;
    if (!config::apply_host(probe, text)) throw CLI::ValidationError("--host " + config::complaint_about_host(text));
    return text;
}

// As if Redis__HostName had been set to it: the last word on where Redis is. The port of another server goes with that one.
environment with_host(environment variables, const std::string& host) {
    if (host.empty()) return variables;
    std::erase_if(variables, [](const auto& variable) {
        const auto is = [&](std::string_view name) { return base::equal_ignoring_case(variable.first, name); };
        return is(host_variable) || is("Redis__Host") || is(port_variable);
    });
    variables[std::string(host_variable)] = host;
    variables[std::string(port_variable)] = ""; // takes back what the file says
    return variables;
}

// The settings know of a variable only.
std::string naming_the_option(std::string text, const connection_options& options) {
    const std::string variable = "environment variable " + std::string(host_variable);
    const auto at = options.host.empty() ? std::string::npos : text.find(variable);
    return at == std::string::npos ? text : text.replace(at, variable.size(), "--host");
}

settings read(const connection_options& options, const environment& variables) {
    const bool named = !options.settings_file.empty();
    const std::string file = named ? options.settings_file : default_file;
    std::error_code unknown;
    if (std::filesystem::exists(file, unknown)) return settings::from_file(file, variables);
    if (named) throw failure_error({errc::file_unreadable, file + " (--settings) does not exist"});
    settings made = settings::from_environment(variables);
    made.origin = "--host, the environment and ./appsettings.json (there is none)";
    return made;
}

log_sink log_to(console& to) {
    auto mutex = std::make_shared<std::mutex>();
    return [&to, mutex](const log_event& event) {
        const std::lock_guard lock(*mutex);
        to.err << "entrada: " << event.room << ": " << event.text << '\n';
    };
}

} // namespace

std::chrono::milliseconds duration_of(const std::string& option, const std::string& text) {
    const auto parsed = base::parse_duration(text, std::chrono::seconds(1));
    if (!parsed || parsed->count() < 1) {
        throw CLI::ValidationError(option, "'" + text + "' is not " + std::string(base::duration_form) + ", of at least 1ms");
    }
    return *parsed;
}

void add_settings_option(CLI::App& command, connection_options& into) {
    command.add_option("--settings", into.settings_file, "Settings file (default: ./appsettings.json, if there is one)")
        ->type_name("FILE")
        ->group("Connection");
}

void add_timeout_option(CLI::App& command, connection_options& into, const std::string& description) {
    const auto take = [&into](const std::string& text) { into.timeout = duration_of("--timeout", text); };
    command.add_option_function<std::string>("--timeout", take, description)->type_name("TIME")->group("Connection");
}

void add_report_options(CLI::App& command, connection_options& into) {
    command.add_flag("--json", into.json, "Print one line of JSON")->group("Output");
    command.add_flag("-v,--verbose", into.verbose, "Say on standard error what happens")->group("Output");
}

void add_connection_options(CLI::App& command, connection_options& into) {
    constexpr auto group = "Connection";
    const auto take = [&into](const std::string& text) { into.host = checked_host(text); };
    command.add_option_function<std::string>("--host", take, "Where Redis is, instead of what the settings say")
        ->type_name("HOST[:PORT]")
        ->group(group);
    add_settings_option(command, into);
    command.add_option("--ca-file", into.ca_file, "Trust these certificate authorities instead of the system's")
        ->type_name("PEM")
        ->group(group);
    add_timeout_option(command, into, "For connecting, signing in and the answer (default 15s)");
    add_report_options(command, into);
}

settings load_settings(const connection_options& options, console& to) {
    try {
        settings made = read(options, with_host(to.variables, options.host));
        if (!options.ca_file.empty()) made.ca_file = options.ca_file;
        made.connect_timeout = std::min(made.connect_timeout, options.timeout);
        for (const auto& warning : made.warnings) to.err << "entrada: warning: " << naming_the_option(warning, options) << '\n';
        made.warnings.clear(); // said, so the log need not
        if (options.verbose) made.log = log_to(to);
        return made;
    } catch (const failure_error& error) {
        throw command_failure{error.cause(), exit_status::could_not_run};
    }
}

} // namespace entrada::cli
