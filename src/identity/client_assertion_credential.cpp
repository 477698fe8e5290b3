#include "entrada/client_assertion_credential.hpp"

#include "identity/confidential_client.hpp"

#include <exception>

namespace entrada {
namespace {

constexpr std::size_t assertion_bytes_max = std::size_t{64} * 1024;

result<secret_string> call(const client_assertion_credential::function& make, const identity::inquiry& inquiry) {
    try {
        auto made = make(inquiry.request());
        if (made.has_value() && made->empty()) return inquiry.failed("the function gave an empty assertion");
        if (made.has_value() && made->size() > assertion_bytes_max)
            return inquiry.failed("the function gave an assertion of more than 64 KiB");
        if (made.has_value() || made.error().code() == errc::cancelled || made.error().code() == errc::timeout) return made;
        return inquiry.failed("the function gave no assertion: " + made.error().to_string());
    } catch (const std::exception& error) {
        return inquiry.failed("the function that makes the assertion threw: " + escape_untrusted(error.what()));
    }
}

} // namespace

client_assertion_credential::client_assertion_credential(client_assertion_options options, function make_assertion,
                                                         credential_context context)
    : options_(std::move(options)), make_assertion_(std::move(make_assertion)),
      context_(identity::with_defaults(std::move(context))) {
    if (options_.authority_host.empty()) options_.authority_host = variable(context_.variables, "AZURE_AUTHORITY_HOST");
}

result<access_token> client_assertion_credential::get_token(const token_request& request) {
    const identity::inquiry inquiry(name(), request, context_);
    if (options_.client_id.empty()) return inquiry.failed("the client id is empty");
    if (!make_assertion_) return inquiry.failed("there is no function that makes the assertion");
    return identity::ask_entra(
        inquiry, {options_.tenant_id, options_.client_id, options_.authority_host, options_.additionally_allowed_tenants},
        {.make_assertion = [&](std::string_view) { return call(make_assertion_, inquiry); }});
}

} // namespace entrada
