#include "identity/url.hpp"

#include "base/text.hpp"

namespace entrada::identity {

std::string_view host_of_url(std::string_view url) {
    for (const std::string_view scheme : {"https://", "http://"}) {
        if (!base::starts_with_ignoring_case(url, scheme)) continue;
        auto host = url.substr(scheme.size());
        host = host.substr(0, host.find_first_of("/?#"));
        if (host.starts_with('[')) return host.substr(1, host.find(']') - 1);
        return host.substr(0, host.find(':'));
    }
    return {};
}

} // namespace entrada::identity
