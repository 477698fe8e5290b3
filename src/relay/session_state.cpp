// Room: relay.
#include "relay/session_state.hpp"

namespace entrada::relay {
namespace {

// More channels on one connection than any program has; further ones are counted as "names not known".
constexpr std::size_t channels_max = 4096;

} // namespace

void session_state::on_login(time_point valid_until, int protocol) {
    if (refuses_auth()) return;
    if (in_transaction_) {
        queued_ = valid_until;
        return;
    }
    valid_until_ = valid_until;
    on_protocol(protocol);
}

void session_state::on_protocol(int protocol) noexcept {
    // In a transaction HELLO is queued, and no client does that.
    if (protocol != 0 && !refuses_auth() && !in_transaction_) protocol_ = protocol;
}

void session_state::on_command(const resp::request& command) {
    if (!command.starts_command || !logged_in()) return; // Redis answers NOAUTH and nothing changes
    const std::string_view name = command.arguments[0];
    switch (name.size()) {
    case 4:
        if (resp::is_name(name, "EXEC")) {
            in_transaction_ = false;
            if (queued_) on_login(*queued_, 0);
            queued_.reset();
        }
        break;
    case 5:
        if (resp::is_name(name, "MULTI")) in_transaction_ = true;
        break;
    case 7:
        if (resp::is_name(name, "DISCARD")) {
            in_transaction_ = false;
            queued_.reset();
        }
        break;
    case 9:
        if (resp::is_name(name, "SUBSCRIBE")) subscribe(channel_kind::plain, command);
        break;
    case 10:
        if (resp::is_name(name, "PSUBSCRIBE")) subscribe(channel_kind::pattern, command);
        if (resp::is_name(name, "SSUBSCRIBE")) subscribe(channel_kind::shard, command);
        break;
    case 11:
        if (resp::is_name(name, "UNSUBSCRIBE")) unsubscribe(channel_kind::plain, command);
        break;
    case 12:
        if (resp::is_name(name, "PUNSUBSCRIBE")) unsubscribe(channel_kind::pattern, command);
        if (resp::is_name(name, "SUNSUBSCRIBE")) unsubscribe(channel_kind::shard, command);
        break;
    default:
        break;
    }
}

void session_state::subscribe(channel_kind kind, const resp::request& command) {
    const std::string prefix(1, static_cast<char>(kind));
    for (const std::string_view name : command.arguments.subspan(1))
        if (channels_.size() < channels_max) channels_.insert(prefix + std::string(name));
    const bool all_seen = command.ends_command && command.arguments.size() == command.argument_count;
    if (!all_seen || channels_.size() >= channels_max) channels_.insert(prefix);
}

void session_state::unsubscribe(channel_kind kind, const resp::request& command) {
    const char prefix = static_cast<char>(kind);
    if (command.argument_count == 1) {
        std::erase_if(channels_, [prefix](const std::string& channel) { return channel.front() == prefix; });
        return;
    }
    for (const std::string_view name : command.arguments.subspan(1)) channels_.erase(prefix + std::string(name));
}

} // namespace entrada::relay
