// Room: emulator.
#include "emulator/login_gate.hpp"

#include "emulator/base64url.hpp"

#include <openssl/rand.h>

#include <array>
#include <stdexcept>
#include <utility>

namespace entrada::emulator {
namespace {

constexpr std::size_t id_size = 36;

} // namespace

secret_string random_secret() {
    std::array<unsigned char, 32> bytes{};
    if (RAND_bytes(bytes.data(), static_cast<int>(bytes.size())) != 1) throw std::runtime_error("no random bytes");
    return secret_string(to_base64url({reinterpret_cast<const char*>(bytes.data()), bytes.size()}));
}

login_gate::login_gate(const token_authority& authority, secret_string inner_password, log_sink log)
    : authority_(authority), inner_password_(std::move(inner_password)), wrong_password_(random_secret()), log_(std::move(log)) {}

relay::login_verdict login_gate::check(std::string_view user, std::string_view password) {
    const token_check outcome = authority_.check(user, password);
    if (outcome.fault != token_fault::none) {
        ++refused_;
        // No longer than an id: who takes the token for the user name must not find it in a log.
        std::string text =
            "login of user " + escape_untrusted(user, id_size) + " refused: " + std::string(describe(outcome.fault));
        if (outcome.fault == token_fault::wrong_user) text += ", which is " + escape_untrusted(outcome.object_id, id_size);
        log(log_, log_level::warning, "emulator", std::move(text));
        return {wrong_password_, {}};
    }
    ++accepted_;
    const auto left = std::chrono::duration_cast<std::chrono::milliseconds>(outcome.expires - authority_.now());
    log(log_, log_level::debug, "emulator",
        "login of user " + std::string(user) + " accepted for " + std::to_string(left.count()) + " ms");
    return {inner_password_, outcome.expires};
}

} // namespace entrada::emulator
