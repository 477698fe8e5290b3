// Requests of a test: they remember what they were told.
// Room: tests of conn.
#pragma once

#include "conn/multiplexer.hpp"
#include "entrada/command.hpp"
#include "resp/reader.hpp"

#include <string>

namespace entrada::conn {

/// ECHO with a text of its own: whoever gets another's reply shows it.
class fake_request final : public request {
public:
    explicit fake_request(std::string text, std::chrono::steady_clock::time_point until = {}) : text_(std::move(text)) {
        bytes_ = command("ECHO", text_).wire();
        wire = bytes_;
        serial = detail::next_serial();
        deadline = until == std::chrono::steady_clock::time_point{} ? std::chrono::steady_clock::time_point::max() : until;
    }

    /// As if it had just been made: its clock is still to start.
    void forget_deadline() noexcept { deadline = std::chrono::steady_clock::time_point::min(); }

    bool out_of_memory = false; ///< it cannot take its reply

    /// Becomes a batch: the same command so many times; `got` is the last reply.
    void repeat(std::uint32_t times) {
        const std::string once = bytes_;
        for (std::uint32_t i = 1; i < times; ++i) bytes_ += once;
        wire = bytes_;
        replies = times;
    }

    [[nodiscard]] const std::string& text() const noexcept { return text_; }
    [[nodiscard]] const std::string& got() const noexcept { return got_; }
    [[nodiscard]] int completions() const noexcept { return completions_; }
    /// What the server says to it.
    [[nodiscard]] std::string answer() const { return "$" + std::to_string(text_.size()) + "\r\n" + text_ + "\r\n"; }
    /// "" while under way, then the reply or the name of the error.
    [[nodiscard]] std::string outcome() const {
        if (completions_ == 0) return "";
        return error ? error->code().message() : "reply " + got_;
    }

private:
    void on_event(const resp::event& piece, detail::received_block&) override {
        if (out_of_memory) throw std::bad_alloc();
        got_ = piece.text;
    }
    char* place(std::size_t size) override {
        if (out_of_memory) throw std::bad_alloc();
        placed_.assign(size, '\0');
        return placed_.data();
    }
    void on_done() noexcept override { ++completions_; }

    std::string text_;
    std::string bytes_;
    std::string got_;
    std::string placed_;
    int completions_ = 0;
};

inline void complete(request_list& done) {
    while (request* one = done.pop_front()) one->on_done();
}

/// Bytes from the server, as a socket would bring them.
inline std::optional<failure> arrive(multiplexer& mux, std::string_view bytes, request_list& done) {
    while (!bytes.empty()) {
        const std::span<char> space = mux.incoming();
        const std::size_t count = std::min(space.size(), bytes.size());
        std::copy_n(bytes.begin(), count, space.begin());
        bytes.remove_prefix(count);
        mux.received(count);
        while (mux.complete_next(done, [](const request&) {})) {
        }
        if (mux.broken() != nullptr) return *mux.broken();
    }
    return std::nullopt;
}

/// Everything that waits to be sent leaves.
inline std::string send_all(multiplexer& mux) {
    std::string sent;
    while (!mux.outgoing().empty()) {
        sent += mux.outgoing();
        mux.sent(mux.outgoing().size());
    }
    return sent;
}

} // namespace entrada::conn
