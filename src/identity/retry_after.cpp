#include "identity/retry_after.hpp"

#include "base/text.hpp"
#include "identity/expiry.hpp"

#include <algorithm>
#include <array>
#include <charconv>

namespace entrada::identity {
namespace {

using std::chrono::milliseconds;
using std::chrono::system_clock;

template <class Number>
std::optional<Number> parse(std::string_view text) {
    Number value{};
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
    if (text.empty() || error != std::errc{} || end != text.data() + text.size()) return std::nullopt;
    return value;
}

/// 1 to 12, or nothing.
std::optional<unsigned> month_of(std::string_view word) {
    static constexpr std::array<std::string_view, 12> names{"Jan", "Feb", "Mar", "Apr", "May", "Jun",
                                                            "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};
    const auto found = std::ranges::find_if(names, [&](auto name) { return base::equal_ignoring_case(name, word); });
    if (found == names.end()) return std::nullopt;
    return static_cast<unsigned>(found - names.begin()) + 1;
}

/// What a date holds, whatever the order: a time has colons, a month is a word, the first number is the day, the second the year.
struct date_words {
    std::optional<unsigned> month;
    std::optional<unsigned> day;
    std::optional<int> year;
    std::optional<std::chrono::seconds> time;

    void take(std::string_view word) {
        if (word.find(':') != std::string_view::npos)
            time = parse_time(word);
        else if (const auto named = month_of(word))
            month = named;
        else if (const auto number = parse<int>(word); number && !day)
            day = static_cast<unsigned>(*number);
        else if (number && !year)
            year = *number >= 100 ? *number : *number + (*number < 70 ? 2000 : 1900);
    }

    static std::optional<std::chrono::seconds> parse_time(std::string_view word) {
        const auto parts = base::split(word, ':');
        if (parts.size() != 3) return std::nullopt;
        const auto hours = parse<unsigned>(parts[0]);
        const auto minutes = parse<unsigned>(parts[1]);
        const auto seconds = parse<unsigned>(parts[2]);
        if (!hours || !minutes || !seconds || *hours > 23 || *minutes > 59 || *seconds > 60) return std::nullopt;
        return std::chrono::hours(*hours) + std::chrono::minutes(*minutes) + std::chrono::seconds(*seconds);
    }
};

constexpr milliseconds day_long = std::chrono::hours(24);

std::optional<milliseconds> bounded(std::optional<milliseconds::rep> count, milliseconds unit) {
    if (!count || *count < 0) return std::nullopt;
    return *count > day_long / unit ? day_long : unit * *count;
}

} // namespace

std::optional<system_clock::time_point> parse_http_date(std::string_view text) {
    date_words read;
    std::string spaced(text.substr(0, 64));
    std::ranges::replace_if(
        spaced, [](char c) { return c == ',' || c == '-'; }, ' ');
    for (const auto word : base::split(spaced, ' ')) read.take(word);
    if (!read.month || !read.day || !read.year || !read.time || *read.day > 31 || *read.year < 1970
        || *read.year >= year_too_late)
        return std::nullopt;
    const std::chrono::year_month_day date{std::chrono::year(*read.year), std::chrono::month(*read.month),
                                           std::chrono::day(*read.day)};
    if (!date.ok()) return std::nullopt;
    return std::chrono::sys_days(date) + *read.time;
}

std::optional<milliseconds> retry_after_of(const net::http_response& response, system_clock::time_point now) {
    for (const auto name : {"x-ms-retry-after-ms", "retry-after-ms"})
        if (const auto wait = bounded(parse<milliseconds::rep>(response.header(name)), milliseconds(1))) return wait;
    const auto value = response.header("Retry-After");
    if (const auto wait = bounded(parse<milliseconds::rep>(value), std::chrono::seconds(1))) return wait;
    const auto date = parse_http_date(value);
    if (!date) return std::nullopt;
    return std::clamp(std::chrono::ceil<milliseconds>(*date - now), milliseconds(0), day_long);
}

} // namespace entrada::identity
