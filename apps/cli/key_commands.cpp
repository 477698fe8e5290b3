#include "cli/key_commands.hpp"

#include "cli/session.hpp"

#include <CLI/CLI.hpp>
#include <boost/json.hpp>

#include <istream>
#include <iterator>
#include <ostream>

namespace entrada::cli {
namespace {

constexpr auto group = "Keys and values";

// Redis' own limit for one value.
constexpr std::size_t value_bytes_max = std::size_t{512} * 1024 * 1024;

std::string value_of(const set_command_options& options, console& to) {
    if (options.value != "-") return options.value;
    std::string text;
    char block[64 * 1024];
    while (to.in.read(block, sizeof block) || to.in.gcount() > 0) {
        text.append(block, static_cast<std::size_t>(to.in.gcount()));
        if (text.size() > value_bytes_max) {
            throw command_failure{{errc::limit_exceeded, "standard input is over 512 MiB, the longest value Redis takes"},
                                  exit_status::could_not_run};
        }
    }
    return text;
}

// "599.913s": what --ttl takes, too.
std::string seconds_text(std::chrono::milliseconds left) {
    std::string fraction = std::to_string(left.count() % 1000 + 1000).substr(1);
    fraction.erase(fraction.find_last_not_of('0') + 1);
    return std::to_string(left.count() / 1000) + (fraction.empty() ? "" : "." + fraction) + "s";
}

} // namespace

CLI::App* add_get(CLI::App& program, get_options& into) {
    CLI::App* command = program.add_subcommand("get", "Print the value of a key")->group(group);
    command->add_option("KEY", into.key, "Key, as it is in Redis: no prefix is added")->required()->type_name("");
    add_connection_options(*command, into.connection);
    command->footer("The value is written as it is, with a line end after it on a terminal only.\n"
                    "Exits with 1 if there is no such key.\n\n"
                    "Examples:\n"
                    "  entrada get person:1\n"
                    "  entrada get thumbnail:17 > thumbnail.jpg\n");
    return command;
}

CLI::App* add_set(CLI::App& program, set_command_options& into) {
    CLI::App* command = program.add_subcommand("set", "Store a value under a key")->group(group);
    command->add_option("KEY", into.key, "Key, as it is in Redis: no prefix is added")->required()->type_name("");
    command->add_option("VALUE", into.value, "Value; - reads it from standard input")->required()->type_name("");
    CLI::Option* ttl = command
                           ->add_option_function<std::string>(
                               "--ttl", [&into](const std::string& text) { into.how.ttl = duration_of("--ttl", text); },
                               "Time to live: 500ms, 10m, 2h, 1d. Without it the entry stays until it is removed")
                           ->type_name("TIME");
    command
        ->add_flag_callback(
            "--keep-ttl", [&into] { into.how.keep_ttl = true; }, "Leave the expiry of an entry that is there as it is")
        ->excludes(ttl);
    CLI::Option* absent = command->add_flag_callback(
        "--if-absent", [&into] { into.how.condition = set_condition::if_absent; }, "Only if there is no such key");
    command
        ->add_flag_callback(
            "--if-present", [&into] { into.how.condition = set_condition::if_present; }, "Only if there is such a key")
        ->excludes(absent);
    add_connection_options(*command, into.connection);
    command->footer("Exits with 1 if --if-absent or --if-present kept it from storing.\n\n"
                    "Examples:\n"
                    "  entrada set greeting hello --ttl 10m\n"
                    "  entrada set thumbnail:17 - --ttl 1d < thumbnail.jpg\n"
                    "  entrada set lock:import $$ --ttl 30s --if-absent && ./import\n");
    return command;
}

CLI::App* add_del(CLI::App& program, del_options& into) {
    CLI::App* command = program.add_subcommand("del", "Remove keys")->group(group);
    command->add_option("KEY", into.keys, "Keys, as they are in Redis")->required()->type_name("");
    add_connection_options(*command, into.connection);
    command->footer("Prints how many of them were there.\n\n"
                    "Examples:\n"
                    "  entrada del person:1\n"
                    "  entrada del person:1 person:2 --json\n");
    return command;
}

CLI::App* add_ttl(CLI::App& program, ttl_options& into) {
    CLI::App* command = program.add_subcommand("ttl", "Print how long a key has to live")->group(group);
    command->add_option("KEY", into.key, "Key, as it is in Redis: no prefix is added")->required()->type_name("");
    add_connection_options(*command, into.connection);
    command->footer("Prints seconds, or \"no expiry\". Exits with 1 if there is no such key.\n\n"
                    "Examples:\n"
                    "  entrada ttl person:1\n");
    return command;
}

exit_status run_get(const get_options& options, console& to) {
    session redis(options.connection, to);
    const auto value = value_or_fail(redis.client().get(options.key, redis.call()));
    const auto status = value ? exit_status::fine : exit_status::failed;
    if (options.connection.json) {
        print_json(to, {{"key", json_of_bytes(options.key)},
                        {"exists", value.has_value()},
                        {"value", value ? json_of_bytes(*value) : boost::json::value(nullptr)}});
    } else if (value) {
        to.out << *value << (to.out_is_terminal ? "\n" : "");
    } else {
        to.err << "entrada: no such key\n";
    }
    return status;
}

exit_status run_set(const set_command_options& options, console& to) {
    const std::string value = value_of(options, to);
    session redis(options.connection, to);
    const bool stored = value_or_fail(redis.client().set(options.key, value, options.how, redis.call()));
    if (options.connection.json) {
        print_json(to, {{"key", json_of_bytes(options.key)}, {"stored", stored}});
    } else if (!stored) {
        const bool absent = options.how.condition == set_condition::if_absent;
        to.err << "entrada: not stored: there is " << (absent ? "such a key already\n" : "no such key\n");
    }
    return stored ? exit_status::fine : exit_status::failed;
}

exit_status run_del(const del_options& options, console& to) {
    session redis(options.connection, to);
    std::size_t removed = 0;
    for (const auto& key : options.keys) removed += value_or_fail(redis.client().del(key, redis.call())) ? 1 : 0;
    if (options.connection.json)
        print_json(to, {{"removed", removed}});
    else
        to.out << removed << '\n';
    return exit_status::fine;
}

exit_status run_ttl(const ttl_options& options, console& to) {
    session redis(options.connection, to);
    const key_ttl found = value_or_fail(redis.client().ttl(options.key, redis.call()));
    if (options.connection.json) {
        print_json(to, {{"key", json_of_bytes(options.key)},
                        {"exists", found.exists},
                        {"ttl_ms", found.left ? boost::json::value(found.left->count()) : boost::json::value(nullptr)}});
    } else if (found.exists) {
        to.out << (found.left ? seconds_text(*found.left) : "no expiry") << '\n';
    } else {
        to.err << "entrada: no such key\n";
    }
    return found.exists ? exit_status::fine : exit_status::failed;
}

} // namespace entrada::cli
