// Tells which reply answers which request.
// Room: relay.
#pragma once

#include "relay/session_state.hpp"
#include "resp/reader.hpp"

#include <string>
#include <string_view>

namespace entrada::relay {

/// Reads replies along as they pass, in whatever pieces, and tells `session_state` how each begins. What it cannot read it tells
/// as `on_lost_count`, and then looks no more. No I/O.
class reply_watch {
public:
    void feed(std::string_view bytes, session_state& state);

private:
    void take(const resp::event& next, session_state& state);

    resp::reader reader_;
    std::string rest_; ///< the beginning of something that is not whole yet
    session_state::reply_start start_ = session_state::reply_start::other;
    bool inside_ = false; ///< of a reply
    bool lost_ = false;
};

} // namespace entrada::relay
