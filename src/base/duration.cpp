#include "base/duration.hpp"

#include "base/text.hpp"

#include <array>
#include <charconv>

namespace entrada::base {
namespace {

using std::chrono::milliseconds;

struct unit {
    std::string_view name;
    milliseconds length;
};

constexpr std::array<unit, 5> units{{{"ms", milliseconds(1)},
                                     {"s", milliseconds(1000)},
                                     {"m", milliseconds(60'000)},
                                     {"h", milliseconds(3'600'000)},
                                     {"d", milliseconds(86'400'000)}}};

// Below what a double counts exactly, and far below what overflows in nanoseconds of a deadline.
constexpr double milliseconds_max = 100.0 * 365.25 * 86'400'000.0;

std::optional<milliseconds> unit_length(std::string_view name, milliseconds bare_unit) {
    if (name.empty()) return bare_unit;
    for (const unit& candidate : units)
        if (equal_ignoring_case(candidate.name, name)) return candidate.length;
    return std::nullopt;
}

} // namespace

std::optional<milliseconds> parse_duration(std::string_view text, milliseconds bare_unit) {
    text = trim(text);
    double count = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), count, std::chars_format::fixed);
    if (error != std::errc{} || !(count >= 0)) return std::nullopt;
    const auto length = unit_length(trim(text.substr(static_cast<std::size_t>(end - text.data()))), bare_unit);
    if (!length) return std::nullopt;
    const double total = count * static_cast<double>(length->count());
    if (!(total <= milliseconds_max)) return std::nullopt;
    // 1.001 s must not become 1000 ms because 1001 has no exact form in binary.
    return milliseconds(static_cast<milliseconds::rep>(total + 1e-6));
}

std::string format_duration(milliseconds duration) {
    const unit* best = &units.front();
    for (const unit& candidate : units)
        if (duration != milliseconds::zero() && duration % candidate.length == milliseconds::zero()) best = &candidate;
    return std::to_string(duration / best->length) + std::string(best->name);
}

} // namespace entrada::base
