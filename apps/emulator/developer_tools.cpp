// Room: emulator.
#include "emulator/developer_tools.hpp"

#include "base/text.hpp"
#include "emulator/addresses.hpp"
#include "emulator/base64url.hpp"
#include "emulator/expiry_forms.hpp"
#include "emulator/source_entries.hpp"
#include "emulator/temporary_directory.hpp"

#include <boost/json/array.hpp>
#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>

#include <algorithm>
#include <ctime>

namespace entrada::emulator {
namespace {

constexpr std::string_view default_suffix = "/.default";
constexpr int not_found_status = 127;

/// The value after `option`; empty if it is not there.
std::string_view value_of(const tool_call& call, std::string_view option) {
    const auto found = std::find(call.arguments.begin(), call.arguments.end(), option);
    return found == call.arguments.end() || std::next(found) == call.arguments.end() ? std::string_view() : *std::next(found);
}

bool starts_with(const tool_call& call, std::initializer_list<std::string_view> words) {
    return call.arguments.size() >= words.size() && std::equal(words.begin(), words.end(), call.arguments.begin());
}

std::string_view without_default(std::string_view scope) {
    if (scope.ends_with(default_suffix)) scope.remove_suffix(default_suffix.size());
    return scope;
}

tool_act complaint(std::string err, int exit = 1) {
    tool_act act;
    act.err = std::move(err) + "\n";
    act.exit = exit;
    return act;
}

tool_act saying(const json::object& answer) {
    tool_act act;
    act.out = json::serialize(answer) + "\n";
    return act;
}

std::string local_time(wall_time time, const char* pattern) {
    const std::time_t seconds = std::chrono::system_clock::to_time_t(time);
    std::tm parts{};
    ::localtime_r(&seconds, &parts);
    char text[64];
    return {text, std::strftime(text, sizeof text, pattern, &parts)};
}

struct tool_token {
    std::string text;
    wall_time expires;
};

tool_token get_token(const tool_call& call, std::string_view resource, const met_faults& faults, token_desk& tokens) {
    const identity& who = find_identity(tokens.authority(), identity_kind::developer);
    const handed_token handed = tokens.hand_out(call.tool, who, resource, {"none", "none"}, faults);
    return {std::string(std::string_view(handed.fields.at("access_token").as_string())), handed.made.expires};
}

tool_act act_as_az(const tool_call& call, const met_faults& faults, token_desk& tokens) {
    if (!starts_with(call, {"account", "get-access-token"}))
        return complaint("ERROR: the emulator's az knows 'account get-access-token' alone", 2);
    const std::string_view asked = value_of(call, "--resource");
    const std::string_view resource = asked.empty() ? without_default(value_of(call, "--scope")) : asked;
    if (!is_redis_audience(resource)) return complaint("ERROR: AADSTS500011: " + unknown_resource_text(resource));
    const tool_token token = get_token(call, resource, faults, tokens);
    json::object answer{{"accessToken", token.text},
                        {"expiresOn", local_time(token.expires, "%Y-%m-%d %H:%M:%S.000000")},
                        {"expires_on", to_seconds(token.expires)},
                        {"subscription", "e117ada0-0000-4000-8000-000000000002"},
                        {"tenant", tenant_id},
                        {"tokenType", "Bearer"}};
    if (faults.has(fault_id::old_output)) answer.erase("expires_on");
    return saying(answer);
}

tool_act act_as_azd(const tool_call& call, const met_faults& faults, token_desk& tokens) {
    if (!starts_with(call, {"auth", "token"})) return complaint("ERROR: the emulator's azd knows 'auth token' alone");
    const std::string_view scope = value_of(call, "--scope");
    if (!scope.ends_with(default_suffix) || !is_redis_audience(without_default(scope)))
        return complaint("ERROR: fetching token: AADSTS500011: " + unknown_resource_text(scope));
    const tool_token token = get_token(call, without_default(scope), faults, tokens);
    return saying({{"token", token.text}, {"expiresOn", format_time(token.expires, "%Y-%m-%dT%H:%M:%SZ")}});
}

/// What .NET's script prints: the end in ticks of 100 ns since the year 1.
std::string to_clixml(const tool_token& token) {
    constexpr std::int64_t from_year_one_to_1970 = 62'135'596'800;
    const std::string ticks = std::to_string((to_seconds(token.expires) + from_year_one_to_1970) * 10'000'000);
    return R"(<?xml version="1.0" encoding="utf-8"?><Objects><Object Type="System.Management.Automation.PSCustomObject">)"
           R"(<Property Name="Token" Type="System.String">)"
           + token.text + R"(</Property><Property Name="ExpiresOn" Type="System.Int64">)" + ticks
           + "</Property></Object></Objects>\n";
}

tool_act act_as_pwsh(const tool_call& call, const met_faults& faults, token_desk& tokens) {
    if (call.arguments.empty() || call.arguments.front() == "/?") return {}; // how the JavaScript SDK looks for it
    const std::string_view encoded = value_of(call, "-EncodedCommand");
    const std::string script = encoded.empty() ? std::string(value_of(call, "-Command")) : decode_powershell(encoded);
    if (script.find("Get-AzAccessToken") == std::string::npos)
        return complaint("The emulator's pwsh runs nothing but Get-AzAccessToken");
    const bool named = is_redis_audience(call.resource) || script.find("https://redis.azure.com") != std::string::npos;
    if (!named) return complaint("Get-AzAccessToken: AADSTS500011: " + unknown_resource_text(call.resource));
    const tool_token token = get_token(call, "https://redis.azure.com", faults, tokens);
    tool_act act = saying({{"ExpiresOn", format_time(token.expires, "%Y-%m-%dT%H:%M:%S+00:00")}, {"Token", token.text}});
    if (script.find("ConvertTo-Xml") != std::string::npos) act.out = to_clixml(token);
    return act;
}

struct tool_words {
    source_kind tool;
    std::string_view not_logged_in;
    std::string_view login_expired;
    std::string_view no_module;
};

constexpr tool_words words[]{
    {source_kind::az, "ERROR: Please run 'az login' to setup account.",
     "ERROR: AADSTS700082: The refresh token has expired due to inactivity. Interactive authentication is needed. Please run:\n"
     "az login",
     "WARNING: a new version of the command line is available"},
    {source_kind::azd,
     R"({"type":"consoleMessage","timestamp":"2026-01-01T00:00:00Z","data":{"message":"\nERROR: not logged in, run `azd auth login` to login\n"}})",
     R"({"type":"consoleMessage","timestamp":"2026-01-01T00:00:00Z","data":{"message":"\nERROR: AADSTS700082: the login has expired, run `azd auth login` to login again\n"}})",
     "WARNING: a new version of azd is available"},
    {source_kind::pwsh, "Get-AzAccessToken: Run Connect-AzAccount to login.",
     "Get-AzAccessToken: AADSTS700082: Your Azure credentials have expired. Run Connect-AzAccount to login.",
     "NoAzAccountModule"},
};

const tool_words& words_of(source_kind tool) {
    return *std::find_if(std::begin(words), std::end(words), [tool](const tool_words& one) { return one.tool == tool; });
}

std::optional<tool_act> act_by_outage(const tool_call& call, const active_fault& outage) {
    tool_act act;
    switch (outage.kind->id) {
    case fault_id::not_logged_in:
        return complaint(std::string(words_of(call.tool).not_logged_in));
    case fault_id::login_expired:
        return complaint(std::string(words_of(call.tool).login_expired));
    case fault_id::no_module:
        act.out = std::string(words_of(call.tool).no_module) + "\n";
        return act;
    case fault_id::not_installed:
        return complaint(std::string(name_of(call.tool)) + ": command not found", not_found_status);
    case fault_id::broken:
        return complaint("Traceback (most recent call last): something in here broke");
    case fault_id::wrong_json:
        act.out = R"({"accessToken": "eyJ)";
        return act;
    case fault_id::no_token:
        act.out = R"({"tokenType": "Bearer"})";
        return act;
    case fault_id::huge:
        act.out.assign(std::size_t{2} * 1024 * 1024, 'A');
        return act;
    case fault_id::hang:
        act.hang = true;
        return act;
    default:
        return std::nullopt;
    }
}

} // namespace

std::string decode_powershell(std::string_view encoded) {
    std::string urlsafe(encoded.substr(0, encoded.find('=')));
    std::replace(urlsafe.begin(), urlsafe.end(), '+', '-');
    std::replace(urlsafe.begin(), urlsafe.end(), '/', '_');
    const std::string bytes = from_base64url(urlsafe).value_or("");
    std::string text;
    for (std::size_t i = 0; i + 1 < bytes.size(); i += 2) text += bytes[i + 1] == '\0' ? bytes[i] : '?';
    return text;
}

tool_act act_as_tool(const tool_call& call, const met_faults& faults, token_desk& tokens) {
    std::optional<tool_act> act;
    if (faults.outage) act = act_by_outage(call, *faults.outage);
    if (!act) {
        switch (call.tool) {
        case source_kind::az:
            act = act_as_az(call, faults, tokens);
            break;
        case source_kind::azd:
            act = act_as_azd(call, faults, tokens);
            break;
        default:
            act = act_as_pwsh(call, faults, tokens);
        }
    }
    if (const active_fault* const slow = faults.find(fault_id::slow)) act->delay = slow->time();
    act->reads_stdin = faults.has(fault_id::prompt);
    act->keeps_pipe = faults.has(fault_id::keeps_pipe);
    if (faults.has(fault_id::not_utf8)) act->err += "WARNING: caf\xe9\n";
    return std::move(*act);
}

http_response to_response(const tool_act& act) {
    return http_response::json(200, {{"out", to_base64url(act.out)},
                                     {"err", to_base64url(act.err)},
                                     {"exit", act.exit},
                                     {"delay_ms", act.delay.count()},
                                     {"hang", act.hang},
                                     {"reads_stdin", act.reads_stdin},
                                     {"keeps_pipe", act.keeps_pipe}});
}

std::optional<tool_act> parse_tool_act(std::string_view text) {
    boost::system::error_code ec;
    const json::value parsed = json::parse(text, ec);
    const auto* const object = ec ? nullptr : parsed.if_object();
    if (object == nullptr || !object->contains("out") || !object->contains("keeps_pipe")) return std::nullopt;
    tool_act act;
    act.out = from_base64url(std::string_view(object->at("out").as_string())).value_or("");
    act.err = from_base64url(std::string_view(object->at("err").as_string())).value_or("");
    act.exit = object->at("exit").to_number<int>();
    act.delay = std::chrono::milliseconds(object->at("delay_ms").to_number<std::int64_t>());
    act.hang = object->at("hang").as_bool();
    act.reads_stdin = object->at("reads_stdin").as_bool();
    act.keeps_pipe = object->at("keeps_pipe").as_bool();
    return act;
}

std::optional<tool_call> parse_tool_call(const http_request& request) {
    boost::system::error_code ec;
    const json::value parsed = json::parse(request.body, ec);
    const auto* const object = ec ? nullptr : parsed.if_object();
    const auto* const tool = object == nullptr ? nullptr : object->if_contains("tool");
    const auto* const arguments = object == nullptr ? nullptr : object->if_contains("arguments");
    if (tool == nullptr || !tool->is_string() || arguments == nullptr || !arguments->is_array()) return std::nullopt;
    const auto kind = parse_source_kind(std::string_view(tool->get_string()));
    if (!kind || !is_tool(*kind)) return std::nullopt;
    tool_call call{*kind, {}, {}};
    for (const json::value& one : arguments->get_array())
        if (one.is_string()) call.arguments.emplace_back(std::string_view(one.get_string()));
    if (const auto* resource = object->if_contains("resource"); resource != nullptr && resource->is_string())
        call.resource = std::string_view(resource->get_string());
    return call;
}

std::string to_json(const tool_call& call) {
    json::array arguments;
    for (const std::string& one : call.arguments) arguments.emplace_back(one);
    return json::serialize(
        json::object{{"tool", name_of(call.tool)}, {"arguments", std::move(arguments)}, {"resource", call.resource}});
}

result<void> place_tools(const std::filesystem::path& directory, const std::vector<source_kind>& tools,
                         const std::filesystem::path& program, const std::string& url) {
    namespace fs = std::filesystem;
    std::error_code ec;
    fs::create_directories(directory, ec);
    for (const source_kind tool : all_sources()) {
        if (!is_tool(tool)) continue;
        const fs::path script = directory / name_of(tool);
        if (std::find(tools.begin(), tools.end(), tool) == tools.end()) {
            fs::remove(script, ec);
            continue;
        }
        // A script: the program has one name, and the shell takes quotes as they are meant.
        const std::string text = "#!/bin/sh\nexec " + quote_for_shell(program.string()) + " emulator --act-as "
                                 + std::string(name_of(tool)) + " --at " + quote_for_shell(url) + " -- \"$@\"\n";
        if (auto done = write_file(script, text, true); !done) return done;
        fs::permissions(script, fs::perms::owner_all, ec);
    }
    return {};
}

} // namespace entrada::emulator
