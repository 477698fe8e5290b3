// The emulator's answer to each login at the front.
// Room: emulator.
#pragma once

#include "emulator/token_authority.hpp"
#include "entrada/log.hpp"
#include "relay/login_check.hpp"

#include <cstdint>

namespace entrada::emulator {

/// Lets in whoever holds a good token for the user it names, and says in the log why somebody was refused: Redis itself will not.
///
/// `authority` must live longer. Thread safety: the loop's thread.
class login_gate {
public:
    /// `inner_password` is what the backend knows every user by.
    login_gate(const token_authority& authority, secret_string inner_password, log_sink log);

    [[nodiscard]] relay::login_verdict check(std::string_view user, std::string_view password);

    [[nodiscard]] std::uint64_t accepted() const noexcept { return accepted_; }
    [[nodiscard]] std::uint64_t refused() const noexcept { return refused_; }

private:
    const token_authority& authority_;
    secret_string inner_password_;
    secret_string wrong_password_;
    log_sink log_;
    std::uint64_t accepted_ = 0;
    std::uint64_t refused_ = 0;
};

/// 256 random bits as text.
[[nodiscard]] secret_string random_secret();

} // namespace entrada::emulator
