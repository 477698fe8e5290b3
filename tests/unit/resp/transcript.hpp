// Events of the reader as text, so that two runs can be compared and a test reads as a transcript.
// Room: tests of resp.
#pragma once

#include "cuts.hpp"
#include "resp/reader.hpp"

#include <string>
#include <string_view>
#include <vector>

namespace entrada::resp {

/// Bytes arrive in pieces; what the reader leaves is kept and shown again with the next piece, as a connection does.
class feeder {
public:
    explicit feeder(limits bounds = {}) : reader_(bounds) {}

    /// Appends a piece and takes all events it completes. Long strings are received in place, through `next` alone.
    void feed(std::string_view piece);
    [[nodiscard]] const std::string& transcript() const noexcept { return transcript_; }
    [[nodiscard]] std::size_t announced() const noexcept { return announced_; }
    [[nodiscard]] resp::reader& reader() noexcept { return reader_; }

private:
    void take(const event& what);

    resp::reader reader_;
    std::vector<char> kept_;
    std::vector<char> place_;
    std::string transcript_;
    std::size_t announced_ = 0;
};

/// One event in one line, such as `0 bulk_string "ab" end`. The lines leave `bulk_start` out: whether a long string is
/// announced depends on the cuts.
[[nodiscard]] std::string to_line(const event& what);

/// All events of these bytes, fed whole.
[[nodiscard]] std::string read_whole(std::string_view bytes, limits bounds = {});

/// All events of these bytes, cut at these ascending places.
[[nodiscard]] std::string read_cut(std::string_view bytes, const cuts& where, limits bounds = {});

} // namespace entrada::resp
