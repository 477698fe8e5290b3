#include "cli/program.hpp"

#include "cli/help_format.hpp"
#include "config/nearest.hpp"
#include "entrada/version.hpp"

#include <boost/json.hpp>

#include <algorithm>
#include <ostream>

namespace entrada::cli {

program::program() : parser_(std::make_unique<CLI::App>("Entrada: passwordless Redis caching on Azure", "entrada")) {
    parser_->require_subcommand(1);
    parser_->formatter(std::make_shared<help_format>());                                        // subcommands take it over
    parser_->failure_message([](const CLI::App*, const CLI::Error&) { return std::string(); }); // said where it is known of whom
    parser_->set_help_flag("-h,--help", "Show this help");
    parser_->set_version_flag("--version", "entrada " + std::string(version), "Print the version");
    add(add_get, run_get, get);
    add(add_set, run_set, set);
    add(add_del, run_del, del);
    add(add_ttl, run_ttl, ttl);
    add(add_exec, run_exec, exec);
    add(add_ping, run_ping, ping);
    add(add_token, run_token, token);
    CLI::App* local = emulator::add_emulator_command(*parser_, emulator)->group("Local Azure");
    subcommands_.push_back({local, nullptr, [this](console&) { return emulator::run_emulator(emulator); }});
    add_version();
    parser_->footer("Where Redis is and how to sign in is read from ./appsettings.json ({\"Redis\": {\"HostName\": \"...\"}})\n"
                    "and the environment (Redis__HostName). Without a password the sign-in is Microsoft Entra's.\n\n"
                    "Exit status: 0 fine, 1 the job found a failure, 2 wrong usage, 3 could not run.\n"
                    "entrada SUBCOMMAND --help says more, with examples.\n");
}

program::~program() = default;

template <class Options>
void program::add(CLI::App* (*declare)(CLI::App&, Options&), exit_status (*execute)(const Options&, console&), Options& options) {
    subcommands_.push_back({declare(*parser_, options), &options.connection,
                            [&options, execute](console& to) { return static_cast<int>(execute(options, to)); }});
}

void program::add_version() {
    CLI::App* command = parser_->add_subcommand("version", "Print the version")->group("About");
    command->add_flag("--json", version_as_json, "Print one line of JSON");
    subcommands_.push_back({command, nullptr, [this](console& to) {
                                if (version_as_json)
                                    print_json(to, {{"entrada", version}});
                                else
                                    to.out << "entrada " << version << '\n';
                                return static_cast<int>(exit_status::fine);
                            }});
}

std::optional<exit_status> program::parse(std::vector<std::string> arguments, console& to) {
    if (arguments.empty()) {
        to.err << parser_->help();
        return exit_status::usage;
    }
    if (arguments.front() == "help") { // as git and others have it
        arguments.erase(arguments.begin());
        arguments.emplace_back("--help");
    }
    if (const auto command = subcommand_after_option(arguments); !command.empty()) {
        to.err << "entrada: " << arguments.front() << " goes after the subcommand: entrada " << command << " ... "
               << arguments.front() << '\n';
        return exit_status::usage;
    }
    if (!arguments.front().starts_with('-') && !is_subcommand(arguments.front())) {
        to.err << "entrada: there is no subcommand '" << escape_untrusted(arguments.front(), 40) << "'"
               << config::suggestion(arguments.front(), subcommand_names()) << "\nRun entrada --help for the list.\n";
        return exit_status::usage;
    }
    const std::string name = is_subcommand(arguments.front()) ? "entrada " + arguments.front() : "entrada";
    std::ranges::reverse(arguments); // as the parser wants them
    try {
        parser_->parse(std::move(arguments));
    } catch (const CLI::ParseError& error) {
        if (parser_->exit(error, to.out, to.err) == 0) return exit_status::fine; // help or version
        to.err << name << ": " << error.what() << '\n' << name << " --help says more.\n";
        return exit_status::usage;
    }
    return std::nullopt;
}

/// Empty if the first argument is no option, or one that the program itself has.
std::string_view program::subcommand_after_option(std::span<const std::string> arguments) const {
    const std::string& first = arguments.front();
    if (!first.starts_with("-") || first == "-h" || first == "--help" || first == "--version") return {};
    const auto found = std::ranges::find_if(arguments, [this](const std::string& word) { return is_subcommand(word); });
    return found == arguments.end() ? std::string_view{} : std::string_view(*found);
}

bool program::is_subcommand(std::string_view word) const { return std::ranges::count(subcommand_names(), word) != 0; }

std::vector<std::string_view> program::subcommand_names() const {
    std::vector<std::string_view> names;
    for (const auto& one : subcommands_) names.push_back(one.parsed->get_name());
    return names;
}

int program::run(console& to) {
    const auto chosen = std::ranges::find_if(subcommands_, [](const subcommand& one) { return one.parsed->parsed(); });
    const bool json = chosen->connection && chosen->connection->json;
    try {
        return chosen->run(to);
    } catch (const command_failure& failed) {
        return static_cast<int>(complain(to, json, failed.cause, failed.status));
    } catch (const failure_error& error) {
        return static_cast<int>(complain(to, json, error.cause(), exit_status::could_not_run));
    }
}

int run_program(std::vector<std::string> arguments, console& to) {
    program whole;
    if (const auto ended = whole.parse(std::move(arguments), to)) return static_cast<int>(*ended);
    return whole.run(to);
}

} // namespace entrada::cli
