// A call that has not begun: an operation for Asio, and something to await for coroutines of every other kind. Not for users.
// Room: client.
#pragma once

#include "entrada/detail/async_operation.hpp"
#include "entrada/detail/received_block.hpp"

#include <atomic>
#include <coroutine>
#include <memory>
#include <optional>
#include <stop_token>

namespace entrada::detail {

/// What an awaited call has that ends when stop is requested.
struct stopping {
    struct canceller {
        std::weak_ptr<client_core> core; ///< the last handle may go while calls are under way
        std::uint64_t serial;
        void operator()() const {
            if (const auto alive = core.lock()) alive->cancel(serial);
        }
    };

    explicit stopping(const std::stop_token& by) : token(by) {}
    /// Both the reply and the end of setting up say so; true for the second one.
    [[nodiscard]] bool is_last() noexcept { return to_come.fetch_sub(1, std::memory_order_acq_rel) == 1; }

    std::stop_token token;
    std::optional<std::stop_callback<canceller>> callback;
    std::atomic<int> to_come{2};
};

/// A call that a coroutine awaits without Asio. It lies in the coroutine's own frame, and nothing stands between the reply and
/// the coroutine.
template <class Value>
class awaited_call final : public request {
public:
    using outcome = result<typename Value::type>;

    awaited_call(client_core& core, prepared&& call, std::chrono::milliseconds timeout, std::unique_ptr<stopping> stop)
        : core_(core), io_(core.io()), call_(std::move(call)), stop_(std::move(stop)) {
        wire = call_.view();
        replies = call_.replies();
        set_timeout(timeout);
        if constexpr (!usually_plain) (void)value();
    }
    ~awaited_call() {
        if (holds_ == content::value) value_.~Value();
        if (holds_ == content::text) text_.~held_text();
        if (holds_ == content::outcome) outcome_.~outcome();
    }

    [[nodiscard]] static constexpr bool await_ready() noexcept { return false; }

    [[nodiscard]] bool await_suspend(std::coroutine_handle<> caller) {
        if (replies == 0) return finish_without_sending();
        caller_ = caller;
        if (stop_) return submit_with_stop();
        core_.submit(*this);
        return true; // it may be over by now, and this object with it
    }

    [[nodiscard]] outcome await_resume() {
        if constexpr (usually_plain)
            if (holds_ == content::text) return plain_outcome<Value>(*this, text_.bytes, std::move(text_.in));
        return std::move(outcome_);
    }

private:
    static constexpr bool usually_plain = requires { Value::plain; };
    enum class content : std::uint8_t { nothing, value, text, outcome };
    struct held_text {
        std::string_view bytes;
        boost::intrusive_ptr<received_block> in;
    };

    /// The cancellation must find the request under way, and the request must not go while the cancellation is set up: whoever of
    /// the two comes last lets the coroutine go on.
    bool submit_with_stop() {
        if (stop_->token.stop_requested())
            return finish_at_once(failure(errc::cancelled, std::string(name()) + " before it was sent"));
        serial = next_serial();
        const std::shared_ptr<client_core> core = core_.shared_from_this(); // its I/O thread is needed below
        core->submit(*this);
        stop_->callback.emplace(stop_->token, stopping::canceller{core, serial});
        if (stop_->is_last()) resume_later();
        return true;
    }

    bool finish_without_sending() {
        return call_.refused() != nullptr ? finish_at_once(*call_.refused()) : finish_at_once(Value().take());
    }
    bool finish_at_once(outcome&& known) {
        finish([&known]() -> outcome&& { return std::move(known); });
        return false;
    }

    void on_event(const resp::event& piece, received_block& in) override { hand_over(value(), piece, in); }
    char* place(std::size_t size) override { return value().place(size); }
    void on_done() noexcept override {
        Value last = std::move(value());
        finish([&] { return outcome_of(*this, last); });
        go_on();
    }
    void on_plain_reply(reply_type type, std::string_view text, received_block& in) noexcept override {
        if constexpr (usually_plain) {
            if (type == Value::plain) {
                // The coroutine makes the outcome, where it wants it. Others than the coroutine may be resumed, and the coroutine
                // later by them: the memory of the text is held until then.
                ::new (static_cast<void*>(&text_)) held_text{text, boost::intrusive_ptr<received_block>(&in)};
                holds_ = content::text;
                go_on();
                return;
            }
        }
        request::on_plain_reply(type, text, in);
    }

    /// Made when the first piece comes: most replies are given as a whole.
    Value& value() {
        if (holds_ == content::nothing) {
            ::new (static_cast<void*>(&value_)) Value;
            holds_ = content::value;
        }
        return value_;
    }

    template <class Make>
    void finish(const Make& make) noexcept {
        if (holds_ == content::value) value_.~Value();
        ::new (static_cast<void*>(&outcome_)) outcome(make());
        holds_ = content::outcome;
    }

    void go_on() noexcept {
        if (stop_ && !stop_->is_last()) return;
        if (io_.is_here()) {
            caller_.resume();
        } else { // a lone blocking caller drives, and others' code must not run inside its call
            resume_later();
        }
    }
    void resume_later() {
        boost::asio::post(io_.executor, [caller = caller_] { caller.resume(); });
    }

    client_core& core_; ///< not after it was submitted: the last handle may go before the reply comes
    const home& io_;
    prepared call_;
    std::coroutine_handle<> caller_;
    std::unique_ptr<stopping> stop_; ///< null: nobody can
    content holds_ = content::nothing;
    union {
        Value value_;
        held_text text_;
        outcome outcome_;
    };
};

/// No completion token was given.
struct no_token {};

/// What calls return that were given no completion token. Calling it with one starts it as an operation of Asio.
template <class Value>
class [[nodiscard]] pending_call {
public:
    pending_call(client_core& core, prepared&& call, std::chrono::milliseconds timeout) noexcept
        : core_(&core), call_(std::move(call)), timeout_(timeout) {}

    template <boost::asio::completion_token_for<void(result<typename Value::type>)> Token>
    auto operator()(Token&& token) && {
        return initiate<Value>(*core_, std::move(call_), timeout_, std::forward<Token>(token));
    }

    [[nodiscard]] awaited_call<Value> operator co_await() && {
        return awaited_call<Value>(*core_, std::move(call_), timeout_, nullptr);
    }

private:
    client_core* core_;
    prepared call_;
    std::chrono::milliseconds timeout_;
};

/// What calls return that were given a stop token. No operation of Asio: those are cancelled in another way.
template <class Value>
class [[nodiscard]] stoppable_call {
public:
    stoppable_call(client_core& core, prepared&& call, std::chrono::milliseconds timeout, const std::stop_token& stop)
        : core_(&core), call_(std::move(call)), timeout_(timeout),
          stop_(stop.stop_possible() ? std::make_unique<stopping>(stop) : nullptr) {}

    [[nodiscard]] awaited_call<Value> operator co_await() && {
        return awaited_call<Value>(*core_, std::move(call_), timeout_, std::move(stop_));
    }

private:
    client_core* core_;
    prepared call_;
    std::chrono::milliseconds timeout_;
    std::unique_ptr<stopping> stop_;
};

/// With nothing or a stop token: something to await. With a completion token: what that makes of an operation.
template <class Value, class Token>
auto begin_call(client_core& core, prepared&& call, const std::optional<std::chrono::milliseconds>& timeout, Token&& token) {
    const std::chrono::milliseconds limit = timeout.value_or(core.command_timeout());
    if constexpr (std::is_same_v<std::decay_t<Token>, no_token>) {
        return pending_call<Value>(core, std::move(call), limit);
    } else if constexpr (std::is_same_v<std::decay_t<Token>, std::stop_token>) {
        return stoppable_call<Value>(core, std::move(call), limit, token);
    } else {
        return initiate<Value>(core, std::move(call), limit, std::forward<Token>(token));
    }
}

} // namespace entrada::detail
