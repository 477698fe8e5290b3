// The world around a credential.
// Room: identity.
#pragma once

#include "entrada/environment.hpp"
#include "entrada/log.hpp"

#include <memory>

namespace entrada {

namespace net {
class http_client;
}
namespace base {
class clock;
}
namespace identity {
class imds_probes;
}

/// What credentials take from outside; a parameter, so that nothing is read behind the caller's back.
struct credential_context {
    environment variables = process_environment();
    log_sink log{};
    /// How requests travel. Empty: libcurl, with proxies and certificate authorities from `variables`.
    std::shared_ptr<net::http_client> http{};
    /// How time passes. Empty: the machine's clocks.
    std::shared_ptr<base::clock> clock{};
    /// What is known of metadata services. Empty: shared by all credentials of the process that have no `http` of their own.
    std::shared_ptr<identity::imds_probes> probes{};
};

} // namespace entrada
