// A transport that answers from a script and keeps what it was asked.
// Room: tests.
#pragma once

#include "net/http_client.hpp"
#include "support/virtual_clock.hpp"

#include <deque>
#include <functional>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

namespace entrada::test {

/// A request as a test compares it.
struct seen_request {
    std::string method;
    std::string url;
    std::vector<std::string> headers; ///< "Name: value", in the order sent
    std::string body;
    bool use_proxy = false;
    std::chrono::milliseconds time{}; ///< until its deadline
};

class scripted_http final : public net::http_client {
public:
    using answer = std::function<result<net::http_response>(const net::http_request&)>;

    explicit scripted_http(std::shared_ptr<virtual_clock> clock) : clock_(std::move(clock)) {}

    scripted_http& will(answer next) {
        const std::scoped_lock lock(mutex_);
        script_.push_back(std::move(next));
        return *this;
    }
    scripted_http& will_answer(int status, std::string body, std::vector<net::http_header> headers = {}) {
        return will([=](const net::http_request&) -> result<net::http_response> {
            return net::http_response{status, headers, secret_string(body)};
        });
    }
    scripted_http& will_fail(errc code, std::string detail = "as scripted") {
        return will([=](const net::http_request&) -> result<net::http_response> { return failure(code, detail); });
    }
    /// Says nothing until the deadline of the request.
    scripted_http& will_hang() {
        return will([this](const net::http_request& request) -> result<net::http_response> {
            clock_->advance(std::chrono::ceil<std::chrono::milliseconds>(request.deadline - clock_->steady()));
            return failure(errc::timeout, "no complete answer");
        });
    }

    result<net::http_response> send(const net::http_request& request) override {
        answer next;
        {
            const std::scoped_lock lock(mutex_);
            seen_.push_back(see(request));
            if (script_.empty()) return failure(errc::connect_failed, "the script has no more answers");
            next = std::move(script_.front());
            script_.pop_front();
        }
        if (request.stop.stop_requested()) return failure(errc::cancelled, "stopped before it was sent");
        return next(request);
    }

    [[nodiscard]] std::vector<seen_request> seen() const {
        const std::scoped_lock lock(mutex_);
        return seen_;
    }
    [[nodiscard]] bool script_done() const {
        const std::scoped_lock lock(mutex_);
        return script_.empty();
    }

private:
    seen_request see(const net::http_request& request) const {
        seen_request one{request.method,
                         request.url,
                         {},
                         std::string(request.body.reveal()),
                         request.use_proxy,
                         std::chrono::duration_cast<std::chrono::milliseconds>(request.deadline - clock_->steady())};
        for (const auto& [name, value] : request.headers) one.headers.push_back(name + ": " + value);
        return one;
    }

    std::shared_ptr<virtual_clock> clock_;
    mutable std::mutex mutex_;
    std::deque<answer> script_;
    std::vector<seen_request> seen_;
};

} // namespace entrada::test
