// An asynchronous call on its way: the request, its reply and its handler in one block of memory. Not for users.
// Room: client.
#pragma once

#include "entrada/detail/client_core.hpp"
#include "entrada/detail/wire_bytes.hpp"

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

template <class Value, class Handler, class Place>
class async_operation final : public request {
public:
    static void start(client_core& core, prepared&& call, std::chrono::milliseconds timeout, Handler&& handler) {
        const bool fits = sizeof(async_operation) <= wire_bytes::room_bytes && call.bytes.room() != nullptr;
        void* const memory = fits ? call.bytes.room() : operation_memory::allocate(sizeof(async_operation));
        auto& made = *::new (memory) async_operation(core.io(), std::move(call.bytes), timeout, std::move(handler));
        made.replies = call.replies;
        if (call.refused || call.replies == 0) {
            made.error = std::move(call.refused);
            boost::asio::post(core.io().executor, [&made] { made.on_done(); });
            return;
        }
        made.listen_for_cancellation(core);
        core.submit(made);
    }

private:
    async_operation(const home& io, wire_bytes&& bytes, std::chrono::milliseconds timeout, Handler&& handler)
        : bytes_(std::move(bytes)), handler_(std::move(handler)), place_(io, handler_) {
        wire = bytes_.view();
        set_timeout(*this, timeout);
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

    void on_done() noexcept override {
        const bool listened = serial != 0;
        Handler handler = std::move(handler_);
        if (place_.is_here()) {
            if (listened) boost::asio::get_associated_cancellation_slot(handler).clear();
            std::move(handler)(take_outcome()); // made where the handler wants it: a result costs more to move than all the rest
            end();
            return;
        }
        completion<Handler, result<typename Value::type>> later{std::move(handler), take_outcome(), listened};
        const Place place = std::move(place_);
        end(); // memory is free again before the handler can run and ask for the next
        place.deliver(std::move(later));
    }

    void end() noexcept {
        const wire_bytes last = std::move(bytes_); // this object may live in it
        this->~async_operation();
        if (last.room() != this) operation_memory::free(this, sizeof(async_operation));
    }

    result<typename Value::type> take_outcome() {
        if (error) return std::move(*error);
        if (!value_.good()) return value_.problem(name());
        return value_.take();
    }

    wire_bytes bytes_;
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

/// Starts an asynchronous call with any completion token. A deferred one is started while its client lives.
template <class Value, class Token>
auto initiate(client_core& core, prepared&& call, std::optional<std::chrono::milliseconds> timeout, Token&& token) {
    return boost::asio::async_initiate<Token, void(result<typename Value::type>)>(
        [](auto&& handler, client_core* owner, prepared&& ready, std::chrono::milliseconds limit) {
            using handler_type = std::decay_t<decltype(handler)>;
            start_operation<Value, handler_type>(*owner, std::move(ready), limit, std::forward<decltype(handler)>(handler));
        },
        token, &core, std::move(call), timeout.value_or(core.command_timeout()));
}

} // namespace entrada::detail
