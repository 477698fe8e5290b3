// Answers that are none: what a client meets when a source of tokens, or something before it, is out of order.
// Room: emulator.
#pragma once

#include "emulator/faults.hpp"
#include "emulator/http_message.hpp"
#include "emulator/token_authority.hpp"

#include <functional>
#include <string_view>

namespace entrada::emulator {

/// Writes an error as the source does.
using refusal = std::function<http_response(unsigned status, std::string_view message)>;

/// Instead of an answer. Empty: the source itself has to make this one.
[[nodiscard]] std::optional<http_response> answer_instead(const active_fault& outage, const http_request& request,
                                                          const refusal& refuse, wall_time now);

/// What a fault does to an answer that was made.
void change_answer(http_response& answer, const met_faults& faults);

} // namespace entrada::emulator
