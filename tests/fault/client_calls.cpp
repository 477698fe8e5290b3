// Room: tests.
#include "fault/client_calls.hpp"

namespace entrada::test {
namespace {

constexpr std::chrono::minutes time_to_live{30};
// Names, options, lengths and line ends of one command.
constexpr std::size_t head_bytes_max = 600;
constexpr const char* shared_key = "shared";
constexpr const char* nested = "return {KEYS[1],{ARGV[1],{redis.call('GET',KEYS[1])}}}";

command set_command(const planned_command& planned, const std::string& key) {
    command made("SET", key, text_of(key, planned.text));
    if (planned.expires) made.add("PX", std::chrono::milliseconds(time_to_live).count());
    if (planned.kind == command_kind::set_if_absent) made.add("NX");
    if (planned.kind == command_kind::set_if_present) made.add("XX");
    return made;
}

} // namespace

command wire_command(const planned_command& planned, const caller_model& keys) {
    const std::string& key = keys.key(planned.key);
    using enum command_kind;
    switch (planned.kind) {
    case get:
        return command("GET", key);
    case set:
    case set_if_absent:
    case set_if_present:
        return set_command(planned, key);
    case del:
        return command("DEL", key);
    case ttl:
        return command("PTTL", key);
    case mget: {
        command made("MGET");
        for (int index = 0; index < text_keys; ++index) made.add(keys.key(index));
        return made;
    }
    case nested_get:
        return command("EVAL", nested, 1, key, "inner");
    case incr:
        return command("INCR", key);
    case incr_shared:
        return command("INCR", shared_key);
    case push:
        return command("LPUSH", key, text_of(key, planned.text));
    case range:
        return command("LRANGE", key, 0, -1);
    case echo:
        return command("ECHO", text_of(key, planned.text));
    case ping:
        return command("PING");
    case not_shareable:
        break;
    }
    return command("SELECT", 1);
}

batch wire_batch(const planned_call& planned, const caller_model& keys) {
    batch all;
    for (const planned_command& one : planned.commands) all.add(wire_command(one, keys));
    return all;
}

std::size_t wire_bytes_max(const planned_call& planned) {
    std::size_t bytes = 0;
    for (const planned_command& one : planned.commands) bytes += head_bytes_max + one.text.size;
    return bytes;
}

set_options options_of_set(const planned_command& planned) {
    set_options how;
    if (planned.expires) how.ttl = time_to_live;
    if (planned.kind == command_kind::set_if_absent) how.condition = set_condition::if_absent;
    if (planned.kind == command_kind::set_if_present) how.condition = set_condition::if_present;
    return how;
}

} // namespace entrada::test
