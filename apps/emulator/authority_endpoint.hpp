// The authority of Microsoft Entra ID, as far as programs without a user need it.
// Room: emulator.
#pragma once

#include "emulator/entra_error.hpp"
#include "emulator/http_message.hpp"
#include "emulator/token_authority.hpp"

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace entrada::emulator {

struct authority_options {
    std::string base_url;                   ///< "https://localhost:1234", without a slash at the end
    secret_string secret;                   ///< of the service principal
    std::vector<identity_kind> credentials; ///< which of `service_principal` and `workload` exist
};

/// Token endpoint for client secrets and federated tokens, OpenID Connect metadata, keys, and instance discovery.
///
/// `authority` must live longer. Thread safety: as a const object.
class authority_endpoint {
public:
    authority_endpoint(const token_authority& authority, authority_options options);

    [[nodiscard]] http_response answer(const http_request& request) const;

private:
    [[nodiscard]] http_response answer_token(const http_request& request) const;
    [[nodiscard]] http_response answer_metadata(std::string_view tenant, bool version_2) const;
    [[nodiscard]] http_response answer_instances() const;
    [[nodiscard]] http_response grant(std::string_view audience, identity_kind kind) const;

    [[nodiscard]] std::optional<entra_error> find_error(const http_fields& form) const;
    [[nodiscard]] std::optional<entra_error> find_secret_error(std::string_view client_id, const secret_string& secret) const;
    [[nodiscard]] std::optional<entra_error> find_assertion_error(std::string_view assertion) const;
    [[nodiscard]] bool has(identity_kind kind) const;

    const token_authority& authority_;
    authority_options options_;
};

} // namespace entrada::emulator
