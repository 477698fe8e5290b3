// Tokens from a function of the caller's.
// Room: identity.
#pragma once

#include "entrada/token_credential.hpp"

#include <functional>
#include <string>

namespace entrada {

/// For identities that this library does not know, and for tests.
///
/// The function may be called from several threads at once; it honours deadline and stop request of what it is given.
/// An exception becomes `errc::credential_failed`.
class function_credential final : public token_credential {
public:
    using function = std::function<result<access_token>(const token_request&)>;

    explicit function_credential(function get, std::string name = "FunctionCredential");

    [[nodiscard]] result<access_token> get_token(const token_request& request) override;
    [[nodiscard]] std::string_view name() const noexcept override { return name_; }

private:
    function get_;
    std::string name_;
};

} // namespace entrada
