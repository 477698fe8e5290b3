// What a connection's own requests say about whether a login in it takes effect.
// Room: relay.
#pragma once

#include "resp/request_reader.hpp"

#include <chrono>
#include <cstdint>
#include <deque>
#include <optional>
#include <set>
#include <string>
#include <string_view>

namespace entrada::relay {

/// Follows the few commands that change what a later AUTH does: in RESP2 with a subscription Redis refuses AUTH; between MULTI
/// and EXEC it runs at EXEC, or with DISCARD never. Whether a transaction ran is known from the replies alone: EXEC's must be an
/// array.
///
/// Where replies cannot be counted (a subscription, CLIENT REPLY, MONITOR), logins in transactions do not count.
///
/// Where it cannot know (a SUBSCRIBE of more names than the reader keeps) it takes the connection for subscribed until the
/// matching command without names. No I/O.
class session_state {
public:
    using time_point = std::chrono::system_clock::time_point;

    /// How a reply begins, as far as it matters here.
    enum class reply_start { other, queued, error, null };

    /// Every command, logins included, in order; before what follows.
    void on_request() noexcept { ++requests_; }
    /// Every reply, in order, but out-of-band messages.
    void on_reply(reply_start start);
    /// From now on it is not known which reply answers what.
    void on_lost_count() noexcept;

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
    enum class awaited_kind { login, exec, discard };
    /// A request whose reply decides about a login.
    struct awaited {
        std::uint64_t request;
        awaited_kind kind;
        time_point valid_until;
    };

    void await(awaited_kind kind, time_point valid_until = {});
    void end_transaction(awaited_kind kind);

    std::uint64_t requests_ = 0;
    std::uint64_t replies_ = 0;
    bool counting_ = true;
    std::deque<awaited> awaited_;
    std::optional<time_point> queued_; ///< a login that Redis has queued
    bool in_transaction_ = false;
    int protocol_ = 2;
    std::set<std::string, std::less<>> channels_; ///< kind and name; the kind alone stands for names not known
};

} // namespace entrada::relay
