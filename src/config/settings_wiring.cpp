#include "entrada/default_azure_credential.hpp"
#include "entrada/settings.hpp"

namespace entrada {

std::shared_ptr<token_credential> settings::make_credential() const {
    default_azure_credential_options options;
    options.managed_identity_client_id = managed_identity_client_id;
    credential_context context;
    if (variables) context.variables = *variables;
    context.log = log;
    return std::make_shared<default_azure_credential>(std::move(options), std::move(context));
}

std::shared_ptr<token_manager> settings::make_token_manager() const { return make_token_manager(make_credential()); }

std::shared_ptr<token_manager> settings::make_token_manager(std::shared_ptr<token_credential> credential) const {
    token_manager_options options;
    options.scope = scope;
    options.allowed_hosts = allowed_hosts;
    options.username = user;
    options.on_event = on_token_event;
    options.log = log;
    return std::make_shared<token_manager>(std::move(credential), std::move(options));
}

client_options settings::make_client_options() const {
    check().value();
    switch (effective_auth()) {
    case sign_in::entra:
        return make_client_options(make_token_manager());
    case sign_in::password: {
        const bool plain_on_purpose = !tls.value_or(true);
        return make_client_options(make_static_credentials(user, password, plain_on_purpose));
    }
    case sign_in::none:
        break;
    }
    return make_client_options(nullptr);
}

client_options settings::make_client_options(std::shared_ptr<credentials_provider> credentials) const {
    if (!has_host()) check().value();
    for (const auto& warning : warnings) entrada::log(log, log_level::warning, "config", warning);
    client_options options;
    options.host = host;
    options.port = effective_port();
    options.unix_socket = unix_socket;
    options.tls = {.enabled = effective_tls(), .ca_file = ca_file, .server_name = tls_name};
    options.credentials = std::move(credentials);
    options.client_name = client_name;
    options.database = database;
    options.connect_timeout = connect_timeout;
    options.login_timeout = login_timeout;
    options.command_timeout = command_timeout;
    options.ping_interval = ping_interval;
    options.dead_peer_timeout = dead_peer_timeout;
    options.reconnect_delay = reconnect_delay;
    options.reconnect_delay_max = reconnect_delay_max;
    options.log = log;
    return options;
}

} // namespace entrada
