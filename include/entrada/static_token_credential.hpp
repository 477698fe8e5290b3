// A token that somebody already has.
// Room: identity.
#pragma once

#include "entrada/token_credential.hpp"

namespace entrada {

/// Hands out one token for ever, whatever was asked, even after its end. For tools and tests: nothing renews it.
class static_token_credential final : public token_credential {
public:
    explicit static_token_credential(access_token token);

    [[nodiscard]] result<access_token> get_token(const token_request& request) override;
    [[nodiscard]] std::string_view name() const noexcept override { return "StaticTokenCredential"; }

private:
    access_token token_;
};

} // namespace entrada
