// What can go wrong with the sources of tokens, on demand: one table, and what of it is switched on.
// Room: emulator.
#pragma once

#include "entrada/result.hpp"

#include <boost/json/object.hpp>

#include <chrono>
#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace entrada::emulator {

/// Everything that gives tokens, or something that buys one.
enum class source_kind {
    imds,
    app_service,
    app_service_2017,
    container_apps,
    azure_ml,
    cloud_shell,
    service_fabric,
    azure_arc,
    entra,
    pipelines,
    az,
    azd,
    pwsh,
    federated_token,
};

/// "app-service-2017".
[[nodiscard]] std::string_view name_of(source_kind kind) noexcept;
[[nodiscard]] std::optional<source_kind> parse_source_kind(std::string_view text);
[[nodiscard]] std::span<const source_kind> all_sources() noexcept;
[[nodiscard]] bool is_tool(source_kind kind) noexcept;

enum class fault_id {
    throttled,
    throttled_date,
    updating,
    not_found,
    server_error,
    unavailable,
    bad_gateway,
    gateway_timeout,
    docker,
    captive_portal,
    redirect,
    wrong_json,
    no_token,
    huge,
    cut,
    gzip,
    drop,
    hang,
    refused,
    no_identity,
    several_identities,
    system_off,
    aadsts,
    unknown_audience,
    no_realm,
    no_challenge,
    not_installed,
    not_logged_in,
    login_expired,
    broken,
    no_module,
    slow,
    same_token,
    opaque,
    clock,
    expires_on,
    expires_in,
    refresh_in,
    old_agent,
    old_output,
    wrong_certificate,
    once_only,
    key_elsewhere,
    key_extension,
    key_huge,
    key_link,
    key_unreadable,
    prompt,
    keeps_pipe,
    not_utf8,
    empty,
    expired,
    missing,
};

/// One row of the table.
struct fault_kind {
    fault_id id;
    std::string_view name;     ///< as in `--fault imds=NAME`
    std::string_view value;    ///< what may follow after a colon; empty: nothing
    std::string_view standard; ///< the value when none is given
    unsigned groups;           ///< of sources that can have it
    bool outage;               ///< happens instead of an answer; otherwise the answer is changed
    std::string_view effect;
};

[[nodiscard]] std::span<const fault_kind> all_faults() noexcept;
[[nodiscard]] bool applies(const fault_kind& fault, source_kind source) noexcept;

struct active_fault {
    const fault_kind* kind = nullptr;
    std::string value;             ///< valid, and never empty for a kind that has one
    std::optional<unsigned> times; ///< requests it is still good for; empty: all

    [[nodiscard]] std::chrono::milliseconds time() const;
    [[nodiscard]] std::int64_t number() const;
};

/// What one request meets.
struct met_faults {
    std::optional<active_fault> outage;
    std::vector<active_fault> changes;

    /// Null if it is not switched on.
    [[nodiscard]] const active_fault* find(fault_id id) const noexcept;
    [[nodiscard]] bool has(fault_id id) const noexcept { return find(id) != nullptr; }
};

/// The faults that are switched on. Thread safety: one thread.
class fault_board {
public:
    /// `fault` is a name of the table, or "none", which ends all of the source; `source` may be "all" then.
    /// Errors: `errc::setting_invalid`; the detail lists what there is.
    [[nodiscard]] result<void> set(std::string_view source, std::string_view fault, std::string_view value = {},
                                   std::optional<unsigned> times = {});
    /// "imds=throttled", "imds=throttled:2", "imds=server-error*3".
    [[nodiscard]] result<void> set(std::string_view text);

    /// For one request: outages that are good for so many requests only are counted down, one after the other.
    [[nodiscard]] met_faults meet(source_kind source);
    /// What the next request would meet.
    [[nodiscard]] met_faults look(source_kind source) const;

    /// Called after each change to a source.
    void on_change(std::function<void(source_kind)> call) { changed_ = std::move(call); }
    /// All that is switched on, and the table.
    [[nodiscard]] boost::json::object report() const;

private:
    void clear(source_kind source);

    std::map<source_kind, std::vector<active_fault>> active_;
    std::function<void(source_kind)> changed_;
};

} // namespace entrada::emulator
