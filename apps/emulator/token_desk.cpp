// Room: emulator.
#include "emulator/token_desk.hpp"

#include "emulator/expiry_forms.hpp"

#include <utility>

namespace entrada::emulator {
namespace {

using std::chrono::floor;
using std::chrono::milliseconds;
using std::chrono::seconds;

std::string_view form_of(const met_faults& faults, fault_id id, std::string_view usual) {
    const active_fault* const chosen = faults.find(id);
    return chosen == nullptr ? usual : std::string_view(chosen->value);
}

/// The rest of the life: as a text, a number, empty or not at all.
void write_rest(boost::json::object& fields, std::string_view name, seconds rest, std::string_view form) {
    if (form == "none") return;
    if (form == "number")
        fields[name] = rest.count();
    else
        fields[name] = form == "empty" ? std::string() : std::to_string(rest.count());
}

milliseconds renewal_margin(const active_fault& same, seconds life) {
    return same.value == same.kind->standard ? milliseconds(life) / 10 : same.time();
}

} // namespace

wall_time token_desk::now(const met_faults& faults) const {
    const active_fault* const wrong = faults.find(fault_id::clock);
    return authority_.now() + (wrong == nullptr ? milliseconds(0) : wrong->time());
}

issued_token token_desk::get(source_kind source, const identity& who, std::string_view resource, const met_faults& faults) {
    const auto skew = floor<seconds>(now(faults) - authority_.now());
    const active_fault* const same = faults.find(fault_id::same_token);
    if (same == nullptr) return authority_.issue(who, resource, skew);
    auto& kept = kept_[{source, who.object_id, std::string(resource)}];
    if (authority_.now() + skew + renewal_margin(*same, authority_.lifetime()) >= kept.expires)
        kept = authority_.issue(who, resource, skew);
    return kept;
}

handed_token token_desk::hand_out(source_kind source, const identity& who, std::string_view resource, expiry_style style,
                                  const met_faults& faults) {
    handed_token handed{get(source, who, resource, faults), {}};
    const issued_token& made = handed.made;
    const wall_time present = now(faults);
    const auto rest = floor<seconds>(made.expires - present);
    const bool opaque = faults.has(fault_id::opaque);
    handed.fields["access_token"] = (opaque ? make_opaque(made.token) : made.token).reveal();
    if (auto written = write_expiry(made.expires, form_of(faults, fault_id::expires_on, style.expires_on), present))
        handed.fields["expires_on"] = std::move(*written);
    write_rest(handed.fields, "expires_in", rest, form_of(faults, fault_id::expires_in, style.expires_in));
    if (const active_fault* const renew = faults.find(fault_id::refresh_in)) {
        const seconds after = renew->value == renew->kind->standard ? rest / 2 : seconds(renew->number());
        write_rest(handed.fields, "refresh_in", after, source == source_kind::entra ? "number" : "text");
    }
    return handed;
}

} // namespace entrada::emulator
