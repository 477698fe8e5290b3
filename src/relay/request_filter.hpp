// What becomes of a client's bytes on their way to the backend.
// Room: relay.
#pragma once

#include "relay/login_check.hpp"
#include "relay/reply_watch.hpp"
#include "relay/session_state.hpp"
#include "resp/request_reader.hpp"

#include <deque>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace entrada::relay {

/// Passes requests on as they are, but for logins, which get the password that the check names. No I/O.
///
/// Input that Redis would not understand becomes one broken request, which Redis answers in its place before it hangs up.
class request_filter {
public:
    explicit request_filter(login_check check);

    /// Takes all that can be decided off the front of `input`; what is left must come again with more after it.
    void feed(std::string_view& input);

    /// What the backend is to get: views of the input and of our own text, valid until `clear`.
    [[nodiscard]] std::span<const std::string_view> pieces() const noexcept { return pieces_; }
    void clear() noexcept;

    /// What the backend answers, as it comes: a login in a transaction counts only if the transaction ran.
    void watch_replies(std::string_view bytes) { replies_.feed(bytes, state_); }

    /// Nothing more will be passed on.
    [[nodiscard]] bool broken() const noexcept { return broken_; }
    /// When the client has to be gone, unless it logs in again. Empty before the first login.
    [[nodiscard]] std::optional<std::chrono::system_clock::time_point> valid_until() const noexcept {
        return state_.valid_until();
    }

private:
    void pass(std::string_view bytes);
    void take(const resp::request& command);
    void take_auth(const resp::request& command);
    void take_hello(const resp::request& command);
    /// The password to say instead, after the check had its say.
    [[nodiscard]] secret_string judge(std::string_view user, std::string_view password, int protocol);
    /// The command again, with another argument at one place.
    void rewrite(const resp::request& command, std::size_t at, const secret_string& password);

    login_check check_;
    resp::request_reader reader_;
    session_state state_;
    reply_watch replies_;
    std::vector<std::string_view> pieces_;
    std::deque<secret_string> rewritten_; ///< stays where it is while it grows
    bool broken_ = false;
};

} // namespace entrada::relay
