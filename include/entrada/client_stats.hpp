// Counters of a client since its start.
// Room: conn.
#pragma once

#include <cstdint>

namespace entrada {

struct client_stats {
    std::uint64_t commands = 0;           ///< completed, with or without success
    std::uint64_t commands_failed = 0;    ///< of them with a failure; not those whose reply was an error, of another type than
                                          ///< expected, or too much for the memory
    std::uint64_t error_replies = 0;      ///< completed with an error reply of Redis
    std::uint64_t connections_opened = 0; ///< sessions that became ready
    std::uint64_t connections_lost = 0;   ///< sessions that ended before the client was stopped
    std::uint64_t connect_failures = 0;   ///< attempts that did not become a session
    std::uint64_t reauthentications = 0;  ///< accepted on a living connection
    std::uint64_t reauthentication_failures = 0;
    std::uint64_t bytes_sent = 0;
    std::uint64_t bytes_received = 0;
};

} // namespace entrada
