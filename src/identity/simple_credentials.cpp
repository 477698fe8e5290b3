// The credentials that ask nobody.
// Room: identity.
#include "entrada/function_credential.hpp"
#include "entrada/static_token_credential.hpp"

#include <exception>

namespace entrada {

static_token_credential::static_token_credential(access_token token) : token_(std::move(token)) {}

result<access_token> static_token_credential::get_token(const token_request&) { return token_; }

function_credential::function_credential(function get, std::string name) : get_(std::move(get)), name_(std::move(name)) {}

result<access_token> function_credential::get_token(const token_request& request) {
    if (!get_) return failure(errc::credential_failed, name_ + ": it has no function");
    try {
        return get_(request);
    } catch (const std::exception& error) {
        return failure(errc::credential_failed, name_ + " threw: " + escape_untrusted(error.what()));
    } catch (...) {
        return failure(errc::credential_failed, name_ + " threw something that is no std::exception");
    }
}

} // namespace entrada
