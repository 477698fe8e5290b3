// Commands of the request reader as text, so that two runs can be compared and a test reads as a transcript.
// Room: tests of resp.
#pragma once

#include "cuts.hpp"
#include "resp/request_reader.hpp"

#include <string>
#include <string_view>

namespace entrada::resp {

/// What a request reader made of some bytes.
struct request_run {
    std::string transcript;   ///< one line per command, such as `GET k` or `SET big .. of 3, 70021 bytes`
    std::string passed;       ///< all bytes given, joined
    std::size_t kept_max = 0; ///< the most input that had to be kept for the next piece
    std::size_t pieces = 0;   ///< of commands that were not given whole
};

/// Feeds the bytes, cut at these ascending places. The transcript joins the pieces of a command: they depend on the cuts.
[[nodiscard]] request_run read_requests(std::string_view bytes, const cuts& where = {}, request_limits bounds = {});

} // namespace entrada::resp
