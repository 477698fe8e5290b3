#include "identity/expiry.hpp"

#include "base/text.hpp"

#include <array>
#include <charconv>
#include <cmath>

namespace entrada::identity {
namespace {

using std::chrono::seconds;
using std::chrono::system_clock;

constexpr double start_of_2001 = 978'307'200;
constexpr double ten_years = 10.0 * 366 * 86'400;

std::optional<double> parse_number(std::string_view text) {
    double value = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
    if (text.empty() || error != std::errc{} || end != text.data() + text.size() || !std::isfinite(value)) return std::nullopt;
    return value;
}

/// Reads a text from its front; once something did not fit, nothing fits any more.
class scanner {
public:
    explicit scanner(std::string_view text) : text_(text) {}

    [[nodiscard]] bool good() const { return good_; }
    [[nodiscard]] bool at_end() const { return text_.empty(); }

    /// At most 4, so that no number overflows.
    int digits(std::size_t count_max) {
        int value = 0;
        std::size_t count = 0;
        for (; count < count_max && count < text_.size() && text_[count] >= '0' && text_[count] <= '9'; ++count)
            value = value * 10 + (text_[count] - '0');
        good_ = good_ && count > 0;
        text_.remove_prefix(count);
        return value;
    }

    void skip_digits() {
        const auto end = text_.find_first_not_of("0123456789");
        text_.remove_prefix(end == std::string_view::npos ? text_.size() : end);
    }

    void one(std::string_view choice) { good_ = take(choice) != '\0' && good_; }

    /// One of the characters, or NUL.
    char take(std::string_view choice) {
        if (text_.empty() || choice.find(text_.front()) == std::string_view::npos) return '\0';
        const char taken = text_.front();
        text_.remove_prefix(1);
        return taken;
    }

    bool take_word(std::string_view word) {
        if (!base::starts_with_ignoring_case(text_, word)) return false;
        text_.remove_prefix(word.size());
        return true;
    }

    void blanks() {
        while (take(" ") != '\0') {
        }
    }

private:
    std::string_view text_;
    bool good_ = true;
};

struct date_time {
    int year = 0;
    int month = 0;
    int day = 0;
    int hour = 0;
    int minute = 0;
    int second = 0;
    int offset_minutes = 0;
};

void scan_time(scanner& from, date_time& into) {
    into.hour = from.digits(2);
    from.one(":");
    into.minute = from.digits(2);
    from.one(":");
    into.second = from.digits(2);
    if (from.take(".") != '\0') from.skip_digits();
}

/// "AM" and "PM" of a 12-hour clock. "00:00:00 PM", which was seen, is taken for midnight: the earlier reading is the safe one.
void scan_half_of_day(scanner& from, date_time& into) {
    from.blanks();
    const bool morning = from.take_word("AM");
    const bool afternoon = !morning && from.take_word("PM");
    if (morning && into.hour == 12) into.hour = 0;
    if (afternoon && into.hour >= 1 && into.hour <= 11) into.hour += 12;
}

void scan_zone(scanner& from, date_time& into) {
    from.blanks();
    if (from.at_end() || from.take("Zz") != '\0') return;
    const char sign = from.take("+-");
    if (sign == '\0') return;
    const int hours = from.digits(2);
    (void)from.take(":");
    into.offset_minutes = (hours * 60 + from.digits(2)) * (sign == '-' ? -1 : 1);
}

std::optional<system_clock::time_point> moment_of(const date_time& read) {
    const std::chrono::year_month_day date{std::chrono::year(read.year), std::chrono::month(static_cast<unsigned>(read.month)),
                                           std::chrono::day(static_cast<unsigned>(read.day))};
    const bool in_range = read.year >= 1970 && read.year < year_too_late && read.hour < 24 && read.minute < 60
                          && read.second <= 60 && std::abs(read.offset_minutes) < 24 * 60;
    if (!date.ok() || !in_range) return std::nullopt;
    const system_clock::time_point when = std::chrono::sys_days(date) + std::chrono::hours(read.hour)
                                          + std::chrono::minutes(read.minute - read.offset_minutes) + seconds(read.second);
    return when.time_since_epoch().count() < 0 ? std::nullopt : std::optional(when);
}

std::optional<system_clock::time_point> finish(scanner& from, date_time read) {
    scan_time(from, read);
    scan_half_of_day(from, read);
    scan_zone(from, read);
    return from.good() && from.at_end() ? moment_of(read) : std::nullopt;
}

std::optional<system_clock::time_point> parse_year_first(std::string_view text) {
    scanner from(text);
    date_time read;
    read.year = from.digits(4);
    from.one("-");
    read.month = from.digits(2);
    from.one("-");
    read.day = from.digits(2);
    from.one("Tt ");
    return finish(from, read);
}

std::optional<system_clock::time_point> parse_month_first(std::string_view text) {
    scanner from(text);
    date_time read;
    read.month = from.digits(2);
    from.one("/");
    read.day = from.digits(2);
    from.one("/");
    read.year = from.digits(4);
    from.one(" ");
    from.blanks();
    return finish(from, read);
}

} // namespace

std::optional<system_clock::time_point> parse_expires_on(std::string_view text, system_clock::time_point now) {
    text = base::trim(text);
    if (const auto number = parse_number(text)) {
        if (*number <= 0 || *number >= epoch_too_late) return std::nullopt;
        const auto count = seconds(static_cast<long long>(std::floor(*number)));
        return *number < start_of_2001 ? now + count : system_clock::time_point(count);
    }
    return text.find('/') == std::string_view::npos ? parse_year_first(text) : parse_month_first(text);
}

std::optional<seconds> parse_life(std::string_view text) {
    const auto number = parse_number(base::trim(text));
    if (!number || *number < 1 || *number > ten_years) return std::nullopt;
    return seconds(static_cast<long long>(std::floor(*number)));
}

} // namespace entrada::identity
