// An asynchronous call on its way: the request, its reply and its handler in one block of memory. Not for users.
// Room: client.
#pragma once

#include "entrada/detail/client_core.hpp"
#include "entrada/detail/wire_bytes.hpp"

#include <boost/asio/any_completion_handler.hpp>
#include <boost/asio/associated_cancellation_slot.hpp>
#include <boost/asio/associated_executor.hpp>
#include <boost/asio/async_result.hpp>
#include <boost/asio/dispatch.hpp>
#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/post.hpp>

#include <new>
#include <utility>

namespace entrada::detail {

template <class Value, class Handler>
class async_operation final : public request {
    using executor_type = boost::asio::associated_executor_t<Handler, boost::asio::any_io_executor>;

public:
    static void start(const std::shared_ptr<client_core>& core, prepared&& call, std::chrono::milliseconds timeout,
                      Handler&& handler) {
        void* memory = allocate_operation(sizeof(async_operation));
        auto& made = *::new (memory) async_operation(core, std::move(call.bytes), timeout, std::move(handler));
        if (call.refused) {
            made.error = std::move(call.refused);
            boost::asio::post(core->executor(), [&made] { made.on_done(); });
            return;
        }
        made.listen_for_cancellation(core);
        core->submit(made);
    }

private:
    async_operation(const std::shared_ptr<client_core>& core, wire_bytes&& bytes, std::chrono::milliseconds timeout,
                    Handler&& handler)
        : bytes_(std::move(bytes)), handler_(std::move(handler)),
          executor_(boost::asio::get_associated_executor(handler_, core->executor())), io_(core->io_identity()),
          on_io_executor_(boost::asio::any_io_executor(executor_) == core->executor()) {
        // Keeps the run() of another executor's context from ending while the reply is awaited.
        if (!on_io_executor_) work_.emplace(executor_);
        wire = bytes_.view();
        name = name_in(wire);
        submitted = std::chrono::steady_clock::now();
        deadline = submitted + timeout;
    }

    void listen_for_cancellation(const std::shared_ptr<client_core>& core) {
        auto slot = boost::asio::get_associated_cancellation_slot(handler_);
        if (!slot.is_connected()) return;
        slot.assign([weak = std::weak_ptr(core), this](boost::asio::cancellation_type type) {
            if (type == boost::asio::cancellation_type::none) return;
            if (const auto alive = weak.lock()) alive->cancel(*this);
        });
    }

    void on_event(const resp::event& piece) override { value_.on_event(piece); }
    char* place(std::size_t size) override { return value_.place(size); }

    void on_done() noexcept override {
        auto outcome = error ? result<typename Value::type>(std::move(*error)) : value_.take(name);
        auto finish = [handler = std::move(handler_), outcome = std::move(outcome)]() mutable {
            auto slot = boost::asio::get_associated_cancellation_slot(handler);
            if (slot.is_connected()) slot.clear();
            std::move(handler)(std::move(outcome));
        };
        const bool at_once = on_io_executor_ && runs_on_this_thread(io_);
        const executor_type executor = std::move(executor_);
        const auto work = std::move(work_);
        this->~async_operation(); // memory is free again before the handler runs and asks for the next
        free_operation(this, sizeof(async_operation));
        if (at_once) {
            finish();
        } else {
            boost::asio::dispatch(executor, std::move(finish));
        }
    }

    wire_bytes bytes_;
    Value value_;
    Handler handler_;
    executor_type executor_;
    const void* io_; ///< compared only: the client may be gone when the last operations fail
    bool on_io_executor_;
    std::optional<boost::asio::executor_work_guard<executor_type>> work_;
};

/// Starts an asynchronous call with any completion token.
template <class Value, class Token>
auto initiate(std::shared_ptr<client_core> core, prepared&& call, std::optional<std::chrono::milliseconds> timeout,
              Token&& token) {
    return boost::asio::async_initiate<Token, void(result<typename Value::type>)>(
        [](auto&& handler, const std::shared_ptr<client_core>& owner, prepared&& ready, std::chrono::milliseconds limit) {
            using handler_type = std::decay_t<decltype(handler)>;
            async_operation<Value, handler_type>::start(owner, std::move(ready), limit, std::forward<decltype(handler)>(handler));
        },
        token, core, std::move(call), timeout.value_or(core->options().command_timeout));
}

} // namespace entrada::detail
