// Room: relay.
#include "relay/request_filter.hpp"

#include <algorithm>
#include <utility>

namespace entrada::relay {
namespace {

// An argument that begins with another sign than '$': Redis answers "-ERR Protocol error" in its turn, and closes.
constexpr std::string_view broken_request = "*1\r\n!\r\n";

void append_argument(std::string& out, std::string_view argument) {
    out += '$';
    out += std::to_string(argument.size());
    out += "\r\n";
    out += argument;
    out += "\r\n";
}

/// Where the parts of a well-formed `HELLO [2|3 [AUTH user password] [SETNAME name]]` are.
struct hello_parts {
    int protocol = 0;     ///< 0: not named
    std::size_t auth = 0; ///< index of the word AUTH; 0: without
};

/// Empty: Redis will refuse it, whatever it says.
std::optional<hello_parts> parse_hello(const resp::request& command) {
    const auto arguments = command.arguments;
    hello_parts parts;
    if (arguments.size() != command.argument_count) return std::nullopt;
    if (arguments.size() == 1) return parts;
    if (arguments[1] != "2" && arguments[1] != "3") return std::nullopt;
    parts.protocol = arguments[1][0] - '0';
    for (std::size_t at = 2; at < arguments.size();) {
        const std::size_t left = arguments.size() - at - 1;
        if (resp::is_name(arguments[at], "AUTH") && left >= 2 && parts.auth == 0) {
            parts.auth = at;
            at += 3;
        } else if (resp::is_name(arguments[at], "SETNAME") && left >= 1) {
            at += 2;
        } else {
            return std::nullopt;
        }
    }
    return parts;
}

} // namespace

request_filter::request_filter(login_check check) : check_(std::move(check)), reader_(resp::request_limits::before_login()) {}

void request_filter::feed(std::string_view& input) {
    while (!broken_) {
        const resp::request next = reader_.next(input);
        if (next.kind == resp::request_kind::need_more) return;
        if (next.kind == resp::request_kind::broken) {
            broken_ = true;
            pieces_.push_back(broken_request);
        } else {
            take(next);
        }
    }
}

void request_filter::clear() noexcept {
    pieces_.clear();
    rewritten_.clear();
}

void request_filter::pass(std::string_view bytes) {
    // Neighbours in the input become one piece again.
    if (!pieces_.empty() && pieces_.back().data() + pieces_.back().size() == bytes.data()) {
        pieces_.back() = {pieces_.back().data(), pieces_.back().size() + bytes.size()};
    } else {
        pieces_.push_back(bytes);
    }
}

void request_filter::take(const resp::request& command) {
    if (command.starts_command) state_.on_request();
    if (command.kind == resp::request_kind::command) {
        if (resp::is_name(command.arguments[0], "AUTH")) return take_auth(command);
        if (resp::is_name(command.arguments[0], "HELLO")) return take_hello(command);
    }
    state_.on_command(command);
    pass(command.bytes);
}

void request_filter::take_auth(const resp::request& command) {
    // With the password alone it is for the default user, whom the backend does not let in.
    if (command.argument_count != 3) return pass(command.bytes);
    rewrite(command, 2, judge(command.arguments[1], command.arguments[2], 0));
}

void request_filter::take_hello(const resp::request& command) {
    const auto parts = parse_hello(command);
    if (!parts) return pass(command.bytes);
    if (parts->auth == 0) {
        if (state_.logged_in()) state_.on_protocol(parts->protocol);
        return pass(command.bytes);
    }
    rewrite(command, parts->auth + 2,
            judge(command.arguments[parts->auth + 1], command.arguments[parts->auth + 2], parts->protocol));
}

secret_string request_filter::judge(std::string_view user, std::string_view password, int protocol) {
    login_verdict verdict = check_(user, password);
    if (verdict.valid_until) {
        state_.on_login(*verdict.valid_until, protocol);
        reader_.set_limits({});
    }
    return std::move(verdict.password);
}

void request_filter::rewrite(const resp::request& command, std::size_t at, const secret_string& password) {
    std::string text = "*" + std::to_string(command.argument_count) + "\r\n";
    for (std::size_t i = 0; i < command.arguments.size(); ++i)
        append_argument(text, i == at ? password.reveal() : command.arguments[i]);
    rewritten_.emplace_back(text);
    wipe_memory(text.data(), text.size());
    pieces_.push_back(rewritten_.back().reveal());
}

} // namespace entrada::relay
