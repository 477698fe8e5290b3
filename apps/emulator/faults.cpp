// Room: emulator.
#include "emulator/faults.hpp"

#include "base/duration.hpp"
#include "base/text.hpp"
#include "emulator/expiry_forms.hpp"

#include <boost/json/array.hpp>

#include <algorithm>
#include <array>
#include <charconv>

namespace entrada::emulator {
namespace {

enum group : unsigned {
    vm = 1,
    app = 2,
    ml_or_old_app = 4,
    shell = 8,
    fabric = 16,
    arc = 32,
    authority = 64,
    ci = 128,
    tool = 256,
    file = 512
};
constexpr unsigned machine = vm | app | ml_or_old_app | shell | fabric | arc;
constexpr unsigned web = machine | authority | ci;

struct source_row {
    source_kind kind;
    std::string_view name;
    unsigned group;
};

constexpr std::array sources{
    source_row{source_kind::imds, "imds", vm},
    source_row{source_kind::app_service, "app-service", app},
    source_row{source_kind::app_service_2017, "app-service-2017", ml_or_old_app},
    source_row{source_kind::container_apps, "container-apps", app},
    source_row{source_kind::azure_ml, "azure-ml", ml_or_old_app},
    source_row{source_kind::cloud_shell, "cloud-shell", shell},
    source_row{source_kind::service_fabric, "service-fabric", fabric},
    source_row{source_kind::azure_arc, "azure-arc", arc},
    source_row{source_kind::entra, "entra", authority},
    source_row{source_kind::pipelines, "pipelines", ci},
    source_row{source_kind::az, "az", tool},
    source_row{source_kind::azd, "azd", tool},
    source_row{source_kind::pwsh, "pwsh", tool},
    source_row{source_kind::federated_token, "federated-token", file},
};

using id = fault_id;

// clang-format off
constexpr std::array faults{
    // Instead of an answer.
    fault_kind{id::throttled, "throttled", "SECONDS", "1", web, true, "429 with Retry-After in seconds"},
    fault_kind{id::throttled_date, "throttled-date", "SECONDS", "2", web, true, "429 with Retry-After as a date so far ahead"},
    fault_kind{id::updating, "updating", "", "", machine, true, "410, as while the host is updated"},
    fault_kind{id::not_found, "not-found", "", "", web, true, "404, as while an identity is being assigned"},
    fault_kind{id::server_error, "server-error", "", "", web, true, "500"},
    fault_kind{id::unavailable, "unavailable", "", "", web, true, "503"},
    fault_kind{id::bad_gateway, "bad-gateway", "", "", web, true, "502 with a proxy's HTML"},
    fault_kind{id::gateway_timeout, "gateway-timeout", "", "", web, true, "504 with a proxy's HTML"},
    fault_kind{id::docker, "docker", "", "", web, true, "403 with the text of Docker Desktop: the network is unreachable"},
    fault_kind{id::captive_portal, "captive-portal", "", "", web, true, "200 with HTML"},
    fault_kind{id::redirect, "redirect", "", "", web, true, "302 to another place"},
    fault_kind{id::wrong_json, "wrong-json", "", "", web | tool, true, "JSON that ends in the middle"},
    fault_kind{id::no_token, "no-token", "", "", web | tool, true, "JSON without the token"},
    fault_kind{id::huge, "huge", "", "", web | tool, true, "two mebibytes"},
    fault_kind{id::cut, "cut", "", "", web, true, "the answer ends in the middle"},
    fault_kind{id::drop, "drop", "", "", web, true, "hangs up without an answer"},
    fault_kind{id::hang, "hang", "", "", web | tool, true, "never answers"},
    fault_kind{id::refused, "refused", "", "", web, true, "connections are refused; closes the port, and with it all that is behind it"},
    fault_kind{id::no_identity, "no-identity", "", "", machine, true, "no managed identity is assigned"},
    fault_kind{id::several_identities, "several-identities", "", "", vm, true, "several user-assigned identities and no default"},
    fault_kind{id::system_off, "system-off", "", "", vm | app, true, "no system-assigned identity; a metadata service gives the only other one then"},
    fault_kind{id::aadsts, "aadsts", "NUMBER", "7000215", vm | arc | authority, true, "an error of Entra, such as aadsts:700016"},
    fault_kind{id::unknown_audience, "unknown-audience", "", "", shell, true, "AudienceNotSupported"},
    fault_kind{id::no_realm, "no-realm", "", "", arc, true, "401 without the key file's path"},
    fault_kind{id::no_challenge, "no-challenge", "", "", arc, true, "a token at once, without the key"},
    fault_kind{id::not_installed, "not-installed", "", "", tool, true, "the program is not there"},
    fault_kind{id::not_logged_in, "not-logged-in", "", "", tool, true, "nobody is logged in"},
    fault_kind{id::login_expired, "login-expired", "", "", tool, true, "AADSTS700082: the login is too old"},
    fault_kind{id::broken, "broken", "", "", tool, true, "exit status 1 and the text of a crash"},
    fault_kind{id::no_module, "no-module", "", "", tool, true, "exit status 0, and text instead of a token: a module is missing"},
    // The answer is changed.
    fault_kind{id::gzip, "gzip", "", "", web, false, "the answer is compressed, whether asked for or not"},
    fault_kind{id::slow, "slow", "TIME", "2s", web | tool, false, "the answer comes late"},
    fault_kind{id::same_token, "same-token", "TIME", "tenth", machine | authority, false, "the same token until so long before its end (standard: a tenth of its life)"},
    fault_kind{id::opaque, "opaque", "", "", web | tool, false, "a token that cannot be read; it opens the cache all the same"},
    fault_kind{id::clock, "clock", "+TIME|-TIME", "+5m", machine | authority, false, "the clock of the source is wrong"},
    fault_kind{id::expires_on, "expires-on", expiry_form_names, "text", machine, false, "how the end of the token is written"},
    fault_kind{id::expires_in, "expires-in", "text|number|empty|none", "text", machine | authority, false, "how the rest of its life is written"},
    fault_kind{id::refresh_in, "refresh-in", "SECONDS", "half", machine | authority, false, "says when to renew (standard: after half of the life)"},
    fault_kind{id::old_agent, "old-agent", "", "", vm | arc, false, "ignores which identity is asked for, and does not repeat it"},
    fault_kind{id::old_output, "old-output", "", "", tool, false, "as older versions print it"},
    fault_kind{id::wrong_certificate, "wrong-certificate", "", "", fabric, false, "another certificate than the thumbprint says"},
    fault_kind{id::once_only, "once-only", "", "", authority, false, "takes each client assertion once"},
    fault_kind{id::key_elsewhere, "key-elsewhere", "", "", arc, false, "the key lies in another directory"},
    fault_kind{id::key_extension, "key-extension", "", "", arc, false, "the key's name does not end in .key"},
    fault_kind{id::key_huge, "key-huge", "", "", arc, false, "a key of 4097 bytes"},
    fault_kind{id::key_link, "key-link", "", "", arc, false, "the key is a symbolic link"},
    fault_kind{id::key_unreadable, "key-unreadable", "", "", arc, false, "the key cannot be read (by others than root)"},
    fault_kind{id::prompt, "prompt", "", "", tool, false, "asks a question and waits for the answer"},
    fault_kind{id::keeps_pipe, "keeps-pipe", "", "", tool, false, "ends, and leaves a child that keeps its output open"},
    fault_kind{id::not_utf8, "not-utf8", "", "", tool, false, "bytes that are no UTF-8 in a text beside the token"},
    fault_kind{id::empty, "empty", "", "", file, false, "the file is empty"},
    fault_kind{id::expired, "expired", "", "", file, false, "the token in the file has ended"},
    fault_kind{id::missing, "missing", "", "", file, false, "there is no file"},
};
// clang-format on

constexpr auto source_kinds = [] {
    std::array<source_kind, sources.size()> kinds{};
    for (std::size_t i = 0; i < kinds.size(); ++i) kinds[i] = sources[i].kind;
    return kinds;
}();

const source_row& row_of(source_kind kind) noexcept {
    return *std::find_if(sources.begin(), sources.end(), [kind](const source_row& row) { return row.kind == kind; });
}

const fault_kind* find_fault(std::string_view name) noexcept {
    const auto found = std::find_if(faults.begin(), faults.end(), [name](const fault_kind& one) { return one.name == name; });
    return found == faults.end() ? nullptr : found;
}

std::optional<std::int64_t> to_number(std::string_view text) {
    std::int64_t number = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
    if (error != std::errc() || end != text.data() + text.size()) return std::nullopt;
    return number;
}

std::optional<std::chrono::milliseconds> to_time(std::string_view text) {
    const bool back = text.starts_with('-');
    if (back || text.starts_with('+')) text.remove_prefix(1);
    const auto time = base::parse_duration(text, std::chrono::seconds(1));
    if (!time) return std::nullopt;
    return back ? -*time : *time;
}

bool is_one_of(std::string_view list, std::string_view text) {
    const auto names = base::split(list, '|');
    return std::find(names.begin(), names.end(), text) != names.end();
}

bool is_valid(const fault_kind& kind, std::string_view value) {
    if (value == kind.standard) return true;
    if (kind.value == "SECONDS" || kind.value == "NUMBER") return to_number(value).value_or(-1) >= 0;
    if (kind.value == "TIME") return to_time(value).value_or(std::chrono::milliseconds(-1)).count() >= 0;
    if (kind.value == "+TIME|-TIME") return to_time(value).has_value();
    return is_one_of(kind.value, value);
}

/// Those that keep requests from coming, or that are in force without any.
bool can_be_counted(fault_id fault) noexcept {
    constexpr std::array not_by_requests{id::refused, id::not_installed, id::wrong_certificate,
                                         id::empty,   id::expired,       id::missing};
    return std::find(not_by_requests.begin(), not_by_requests.end(), fault) == not_by_requests.end();
}

failure invalid(std::string text) { return {errc::setting_invalid, std::move(text)}; }

std::string source_names() {
    std::string text;
    for (const source_row& row : sources) text.append(text.empty() ? "" : ", ").append(row.name);
    return text;
}

std::string fault_names(source_kind source) {
    std::string text = "none";
    for (const fault_kind& one : faults)
        if (applies(one, source)) text.append(", ").append(one.name);
    return text;
}

} // namespace

std::string_view name_of(source_kind kind) noexcept { return row_of(kind).name; }

std::optional<source_kind> parse_source_kind(std::string_view text) {
    for (const source_row& row : sources)
        if (row.name == text) return row.kind;
    return std::nullopt;
}

std::span<const source_kind> all_sources() noexcept { return source_kinds; }
bool is_tool(source_kind kind) noexcept { return row_of(kind).group == tool; }
std::span<const fault_kind> all_faults() noexcept { return faults; }
bool applies(const fault_kind& fault, source_kind source) noexcept { return (fault.groups & row_of(source).group) != 0; }

std::chrono::milliseconds active_fault::time() const { return to_time(value).value_or(std::chrono::milliseconds(0)); }
std::int64_t active_fault::number() const { return to_number(value).value_or(0); }

const active_fault* met_faults::find(fault_id id) const noexcept {
    const auto is_it = [id](const active_fault& one) { return one.kind->id == id; };
    if (outage && is_it(*outage)) return &*outage;
    const auto found = std::find_if(changes.begin(), changes.end(), is_it);
    return found == changes.end() ? nullptr : &*found;
}

result<void> fault_board::set(std::string_view source, std::string_view fault, std::string_view value,
                              std::optional<unsigned> times) {
    if (source == "all" && fault == "none") {
        for (const source_kind one : all_sources()) clear(one);
        return {};
    }
    const auto kind = parse_source_kind(source);
    if (!kind) return invalid("there is no source '" + escape_untrusted(source, 40) + "'; there are " + source_names());
    if (fault == "none") {
        clear(*kind);
        return {};
    }
    const fault_kind* const row = find_fault(fault);
    if (row == nullptr || !applies(*row, *kind))
        return invalid("'" + escape_untrusted(fault, 40) + "' is no fault of " + std::string(source) + "; there are "
                       + fault_names(*kind));
    const std::string_view chosen = value.empty() ? row->standard : value;
    if (!is_valid(*row, chosen))
        return invalid("'" + escape_untrusted(value, 40) + "' is no value of " + std::string(fault)
                       + (row->value.empty() ? "; it takes none" : "; it takes " + std::string(row->value)));
    if (times == 0U) return invalid("a fault happens at least once");
    if (times && !can_be_counted(row->id))
        return invalid(std::string(fault) + " does not depend on requests, so they cannot be counted");
    auto& list = active_[*kind];
    // Outages of so many requests make a sequence; everything else replaces its like.
    if (!times)
        std::erase_if(list, [&](const active_fault& one) { return one.kind == row || (row->outage && one.kind->outage); });
    list.push_back({row, std::string(chosen), times});
    if (changed_) changed_(*kind);
    return {};
}

result<void> fault_board::set(std::string_view text) {
    const auto equals = text.find('=');
    if (equals == std::string_view::npos)
        return invalid("'" + escape_untrusted(text, 60) + "' is not of the form SOURCE=FAULT[:VALUE][*TIMES]");
    const std::string_view source = text.substr(0, equals);
    std::string_view fault = text.substr(equals + 1);
    std::optional<unsigned> times;
    if (const auto star = fault.rfind('*'); star != std::string_view::npos) {
        const auto number = to_number(fault.substr(star + 1));
        if (!number || *number < 1 || *number > 1'000'000)
            return invalid("'" + escape_untrusted(fault.substr(star + 1), 40) + "' is no number of requests");
        times = static_cast<unsigned>(*number);
        fault = fault.substr(0, star);
    }
    const auto colon = fault.find(':');
    return set(source, fault.substr(0, colon), colon == std::string_view::npos ? "" : fault.substr(colon + 1), times);
}

met_faults fault_board::look(source_kind source) const {
    met_faults met;
    const auto found = active_.find(source);
    if (found == active_.end()) return met;
    for (const active_fault& one : found->second) {
        if (!one.kind->outage)
            met.changes.push_back(one);
        else if (!met.outage || (one.times && !met.outage->times))
            met.outage = one;
    }
    return met;
}

met_faults fault_board::meet(source_kind source) {
    met_faults met = look(source);
    auto& list = active_[source];
    const auto count = [&list](const fault_kind* kind) {
        const auto one = std::find_if(list.begin(), list.end(),
                                      [kind](const active_fault& active) { return active.kind == kind && active.times; });
        if (one == list.end()) return false;
        --*one->times;
        return *one->times == 0;
    };
    bool ended = false;
    if (met.outage) ended = count(met.outage->kind);
    for (const active_fault& one : met.changes) ended = count(one.kind) || ended;
    std::erase_if(list, [](const active_fault& one) { return one.times == 0U; });
    if (ended && changed_) changed_(source);
    return met;
}

void fault_board::clear(source_kind source) {
    if (active_.erase(source) != 0 && changed_) changed_(source);
}

boost::json::object fault_board::report() const {
    boost::json::object on;
    for (const auto& [source, list] : active_) {
        if (list.empty()) continue;
        boost::json::array these;
        for (const active_fault& one : list) {
            boost::json::object entry{{"fault", one.kind->name}};
            if (!one.value.empty()) entry["value"] = one.value;
            if (one.times) entry["times"] = *one.times;
            these.push_back(std::move(entry));
        }
        on[name_of(source)] = std::move(these);
    }
    boost::json::object known;
    for (const source_row& row : sources) {
        boost::json::object these;
        for (const fault_kind& one : faults)
            if (applies(one, row.kind)) these[one.name] = one.effect;
        known[row.name] = std::move(these);
    }
    return {{"faults", std::move(on)}, {"known", std::move(known)}};
}

} // namespace entrada::emulator
