// Room: emulator.
#include "emulator/identities.hpp"

#include "base/text.hpp"

#include <algorithm>
#include <array>

namespace entrada::emulator {
namespace {

struct kind_row {
    identity_kind kind;
    std::string_view name;
    char digit; ///< tells the ids apart; those of one application have the same
    std::string_view resource_type;
    bool on_request;
};

constexpr std::array kinds{
    kind_row{identity_kind::system_assigned, "system", '1', "Microsoft.Web/sites", true},
    kind_row{identity_kind::user_assigned, "user-assigned", '2', "Microsoft.ManagedIdentity/userAssignedIdentities", true},
    kind_row{identity_kind::service_principal, "service-principal", '3', {}, true},
    kind_row{identity_kind::workload, "workload", '3', {}, true},
    kind_row{identity_kind::certificate, "certificate", '3', {}, true},
    kind_row{identity_kind::pipeline, "pipelines", '3', {}, true},
    kind_row{identity_kind::developer, "developer", '4', {}, false},
    kind_row{identity_kind::stranger, "stranger", '9', {}, false},
};

constexpr std::array machines{source_kind::imds,           source_kind::app_service, source_kind::app_service_2017,
                              source_kind::container_apps, source_kind::azure_ml,    source_kind::cloud_shell,
                              source_kind::service_fabric, source_kind::azure_arc};

const kind_row& row_of(identity_kind kind) noexcept {
    return *std::find_if(kinds.begin(), kinds.end(), [kind](const kind_row& row) { return row.kind == kind; });
}

failure invalid(std::string text) { return {errc::setting_invalid, std::move(text)}; }

std::string known_names() {
    std::string text = "none";
    for (const kind_row& row : kinds)
        if (row.on_request) text.append(", ").append(row.name);
    for (const source_kind one : machines) text.append(", ").append(name_of(one));
    for (const source_kind one : all_sources())
        if (is_tool(one)) text.append(", ").append(name_of(one));
    return text;
}

/// Reads the names one after the other into a choice.
class choice_reader {
public:
    [[nodiscard]] result<void> read(std::string_view name) {
        if (name == "none") return choose_machine(std::nullopt, name);
        if (const auto kind = parse_identity_kind(name)) {
            choice_.kinds.push_back(*kind);
            return {};
        }
        const auto source = parse_source_kind(name);
        if (source && is_tool(*source)) {
            choice_.tools.push_back(*source);
            return {};
        }
        if (source && std::find(machines.begin(), machines.end(), *source) != machines.end()) return choose_machine(source, name);
        return invalid("'" + escape_untrusted(name, 40) + "' is none of " + known_names());
    }

    [[nodiscard]] const identity_choice& choice() const noexcept { return choice_; }

private:
    result<void> choose_machine(std::optional<source_kind> machine, std::string_view name) {
        if (!machine_.empty() && machine_ != name)
            return invalid(machine_ + " and " + std::string(name) + ": a machine has one form of managed identity");
        machine_ = name;
        choice_.machine = machine;
        return {};
    }

    identity_choice choice_;
    std::string machine_;
};

} // namespace

std::optional<identity_kind> parse_identity_kind(std::string_view text) {
    for (const kind_row& row : kinds)
        if (row.on_request && row.name == text) return row.kind;
    return std::nullopt;
}

std::string_view name_of(identity_kind kind) noexcept { return row_of(kind).name; }
bool is_application(identity_kind kind) noexcept { return row_of(kind).digit == '3'; }

bool identity_choice::has(identity_kind kind) const noexcept {
    return std::find(kinds.begin(), kinds.end(), kind) != kinds.end();
}

result<identity_choice> parse_identities(std::string_view list) {
    choice_reader reader;
    for (const std::string_view name : base::split(list, ','))
        if (auto done = reader.read(name); !done) return done.error();
    const identity_choice& choice = reader.choice();
    const bool application = std::any_of(choice.kinds.begin(), choice.kinds.end(), [](identity_kind kind) {
        return is_application(kind) && kind != identity_kind::pipeline;
    });
    if (application && choice.has(identity_kind::user_assigned))
        return invalid("user-assigned goes with none of service-principal, workload and certificate: AZURE_CLIENT_ID can name "
                       "only one of them");
    return choice;
}

identity make_identity(identity_kind kind) {
    const kind_row& row = row_of(kind);
    const std::string stem = "e117ada0-0000-4000-8000-0000000000";
    identity made{kind, stem + row.digit + "1", stem + row.digit + "2", {}};
    if (!row.resource_type.empty())
        made.resource_id = "/subscriptions/e117ada0-0000-4000-8000-000000000002/resourcegroups/emulator/providers/"
                           + std::string(row.resource_type) + "/emulator";
    return made;
}

std::vector<identity> make_identities(const std::vector<identity_kind>& asked) {
    std::vector<identity> made{make_identity(identity_kind::system_assigned)};
    const auto add = [&made](identity_kind kind) {
        if (std::none_of(made.begin(), made.end(), [&](const identity& one) { return one.kind == kind; }))
            made.push_back(make_identity(kind));
    };
    for (const identity_kind kind : asked) add(kind);
    add(identity_kind::developer);
    return made;
}

} // namespace entrada::emulator
