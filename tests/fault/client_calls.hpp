// Planned calls as calls of the client, blocking or not.
// Room: tests.
#pragma once

#include "fault/client_model.hpp"

#include "entrada/client.hpp"

namespace entrada::test {

/// How a call ended: one outcome for each of its commands, or a failure of the whole batch.
struct call_end {
    std::optional<failure> whole;
    std::vector<command_end> each;
};

template <class T>
call_end end_of(result<T> got) {
    call_end made;
    if (got) {
        made.each.emplace_back(answer(std::move(*got)));
    } else {
        made.each.emplace_back(got.error());
    }
    return made;
}

inline call_end end_of(result<std::vector<result<reply>>> got) {
    call_end made;
    if (!got) {
        made.whole = got.error();
        return made;
    }
    for (result<reply>& one : *got) {
        if (one) {
            made.each.emplace_back(answer(std::move(*one)));
        } else {
            made.each.emplace_back(one.error());
        }
    }
    return made;
}

[[nodiscard]] command wire_command(const planned_command& planned, const caller_model& keys);
[[nodiscard]] batch wire_batch(const planned_call& planned, const caller_model& keys);
/// At least as many bytes as the call sends.
[[nodiscard]] std::size_t wire_bytes_max(const planned_call& planned);
[[nodiscard]] set_options options_of_set(const planned_command& planned);

/// Makes the call and gives what it returns to `then`: a result, or an operation that has not begun yet. An asynchronous call may
/// be given a stop token.
template <class Redis, class Then, class... Stop>
auto make_call(Redis& redis, const planned_call& planned, const caller_model& keys, const call_options& how, Then then,
               const Stop&... stop) {
    if (planned.is_batch) return then(redis.exec(wire_batch(planned, keys), how, stop...));
    const planned_command& only = planned.commands.front();
    const std::string& key = keys.key(only.key);
    using enum command_kind;
    switch (only.kind) {
    case get:
        return then(redis.get(key, how, stop...));
    case set:
    case set_if_absent:
    case set_if_present:
        return then(redis.set(key, text_of(key, only.text), options_of_set(only), how, stop...));
    case del:
        return then(redis.del(key, how, stop...));
    case ttl:
        return then(redis.ttl(key, how, stop...));
    case ping:
        return then(redis.ping(how, stop...));
    default:
        return then(redis.exec(wire_command(only, keys), how, stop...));
    }
}

} // namespace entrada::test
