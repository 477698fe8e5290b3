// Room: relay.
#include "relay/session_state.hpp"

namespace entrada::relay {
namespace {

// More channels on one connection than any program has; further ones are counted as "names not known".
constexpr std::size_t channels_max = 4096;
// Logins in transactions whose replies are not there yet. More than any program sends ahead; it bounds what a hostile one costs.
constexpr std::size_t awaited_max = 1024;

} // namespace

void session_state::on_login(time_point valid_until, int protocol) {
    if (refuses_auth()) return;
    if (in_transaction_) {
        return await(awaited_kind::login, valid_until);
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
        if (resp::is_name(name, "EXEC") && command.argument_count == 1) end_transaction(awaited_kind::exec);
        break;
    case 5:
        if (resp::is_name(name, "MULTI") && command.argument_count == 1) in_transaction_ = true;
        break;
    case 6:
        if (resp::is_name(name, "CLIENT") && command.argument_count > 1 && resp::is_name(command.arguments[1], "REPLY"))
            on_lost_count();
        break;
    case 7:
        if (resp::is_name(name, "DISCARD") && command.argument_count == 1) end_transaction(awaited_kind::discard);
        if (resp::is_name(name, "MONITOR")) on_lost_count();
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

void session_state::await(awaited_kind kind, time_point valid_until) {
    if (awaited_.size() >= awaited_max) on_lost_count();
    if (counting_) awaited_.push_back({requests_, kind, valid_until});
}

void session_state::end_transaction(awaited_kind kind) {
    in_transaction_ = false;
    if (queued_ || !awaited_.empty()) await(kind);
}

void session_state::on_reply(reply_start start) {
    ++replies_;
    if (!counting_ || awaited_.empty() || awaited_.front().request != replies_) return;
    const awaited one = awaited_.front();
    awaited_.pop_front();
    if (one.kind == awaited_kind::login) {
        if (start == reply_start::queued) queued_ = one.valid_until;
        if (start == reply_start::other) valid_until_ = one.valid_until; // there was no transaction after all
        return;
    }
    if (one.kind == awaited_kind::exec && start == reply_start::other && queued_) valid_until_ = queued_;
    queued_.reset();
}

void session_state::on_lost_count() noexcept {
    counting_ = false;
    awaited_.clear();
    queued_.reset();
}

void session_state::subscribe(channel_kind kind, const resp::request& command) {
    on_lost_count(); // confirmed by out-of-band messages in RESP3, by one reply for each channel in RESP2
    const std::string prefix(1, static_cast<char>(kind));
    for (const std::string_view name : command.arguments.subspan(1))
        if (channels_.size() < channels_max) channels_.insert(prefix + std::string(name));
    const bool all_seen = command.ends_command && command.arguments.size() == command.argument_count;
    if (!all_seen || channels_.size() >= channels_max) channels_.insert(prefix);
}

void session_state::unsubscribe(channel_kind kind, const resp::request& command) {
    on_lost_count();
    const char prefix = static_cast<char>(kind);
    if (command.argument_count == 1) {
        std::erase_if(channels_, [prefix](const std::string& channel) { return channel.front() == prefix; });
        return;
    }
    for (const std::string_view name : command.arguments.subspan(1)) channels_.erase(prefix + std::string(name));
}

} // namespace entrada::relay
