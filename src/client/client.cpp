// Blocking calls: the request lives on the caller's stack until its reply is there.
#include "entrada/client.hpp"

#include "conn/bell.hpp"

namespace entrada {
namespace {

template <class Value>
class blocking_request final : public detail::request {
public:
    blocking_request(detail::client_core& core, const detail::prepared& call, std::chrono::milliseconds timeout)
        : core_(core), bell_(core.callers_bell()) {
        wire = call.view();
        replies = call.replies();
        set_timeout(timeout);
    }

    result<typename Value::type> run(const std::stop_token& stop) {
        if (stop.stop_requested()) return failure(errc::cancelled, std::string(name()) + " before it was sent");
        if (stop.stop_possible()) serial = detail::next_serial();
        core_.submit_and_wait(*this, waiting_, stop);
        if (error) return std::move(*error);
        if (!value_.good()) return value_.problem(name());
        return value_.take();
    }

private:
    void on_event(const resp::event& piece, detail::received_block& in) override { detail::hand_over(value_, piece, in); }
    char* place(std::size_t size) override { return value_.place(size); }
    void on_done() noexcept override { bell_.finish(waiting_); }

    Value value_;
    detail::client_core& core_;
    conn::bell& bell_;
    conn::waiter waiting_;
};

template <class Value>
result<typename Value::type> call_and_wait(detail::client_core& core, const detail::prepared& call, const call_options& options) {
    if (call.refused() != nullptr) return *call.refused();
    if (call.replies() == 0) return Value().take();
    if (core.is_inside())
        return failure(errc::would_deadlock,
                       std::string(detail::command_name(call.view()))
                           + ": blocking call on the client's I/O thread or in a handler or log sink; co_await the asynchronous "
                             "one there");
    blocking_request<Value> waiting(core, call, options.timeout.value_or(core.options().command_timeout));
    return waiting.run(options.stop);
}

} // namespace

client::client(client_options options) : async_(std::move(options)) {}

result<std::optional<std::string>> client::get(std::string_view key, const call_options& call) {
    return call_and_wait<detail::text_value>(*async_.core_, detail::encode_get(key), call);
}

result<std::optional<lease>> client::get_lease(std::string_view key, const call_options& call) {
    return call_and_wait<detail::lease_value>(*async_.core_, detail::encode_get(key), call);
}

result<bool> client::set(std::string_view key, std::string_view value, const set_options& how, const call_options& call) {
    return call_and_wait<detail::status_value>(*async_.core_, detail::prepare_set(key, value, how), call);
}

result<bool> client::del(std::string_view key, const call_options& call) {
    return call_and_wait<detail::existed_value>(*async_.core_, detail::encode({"DEL", key}), call);
}

result<key_ttl> client::ttl(std::string_view key, const call_options& call) {
    return call_and_wait<detail::ttl_value>(*async_.core_, detail::encode({"PTTL", key}), call);
}

result<reply> client::exec(const command& request, const call_options& call) {
    return call_and_wait<detail::whole_value>(*async_.core_, detail::prepare(request), call);
}

result<std::vector<result<reply>>> client::exec(const batch& all, const call_options& call) {
    return call_and_wait<detail::batch_value>(*async_.core_, detail::prepare(all), call);
}

result<std::chrono::microseconds> client::ping(const call_options& call) {
    return call_and_wait<detail::ping_value>(*async_.core_, detail::encode({"PING"}), call);
}

} // namespace entrada
