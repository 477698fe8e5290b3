#include "cli/token_command.hpp"

#include "cli/credential_choice.hpp"
#include "cli/report.hpp"
#include "config/nearest.hpp"
#include "entrada/credential_report.hpp"
#include "entrada/token_claims.hpp"

#include <CLI/CLI.hpp>
#include <boost/json.hpp>

#include <optional>
#include <ostream>

namespace entrada::cli {
namespace {

using moment = std::optional<std::chrono::system_clock::time_point>;
using attempts = std::vector<credential_attempt>;

struct shown_token {
    std::string source;
    std::optional<token_claims> claims; ///< empty: the token is opaque
    std::string opaque_because;
    std::chrono::system_clock::time_point expires_on;
    std::chrono::milliseconds took;
    attempts passed_over;

    [[nodiscard]] std::string user() const { return claims ? claims->oid : std::string(); }
};

result<shown_token> get_token(token_credential& credential, const std::string& scope, std::chrono::milliseconds timeout) {
    token_request request;
    request.scope = scope;
    const auto begin = std::chrono::steady_clock::now();
    request.deadline = begin + timeout;
    const auto token = credential.get_token(request);
    if (!token) return token.error();
    const auto took = std::chrono::ceil<std::chrono::milliseconds>(std::chrono::steady_clock::now() - begin);
    shown_token shown{credential.source(), {}, {}, token->expires_on, took, credential.passed_over()};
    if (auto claims = read_token_claims(token->token.reveal()))
        shown.claims = std::move(*claims);
    else
        shown.opaque_because = claims.error().detail();
    return shown;
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

boost::json::value json_of(const std::optional<token_claims>& claims) {
    if (!claims) return nullptr;
    boost::json::object object;
    for (const auto& claim : texts) {
        const std::string& text = (*claims).*claim.text;
        object[claim.json_name] = text.empty() ? boost::json::value(nullptr) : json_of_bytes(text);
    }
    object["iat"] = json_of(claims->iat);
    object["nbf"] = json_of(claims->nbf);
    object["exp"] = json_of(claims->exp);
    return object;
}

boost::json::value json_of(const attempts& all) {
    boost::json::array list;
    for (const auto& one : all) {
        boost::json::object object{{"credential", one.credential},
                                   {"outcome", to_string(one.what)},
                                   {"reason", json_of_bytes(one.reason)},
                                   {"elapsed_ms", one.elapsed.count()}};
        if (one.http_status != 0) object["http_status"] = one.http_status;
        if (!one.aadsts.empty()) object["aadsts"] = one.aadsts;
        if (!one.correlation_id.empty()) object["correlation_id"] = json_of_bytes(one.correlation_id);
        if (!one.hint.empty()) object["hint"] = json_of_bytes(one.hint);
        if (one.retry_after) object["retry_after_ms"] = one.retry_after->count();
        list.push_back(std::move(object));
    }
    return list;
}

boost::json::object json_of(const shown_token& token) {
    return {{"credential", token.source},
            {"user", json_of_bytes(token.user())},
            {"expires", utc_text(token.expires_on)},
            {"seconds_left", seconds_until(token.expires_on)},
            {"elapsed_ms", token.took.count()},
            {"claims", json_of(token.claims)},
            {"passed_over", json_of(token.passed_over)}};
}

std::string text_of(const credential_attempt& attempt) {
    std::string text(to_string(attempt.what));
    text += ": " + attempt.reason;
    if (attempt.what == credential_attempt::outcome::skipped) return text;
    std::string facts;
    if (attempt.http_status != 0) facts += "HTTP " + std::to_string(attempt.http_status) + ", ";
    if (!attempt.correlation_id.empty()) facts += "correlation id " + attempt.correlation_id + ", ";
    return text + " (" + facts + std::to_string(attempt.elapsed.count()) + " ms)";
}

report_rows rows_of(const shown_token& token) {
    report_rows rows{{"credential", token.source + ", in " + std::to_string(token.took.count()) + " ms"}};
    for (const auto& claim : texts) {
        const std::string text = token.claims ? (*token.claims).*claim.text : std::string();
        if (!text.empty()) rows.push_back({claim.label, text});
    }
    if (!token.claims) rows.push_back({"claims", "none can be read: " + token.opaque_because});
    if (token.claims && token.claims->iat) rows.push_back({"issued", utc_text(*token.claims->iat)});
    rows.push_back({"expires", utc_text(token.expires_on) + ", in " + std::to_string(seconds_until(token.expires_on)) + " s"});
    for (const auto& one : token.passed_over) rows.push_back({"passed over", one.credential + " " + text_of(one)});
    return rows;
}

/// One line for each credential that was asked, instead of one long line for all.
exit_status complain_of_all(console& to, const failure& cause, const attempts& all, const std::string& scope, bool json) {
    to.err << "entrada: no token for " << escape_untrusted(scope) << ": " << cause.code().message() << '\n';
    std::size_t width = 0;
    for (const auto& one : all) width = std::max(width, one.credential.size());
    const std::string* hint = nullptr;
    for (const auto& one : all) {
        to.err << "  " << one.credential << std::string(width + 2 - one.credential.size(), ' ')
               << escape_untrusted(text_of(one), 1000) << '\n';
        const bool better = hint == nullptr || one.what == credential_attempt::outcome::failed;
        if (!one.hint.empty() && better) hint = &one.hint;
    }
    const auto at = cause.detail().rfind("Hint: ");
    if (hint != nullptr)
        to.err << "Hint: " << escape_untrusted(*hint, 500) << '\n';
    else if (at != std::string::npos)
        to.err << escape_untrusted(std::string_view(cause.detail()).substr(at), 500) << '\n';
    if (json)
        print_json(to, {{"error", {{"text", cause.code().message()}, {"detail", cause.detail()}}}, {"attempts", json_of(all)}});
    return exit_status::failed;
}

std::string name_given(const std::string& text) {
    const std::string_view found = find_credential_name(text);
    if (!found.empty()) return std::string(found);
    const auto names = credential_names();
    std::string list;
    for (const std::string_view one : names) list.append(list.empty() ? "" : ", ").append(one);
    throw CLI::ValidationError("--credential", "there is no '" + escape_untrusted(text, 60) + "'"
                                                   + config::suggestion(text, names) + "; there are " + list);
}

} // namespace

CLI::App* add_token(CLI::App& program, token_options& into) {
    CLI::App* command = program.add_subcommand("token", "Get a token and show its claims, never the token")->group("Identity");
    command
        ->add_option_function<std::string>(
            "--credential", [&into](const std::string& text) { into.credential = name_given(text); },
            "Ask this one alone, such as ManagedIdentityCredential; case does not matter")
        ->type_name("NAME");
    add_settings_option(*command, into.connection);
    add_timeout_option(*command, into.connection, "For getting the token (default 15s)");
    add_report_options(*command, into.connection);
    command->footer("Says which credential the token came from, and what those said that were asked before it. The object\n"
                    "id is the user name on Redis: this is whom an access policy of the cache has to name. Exits with 1 if\n"
                    "no token can be had, with a line for each credential that was asked.\n\n"
                    "Examples:\n"
                    "  entrada token\n"
                    "  entrada token --credential ManagedIdentityCredential\n"
                    "  entrada token --json | jq -r .user\n");
    return command;
}

exit_status run_token(const token_options& options, console& to) {
    const bool json = options.connection.json;
    const settings from = load_settings(options.connection, to);
    const auto credential = options.credential.empty() ? from.make_credential() : make_credential(options.credential, from);
    const auto token = get_token(*credential, from.scope, options.connection.timeout);
    if (!token) {
        const auto* const report = credential_report_of(token.error());
        if (report == nullptr) return complain(to, json, token.error(), exit_status::failed);
        return complain_of_all(to, token.error(), report->attempts(), from.scope, json);
    }
    if (json)
        print_json(to, json_of(*token));
    else
        print_rows(to, rows_of(*token));
    if (!token->user().empty()) return exit_status::fine;
    to.err << "entrada: the token has no oid claim, which Redis needs as the user name; Redis:User can name it\n";
    return exit_status::failed;
}

} // namespace entrada::cli
