#include "cli/token_command.hpp"

#include "cli/report.hpp"
#include "entrada/token_claims.hpp"

#include <CLI/CLI.hpp>
#include <boost/json.hpp>

#include <optional>
#include <ostream>

namespace entrada::cli {
namespace {

using moment = std::optional<std::chrono::system_clock::time_point>;

struct shown_token {
    std::string source;
    token_claims claims;
    std::chrono::system_clock::time_point expires_on;
};

shown_token get_token(const settings& from, std::chrono::milliseconds timeout) {
    const auto credential = from.make_credential();
    token_request request;
    request.scope = from.scope;
    request.deadline = std::chrono::steady_clock::now() + timeout;
    const auto token = credential->get_token(request);
    if (!token) throw command_failure{token.error(), exit_status::failed};
    auto claims = read_token_claims(token->token.reveal());
    if (!claims) throw command_failure{claims.error(), exit_status::failed};
    return {credential->source(), std::move(*claims), token->expires_on};
}

struct named_claim {
    std::string_view label;
    std::string_view json_name;
    std::string token_claims::*text;
};

constexpr named_claim texts[]{{"object id", "oid", &token_claims::oid},
                              {"audience", "aud", &token_claims::aud},
                              {"issuer", "iss", &token_claims::iss},
                              {"tenant", "tid", &token_claims::tid},
                              {"client id", "appid", &token_claims::appid},
                              {"kind", "idtyp", &token_claims::idtyp},
                              {"resource", "xms_mirid", &token_claims::xms_mirid},
                              {"support id", "uti", &token_claims::uti}};

boost::json::value json_of(const moment& time) {
    return time ? boost::json::value(utc_text(*time)) : boost::json::value(nullptr);
}

boost::json::object json_of(const shown_token& token) {
    boost::json::object claims;
    for (const auto& claim : texts) {
        const std::string& text = token.claims.*claim.text;
        claims[claim.json_name] = text.empty() ? boost::json::value(nullptr) : json_of_bytes(text);
    }
    claims["iat"] = json_of(token.claims.iat);
    claims["nbf"] = json_of(token.claims.nbf);
    claims["exp"] = json_of(token.claims.exp);
    return {{"credential", token.source},
            {"user", json_of_bytes(token.claims.oid)},
            {"expires", utc_text(token.expires_on)},
            {"seconds_left", seconds_until(token.expires_on)},
            {"claims", std::move(claims)}};
}

report_rows rows_of(const shown_token& token) {
    report_rows rows{{"credential", token.source}};
    for (const auto& claim : texts) {
        const std::string& text = token.claims.*claim.text;
        if (!text.empty()) rows.push_back({claim.label, text});
    }
    if (token.claims.iat) rows.push_back({"issued", utc_text(*token.claims.iat)});
    rows.push_back({"expires", utc_text(token.expires_on) + ", in " + std::to_string(seconds_until(token.expires_on)) + " s"});
    return rows;
}

} // namespace

CLI::App* add_token(CLI::App& program, token_options& into) {
    CLI::App* command = program.add_subcommand("token", "Get a token and show its claims, never the token")->group("Identity");
    add_settings_option(*command, into.connection);
    add_timeout_option(*command, into.connection, "For getting the token (default 15s)");
    add_report_options(*command, into.connection);
    command->footer("Says which credential the token came from. The object id is the user name on Redis: this is\n"
                    "whom an access policy of the cache has to name. Exits with 1 if no token can be had.\n\n"
                    "Examples:\n"
                    "  entrada token\n"
                    "  entrada token --json | jq -r .user\n");
    return command;
}

exit_status run_token(const token_options& options, console& to) {
    const settings from = load_settings(options.connection, to);
    const shown_token token = get_token(from, options.connection.timeout);
    if (options.connection.json)
        print_json(to, json_of(token));
    else
        print_rows(to, rows_of(token));
    if (!token.claims.oid.empty()) return exit_status::fine;
    to.err << "entrada: the token has no oid claim, which Redis needs as the user name\n";
    return exit_status::failed;
}

} // namespace entrada::cli
