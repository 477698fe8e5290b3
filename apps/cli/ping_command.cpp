#include "cli/ping_command.hpp"

#include "cli/report.hpp"
#include "cli/session.hpp"

#include <CLI/CLI.hpp>
#include <boost/json.hpp>

#include <algorithm>

namespace entrada::cli {
namespace {

using std::chrono::microseconds;

struct measured {
    microseconds connecting{};
    microseconds round_trip{};
};

// The first PING connects and signs in; the second measures the way alone.
measured measure(session& redis) {
    const auto ping = [&]() -> microseconds {
        const auto took = redis.client().ping(redis.call());
        if (took) return *took;
        // "Not there" is an answer to "is it there"; a CA file that cannot be read is none.
        const bool asked = took.error().code() != errc::file_unreadable;
        throw command_failure{took.error(), asked ? exit_status::failed : exit_status::could_not_run};
    };
    const microseconds first = ping();
    const microseconds second = ping();
    return {std::max(first - second, microseconds(0)), second};
}

boost::json::object json_of(const session& redis, const measured& times) {
    const settings& where = redis.where();
    boost::json::object report{
        {"host", where.unix_socket.empty() ? where.host : where.unix_socket},
        {"port", where.unix_socket.empty() ? boost::json::value(where.effective_port()) : boost::json::value(nullptr)},
        {"tls", where.effective_tls()},
        {"sign_in", json_name_of(where.effective_auth())},
        {"connect_us", times.connecting.count()},
        {"round_trip_us", times.round_trip.count()},
        {"user", where.user.empty() ? boost::json::value(nullptr) : boost::json::value(where.user)},
        {"token_seconds_left", nullptr}};
    if (const auto who = redis.signed_in_as()) {
        report["user"] = who->username;
        if (who->expires_at) report["token_seconds_left"] = seconds_until(*who->expires_at);
    }
    return report;
}

report_rows rows_of(const session& redis, const measured& times) {
    const settings& where = redis.where();
    const std::string place =
        where.unix_socket.empty() ? where.host + ":" + std::to_string(where.effective_port()) : "unix:" + where.unix_socket;
    report_rows rows{{"redis", place + (where.effective_tls() ? ", TLS" : ", no TLS")},
                     {"connected in", milliseconds_text(times.connecting)},
                     {"round trip", milliseconds_text(times.round_trip)},
                     {"sign-in", std::string(name_of(where.effective_auth()))}};
    if (const auto who = redis.signed_in_as()) {
        rows.push_back({"user", who->username});
        if (who->expires_at) rows.push_back({"token ends in", std::to_string(seconds_until(*who->expires_at)) + " s"});
    } else if (!where.user.empty()) {
        rows.push_back({"user", where.user});
    }
    return rows;
}

} // namespace

CLI::App* add_ping(CLI::App& program, ping_options& into) {
    CLI::App* command = program.add_subcommand("ping", "Connect, sign in, and measure the round trip")->group("Redis");
    add_connection_options(*command, into.connection);
    command->footer("Says also who we are to Redis (the object id of the identity) and how long the token is good.\n"
                    "Exits with 1 if there is no answer.\n\n"
                    "Examples:\n"
                    "  entrada ping\n"
                    "  entrada ping --host mycache.westeurope.redis.azure.net --verbose\n");
    return command;
}

exit_status run_ping(const ping_options& options, console& to) {
    session redis(options.connection, to);
    const measured times = measure(redis);
    if (options.connection.json)
        print_json(to, json_of(redis, times));
    else
        print_rows(to, rows_of(redis, times));
    return exit_status::fine;
}

} // namespace entrada::cli
