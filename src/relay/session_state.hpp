// What a connection's own requests say about whether a login in it takes effect.
// Room: relay.
#pragma once

#include "resp/request_reader.hpp"

#include <chrono>
#include <optional>
#include <set>
#include <string>
#include <string_view>

namespace entrada::relay {

/// Follows the few commands that change what a later AUTH does, because replies are not read:
/// in RESP2 with a subscription Redis refuses AUTH; between MULTI and EXEC it runs at EXEC, or with DISCARD never.
///
/// Where it cannot know (a SUBSCRIBE of more names than the reader keeps) it takes the connection for subscribed until the
/// matching command without names. No I/O.
class session_state {
public:
    using time_point = std::chrono::system_clock::time_point;

    /// Every command but logins, in order.
    void on_command(const resp::request& command);
    /// A login that was accepted and is good until then; `protocol` is 2 or 3, or 0 to keep what it is.
    void on_login(time_point valid_until, int protocol);
    /// A HELLO without a login; 0 as above.
    void on_protocol(int protocol) noexcept;

    [[nodiscard]] bool logged_in() const noexcept { return valid_until_.has_value(); }
    /// The end of the last login that took effect.
    [[nodiscard]] std::optional<time_point> valid_until() const noexcept { return valid_until_; }

private:
    enum class channel_kind : char { plain = 'c', pattern = 'p', shard = 's' };

    void subscribe(channel_kind kind, const resp::request& command);
    void unsubscribe(channel_kind kind, const resp::request& command);
    [[nodiscard]] bool refuses_auth() const noexcept { return protocol_ == 2 && !channels_.empty(); }

    std::optional<time_point> valid_until_;
    std::optional<time_point> queued_; ///< a login between MULTI and EXEC
    bool in_transaction_ = false;
    int protocol_ = 2;
    std::set<std::string, std::less<>> channels_; ///< kind and name; the kind alone stands for names not known
};

} // namespace entrada::relay
