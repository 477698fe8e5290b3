// Hands out tokens as a source does: anew or the same one again, with its end written this way or that.
// Room: emulator.
#pragma once

#include "emulator/faults.hpp"
#include "emulator/token_authority.hpp"

#include <map>
#include <string>
#include <string_view>
#include <tuple>

namespace entrada::emulator {

/// How a source writes the end of a token when nothing is wrong with it; forms of `write_expiry`, "none" for no such field.
struct expiry_style {
    std::string_view expires_on = "text";
    std::string_view expires_in = "none";
};

struct handed_token {
    issued_token made;
    boost::json::object fields; ///< access_token and what is said about its end
};

/// Thread safety: one thread. `authority` must live longer.
class token_desk {
public:
    explicit token_desk(const token_authority& authority) : authority_(authority) {}

    [[nodiscard]] handed_token hand_out(source_kind source, const identity& who, std::string_view resource, expiry_style style,
                                        const met_faults& faults);

    [[nodiscard]] const token_authority& authority() const noexcept { return authority_; }
    /// What the source thinks the time is.
    [[nodiscard]] wall_time now(const met_faults& faults) const;

private:
    [[nodiscard]] issued_token get(source_kind source, const identity& who, std::string_view resource, const met_faults& faults);

    const token_authority& authority_;
    std::map<std::tuple<source_kind, std::string, std::string>, issued_token> kept_;
};

} // namespace entrada::emulator
