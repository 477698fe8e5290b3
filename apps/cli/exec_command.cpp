#include "cli/exec_command.hpp"

#include "cli/reply_printer.hpp"
#include "cli/session.hpp"

#include <CLI/CLI.hpp>
#include <boost/json.hpp>

#include <ostream>

namespace entrada::cli {

CLI::App* add_exec(CLI::App& program, exec_options& into) {
    CLI::App* command = program.add_subcommand("exec", "Run any command of Redis")->group("Redis");
    command->add_option("COMMAND", into.words, "Command and arguments, after --")->required()->type_name("");
    add_connection_options(*command, into.connection);
    command->footer("Replies look as in redis-cli: with types on a terminal, one value per line in a pipe.\n"
                    "Exits with 1 if Redis answers with an error. Commands that change the connection\n"
                    "(SUBSCRIBE, MULTI, SELECT, AUTH, BLPOP, ...) are refused.\n\n"
                    "Examples:\n"
                    "  entrada exec -- HGETALL session:17\n"
                    "  entrada exec -- SCAN 0 MATCH 'person:*' COUNT 100\n"
                    "  entrada exec --json -- INFO server\n");
    return command;
}

exit_status run_exec(const exec_options& options, console& to) {
    session redis(options.connection, to);
    command request(options.words.front());
    for (std::size_t i = 1; i < options.words.size(); ++i) request.add(options.words[i]);
    const reply answer = value_or_fail(redis.client().exec(request, redis.call()));
    if (options.connection.json)
        print_json(to, {{"reply", json_of(answer.root())}});
    else
        to.out << (to.out_is_terminal ? text_of(answer.root()) : lines_of(answer.root()));
    return exit_status::fine;
}

} // namespace entrada::cli
