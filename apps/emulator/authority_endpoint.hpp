// The authority of Microsoft Entra ID, as far as programs without a user need it.
// Room: emulator.
#pragma once

#include "emulator/client_assertion.hpp"
#include "emulator/entra_error.hpp"
#include "emulator/fault_answers.hpp"
#include "emulator/http_message.hpp"
#include "emulator/token_desk.hpp"

#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace entrada::emulator {

struct authority_options {
    std::string base_url;                   ///< "https://localhost:1234", without a slash at the end
    secret_string secret;                   ///< of the service principal
    std::vector<identity_kind> credentials; ///< which of the application's exist
    std::optional<registered_certificate> certificate;
};

/// Token endpoint for client secrets, certificates and federated tokens, OpenID Connect metadata, keys, and instance discovery.
///
/// `authority` and `faults` must live longer. Thread safety: one thread.
class authority_endpoint {
public:
    authority_endpoint(const token_authority& authority, fault_board& faults, authority_options options);

    [[nodiscard]] http_response answer(const http_request& request);

private:
    [[nodiscard]] http_response answer_token(const http_request& request);
    [[nodiscard]] http_response exchange(const http_request& request, const met_faults& faults);
    [[nodiscard]] http_response answer_metadata(std::string_view tenant, bool version_2) const;
    [[nodiscard]] http_response answer_instances() const;
    [[nodiscard]] http_response grant(std::string_view audience, identity_kind kind, const met_faults& faults);

    [[nodiscard]] std::optional<entra_error> find_error(const http_fields& form, const met_faults& faults);
    [[nodiscard]] std::optional<entra_error> find_request_error(const http_fields& form) const;
    [[nodiscard]] std::optional<entra_error> find_secret_error(std::string_view client_id, const secret_string& secret) const;
    [[nodiscard]] std::optional<entra_error> find_federated_error(const jwt& token) const;
    [[nodiscard]] std::optional<entra_error> find_assertion_error(std::string_view assertion, std::string_view client_id);
    [[nodiscard]] std::optional<entra_error> find_reuse(const jwt& token);
    [[nodiscard]] bool has(identity_kind kind) const;
    [[nodiscard]] identity_kind kind_of(const http_fields& form) const;

    const token_authority& authority_;
    fault_board& faults_;
    authority_options options_;
    token_desk tokens_;
    std::map<std::string, std::int64_t> seen_; ///< ids of assertions, with their end
};

} // namespace entrada::emulator
