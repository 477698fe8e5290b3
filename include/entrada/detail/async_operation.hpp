// An asynchronous call on its way: the request, its reply and its handler in one block of memory. Not for users.
// Room: client.
#pragma once

#include "entrada/detail/client_core.hpp"
#include "entrada/detail/prepared.hpp"

#include <boost/asio/associated_cancellation_slot.hpp>
#include <boost/asio/associated_executor.hpp>
#include <boost/asio/async_result.hpp>
#include <boost/asio/dispatch.hpp>
#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/post.hpp>

#include <new>
#include <utility>

namespace entrada::detail {

/// A handler with its outcome, for another thread. Runs on the handler's own executor: only there its cancellation slot may be
/// touched.
template <class Handler, class Outcome>
struct completion {
    Handler handler;
    Outcome outcome;
    bool listened; ///< the slot was given a handler

    void operator()() {
        if (listened) boost::asio::get_associated_cancellation_slot(handler).clear();
        std::move(handler)(std::move(outcome));
    }
};

/// For handlers that run on the client's own I/O thread, which completes most requests: no hop, and no executor to carry.
struct runs_at_home {
    template <class Handler>
    runs_at_home(const home& io, const Handler&) noexcept : io_(&io) {}

    [[nodiscard]] bool is_here() const noexcept { return io_->is_here(); }
    template <class Completion>
    void deliver(Completion&& later) const {
        boost::asio::post(io_->executor, std::forward<Completion>(later));
    }

    const home* io_;
};

/// For handlers with another executor. Keeps the `run()` of its context from ending while the reply is awaited.
template <class Executor>
struct runs_elsewhere {
    template <class Handler>
    runs_elsewhere(const home& io, const Handler& handler)
        : io_(&io), work_(boost::asio::get_associated_executor(handler, io.executor)) {}

    [[nodiscard]] static constexpr bool is_here() noexcept { return false; }
    template <class Completion>
    void deliver(Completion&& later) const {
        // A lone blocking caller may be inside that executor: the handler must not run inside its call.
        if (io_->is_here()) {
            boost::asio::dispatch(work_.get_executor(), std::forward<Completion>(later));
        } else {
            boost::asio::post(work_.get_executor(), std::forward<Completion>(later));
        }
    }

    const home* io_;
    boost::asio::executor_work_guard<Executor> work_;
};

/// What a request that is done comes to.
template <class Value>
result<typename Value::type> outcome_of(request& done, Value& value) {
    if (done.error) return std::move(*done.error);
    if (!value.good()) return value.problem(done.name());
    return value.take();
}

/// The same for a reply that is one string of the expected type.
template <class Value, class Holder>
result<typename Value::type> plain_outcome(const request& owner, std::string_view text, Holder&& in) {
    try {
        return Value::of(text, std::forward<Holder>(in));
    } catch (const std::exception& problem) {
        return no_memory(owner, problem);
    }
}

template <class Value, class Handler, class Place>
class async_operation final : public request {
public:
    static void start(client_core& core, prepared&& call, std::chrono::milliseconds timeout, Handler&& handler) {
        void* const memory = fits() ? call.room() : operation_memory::allocate(sizeof(async_operation));
        auto& made = *::new (memory) async_operation(core.io(), std::move(call), timeout, std::move(handler));
        if (made.replies == 0) {
            if (const failure* refused = made.call_.refused()) made.error = std::make_unique<failure>(*refused);
            boost::asio::post(core.io().executor, [&made] { made.on_done(); });
            return;
        }
        made.listen_for_cancellation(core);
        core.submit(made);
    }

private:
    async_operation(const home& io, prepared&& call, std::chrono::milliseconds timeout, Handler&& handler)
        : call_(std::move(call)), handler_(std::move(handler)), place_(io, handler_) {
        wire = call_.view();
        replies = call_.replies();
        set_timeout(timeout);
    }

    /// Whether it lives in the room behind its bytes.
    [[nodiscard]] static constexpr bool fits() noexcept {
        static_assert(alignof(async_operation) <= alignof(std::max_align_t), "handlers of higher alignment have no place");
        return sizeof(async_operation) <= prepared::room_bytes;
    }

    void listen_for_cancellation(client_core& core) {
        auto slot = boost::asio::get_associated_cancellation_slot(handler_);
        if (!slot.is_connected()) return;
        serial = next_serial();
        slot.assign([weak = core.weak_from_this(), gone = serial](boost::asio::cancellation_type type) {
            if (type == boost::asio::cancellation_type::none) return;
            if (const auto alive = weak.lock()) alive->cancel(gone);
        });
    }

    void on_event(const resp::event& piece, received_block& in) override { hand_over(value_, piece, in); }
    char* place(std::size_t size) override { return value_.place(size); }

    void on_plain_reply(reply_type type, std::string_view text, received_block& in) noexcept override {
        if constexpr (requires { Value::plain; }) {
            if (type == Value::plain) {
                complete([&] { return plain_outcome<Value>(*this, text, &in); });
                return;
            }
        }
        request::on_plain_reply(type, text, in);
    }

    void on_done() noexcept override {
        complete([this] { return outcome_of(*this, value_); });
    }

    /// The outcome is made where the handler wants it: a result costs more to move than all the rest.
    template <class MakeOutcome>
    void complete(const MakeOutcome& outcome) noexcept {
        const bool listened = serial != 0;
        Handler handler = std::move(handler_);
        if (place_.is_here()) {
            if (listened) boost::asio::get_associated_cancellation_slot(handler).clear();
            std::move(handler)(outcome());
            end();
            return;
        }
        completion<Handler, result<typename Value::type>> later{std::move(handler), outcome(), listened};
        const Place place = std::move(place_);
        end(); // memory is free again before the handler can run and ask for the next
        place.deliver(std::move(later));
    }

    void end() noexcept {
        const prepared last = std::move(call_); // this object may live in it
        this->~async_operation();
        if (!fits()) operation_memory::free(this, sizeof(async_operation));
    }

    prepared call_;
    Value value_;
    Handler handler_;
    Place place_;
};

template <class Value, class Handler>
void start_operation(client_core& core, prepared&& call, std::chrono::milliseconds timeout, Handler&& handler) {
    using executor_type = boost::asio::associated_executor_t<Handler, boost::asio::any_io_executor>;
    if constexpr (std::is_same_v<executor_type, boost::asio::any_io_executor>) {
        if (core.io().is_executor(boost::asio::get_associated_executor(handler, core.io().executor))) {
            async_operation<Value, Handler, runs_at_home>::start(core, std::move(call), timeout, std::forward<Handler>(handler));
            return;
        }
    }
    async_operation<Value, Handler, runs_elsewhere<executor_type>>::start(core, std::move(call), timeout,
                                                                          std::forward<Handler>(handler));
}

/// Starts an asynchronous call with any completion token.
template <class Value, class Token>
auto initiate(client_core& core, prepared&& call, std::chrono::milliseconds timeout, Token&& token) {
    return boost::asio::async_initiate<Token, void(result<typename Value::type>)>(
        [](auto&& handler, client_core* owner, prepared&& ready, std::chrono::milliseconds limit) {
            using handler_type = std::decay_t<decltype(handler)>;
            start_operation<Value, handler_type>(*owner, std::move(ready), limit, std::forward<decltype(handler)>(handler));
        },
        token, &core, std::move(call), timeout);
}

} // namespace entrada::detail
