// What is said on a new connection before commands: AUTH, HELLO 3, names, database. No I/O.
// Room: conn.
#pragma once

#include "entrada/credentials_provider.hpp"
#include "entrada/reply.hpp"

#include <string>
#include <vector>

namespace entrada::conn {

struct handshake_options {
    std::optional<credentials> login;
    std::string client_name;
    int database = 0;
};

/// All commands are sent at once, AUTH first: Redis 7.4 to 8 lose the reply of a failing AUTH that is not.
///
/// AUTH and SELECT must succeed. HELLO may fail: the session then speaks RESP2. CLIENT SETNAME and SETINFO may fail: Azure's
/// Contributor role forbids them. Sources: https://redis.io/docs/latest/commands/hello/ and the ACL strings of Azure's roles.
class handshake {
public:
    explicit handshake(handshake_options options);

    /// The bytes to send; they hold the password.
    [[nodiscard]] const secret_string& wire() const noexcept { return wire_; }
    [[nodiscard]] std::size_t replies_expected() const noexcept { return steps_.size(); }

    /// Takes the next reply. A failure ends the session. Error replies come as such.
    [[nodiscard]] std::optional<failure> on_reply(const reply& answer);
    [[nodiscard]] bool finished() const noexcept { return next_ == steps_.size(); }
    [[nodiscard]] bool speaks_resp3() const noexcept { return resp3_; }

private:
    enum class step { auth, hello, client_info, select };
    [[nodiscard]] std::optional<failure> on_hello(reply_view answer);

    handshake_options options_;
    secret_string wire_;
    std::vector<step> steps_;
    std::size_t next_ = 0;
    bool resp3_ = false;
};

/// AUTH in its two forms, as wire bytes.
[[nodiscard]] secret_string auth_command(const credentials& login);

} // namespace entrada::conn
