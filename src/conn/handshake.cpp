#include "conn/handshake.hpp"

#include "entrada/command.hpp"
#include "entrada/version.hpp"
#include "resp/error_reply.hpp"

namespace entrada::conn {

secret_string auth_command(const credentials& login) {
    command auth("AUTH");
    if (!login.username.empty()) auth.add(login.username);
    auth.add(login.password.reveal());
    std::string bytes = auth.wire();
    secret_string wire(bytes);
    wipe_memory(bytes.data(), bytes.size());
    return wire;
}

handshake::handshake(handshake_options options) : options_(std::move(options)) {
    std::string bytes;
    if (options_.login) {
        bytes += auth_command(*options_.login).reveal();
        steps_.push_back(step::auth);
    }
    command("HELLO", 3).write_to(bytes);
    steps_.push_back(step::hello);
    if (!options_.client_name.empty()) {
        command("CLIENT", "SETNAME", options_.client_name).write_to(bytes);
        steps_.push_back(step::client_info);
    }
    command("CLIENT", "SETINFO", "LIB-NAME", "entrada").write_to(bytes);
    command("CLIENT", "SETINFO", "LIB-VER", version).write_to(bytes);
    steps_.insert(steps_.end(), 2, step::client_info);
    if (options_.database != 0) {
        command("SELECT", options_.database).write_to(bytes);
        steps_.push_back(step::select);
    }
    wire_ = secret_string(bytes);
    wipe_memory(bytes.data(), bytes.size());
}

std::optional<failure> handshake::on_reply(const reply& answer) {
    const reply_view root = answer.root();
    switch (steps_[next_++]) {
    case step::auth:
        if (root.is_error()) return resp::to_failure(root.text(), "AUTH as '" + options_.login->username + "'");
        return std::nullopt;
    case step::hello:
        return on_hello(root);
    case step::client_info:
        return std::nullopt;
    case step::select:
        if (root.is_error()) return resp::to_failure(root.text(), "SELECT " + std::to_string(options_.database));
        return std::nullopt;
    }
    return std::nullopt;
}

std::optional<failure> handshake::on_hello(reply_view answer) {
    if (answer.is_error()) {
        failure refused = resp::to_failure(answer.text(), "HELLO 3");
        if (refused.code() == errc::no_auth) return refused;
        return std::nullopt;
    }
    // Only the proto field of the answer tells what is spoken; some servers answer HELLO 3 in RESP2.
    const std::size_t fields = answer.size();
    for (std::size_t i = 0; i + 1 < fields; i += 2)
        if (answer[i].text() == "proto") resp3_ = answer[i + 1].integer() == 3;
    return std::nullopt;
}

} // namespace entrada::conn
