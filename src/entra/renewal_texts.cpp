#include "entra/renewal_texts.hpp"

#include "entrada/failure.hpp"

#include <algorithm>
#include <cstdio>

namespace entrada::entra {

using std::chrono::milliseconds;

std::string format_seconds(std::chrono::system_clock::duration time) {
    const auto count = std::max(std::chrono::floor<milliseconds>(time), milliseconds(0)).count();
    return count < 10'000 ? std::to_string(count / 1000) + '.' + std::to_string(count % 1000 / 100) + " s"
                          : std::to_string(count / 1000) + " s";
}

std::string format_utc(std::chrono::system_clock::time_point when) {
    const auto day = std::chrono::floor<std::chrono::days>(when);
    const std::chrono::year_month_day date(day);
    const std::chrono::hh_mm_ss time(std::chrono::floor<std::chrono::seconds>(when - day));
    char text[64];
    std::snprintf(text, sizeof text, "%04d-%02u-%02uT%02d:%02d:%02dZ", static_cast<int>(date.year()),
                  static_cast<unsigned>(date.month()), static_cast<unsigned>(date.day()), static_cast<int>(time.hours().count()),
                  static_cast<int>(time.minutes().count()), static_cast<int>(time.seconds().count()));
    return text;
}

std::string describe_trouble(const trouble& what) {
    std::string text = what.token_ended ? "the token ended " + format_seconds(what.now - *what.token_ended) + " ago, at "
                                              + format_utc(*what.token_ended)
                                        : std::string("there was no token yet");
    if (what.failures > 0 && what.failing_since)
        text += "; renewal has failed " + std::to_string(what.failures) + (what.failures == 1 ? " time" : " times") + " since "
                + format_utc(*what.failing_since) + " and goes on; last cause: " + what.last_cause;
    if (what.unanswered)
        text += "; the request to " + what.source + " for a new one has had no answer for " + format_seconds(*what.unanswered);
    return text;
}

std::string describe_token(const token_claims& claims, const std::string& username,
                           std::chrono::system_clock::time_point expires_on) {
    std::string text = "user name " + escape_untrusted(username, 64);
    if (!claims.oid.empty() && claims.oid != username) text += ", oid " + escape_untrusted(claims.oid, 64);
    if (!claims.aud.empty()) text += ", audience " + escape_untrusted(claims.aud, 64);
    if (!claims.tid.empty()) text += ", tenant " + escape_untrusted(claims.tid, 64);
    return text + ", ends " + format_utc(expires_on);
}

} // namespace entrada::entra
