// What a connection counts.
// Room: conn.
#pragma once

#include "conn/connection.hpp"
#include "conn/counter.hpp"

namespace entrada::conn {

struct connection::counters {
    counter commands;
    counter commands_failed;
    counter connections_opened;
    counter connections_lost;
    counter reauthentications;
    counter reauthentication_failures;
    counter bytes_sent;
    counter bytes_received;
    counter connect_failures; ///< written by the I/O thread
};

} // namespace entrada::conn
