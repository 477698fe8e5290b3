// The places that hand out tokens of managed identities. Each is one file that implements this interface.
// Room: identity.
#pragma once

#include "entrada/managed_identity_credential.hpp"
#include "identity/inquiry.hpp"

#include <memory>
#include <string>
#include <string_view>

namespace entrada::identity {

/// Thread safety: every member may be called from any thread.
class managed_identity_source {
public:
    virtual ~managed_identity_source() = default;
    [[nodiscard]] virtual result<access_token> ask(const inquiry& inquiry) = 0;
};

/// Where the agent of Azure Arc has its program and its keys; an argument for tests, never a setting.
struct arc_places {
    std::string agent = "/opt/azcmagent/bin/himds";
    std::string keys = "/var/opt/azcmagent/tokens";
};

/// The one of this machine, by the variables that each place sets and, for Azure Arc, by its agent.
[[nodiscard]] std::unique_ptr<managed_identity_source> find_managed_identity_source(const managed_identity_options& options,
                                                                                    const environment& variables,
                                                                                    const arc_places& places = {});

using source_pointer = std::unique_ptr<managed_identity_source>;

[[nodiscard]] source_pointer make_imds_source(const managed_identity_options& options, const environment& variables);
[[nodiscard]] source_pointer make_app_service_source(const managed_identity_options& options, const environment& variables);
[[nodiscard]] source_pointer make_app_service_2017_source(const managed_identity_options& options, const environment& variables);
[[nodiscard]] source_pointer make_machine_learning_source(const managed_identity_options& options, const environment& variables);
[[nodiscard]] source_pointer make_cloud_shell_source(const managed_identity_options& options, const environment& variables);
[[nodiscard]] source_pointer make_service_fabric_source(const managed_identity_options& options, const environment& variables);
[[nodiscard]] source_pointer make_arc_source(const managed_identity_options& options, const environment& variables,
                                             const arc_places& places);

/// Under which names a place takes the three selectors.
struct selector_names {
    std::string_view client_id;
    std::string_view object_id;
    std::string_view resource_id;
};

/// `url` with the selector that `options` holds, if any.
[[nodiscard]] std::string with_selector(std::string url, const managed_identity_options& options, const selector_names& names);
[[nodiscard]] bool names_an_identity(const managed_identity_options& options);

} // namespace entrada::identity
