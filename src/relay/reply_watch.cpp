// Room: relay.
#include "relay/reply_watch.hpp"

namespace entrada::relay {

void reply_watch::feed(std::string_view bytes, session_state& state) {
    if (lost_) return;
    const bool joined = !rest_.empty();
    if (joined) rest_ += bytes;
    std::string_view input = joined ? std::string_view(rest_) : bytes;
    for (resp::event next = reader_.next(input); next.kind != resp::event_kind::need_more; next = reader_.next(input)) {
        if (next.kind == resp::event_kind::broken) {
            lost_ = true;
            return state.on_lost_count();
        }
        take(next, state);
    }
    rest_ = std::string(input);
}

void reply_watch::take(const resp::event& next, session_state& state) {
    using start = session_state::reply_start;
    if (next.kind == resp::event_kind::bulk_start) reader_.receive_into(nullptr);
    if (next.push) return;
    if (!inside_) {
        const bool queued = next.type == reply_type::simple_string && next.text == "QUEUED";
        const bool error = next.type == reply_type::error;
        const bool nothing = next.type == reply_type::null;
        start_ = queued ? start::queued : error ? start::error : nothing ? start::null : start::other;
    }
    inside_ = !next.ends_reply;
    if (next.ends_reply) state.on_reply(start_);
}

} // namespace entrada::relay
