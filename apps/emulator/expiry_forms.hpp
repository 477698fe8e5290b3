// The ways in which services write the end of a token.
// Room: emulator.
#pragma once

#include "emulator/token_authority.hpp"

#include <boost/json/value.hpp>

#include <optional>
#include <string>
#include <string_view>

namespace entrada::emulator {

/// The forms by name, for `--fault SOURCE=expires-on:FORM`.
inline constexpr std::string_view expiry_form_names =
    "text|number|float|relative|iso|iso-local|linux-date|windows-date|mixed-date|plain-date|empty|nonsense|none";

/// "text" is seconds since 1970 in quotes; "relative" a number of seconds from `now`; "mixed-date" has hours up to 24 and PM all
/// the same. Nothing for "none": the field is left out.
[[nodiscard]] std::optional<boost::json::value> write_expiry(wall_time expires, std::string_view form, wall_time now);

/// By `strftime`, in UTC.
[[nodiscard]] std::string format_time(wall_time time, const char* pattern);

/// "Sun, 06 Nov 1994 08:49:37 GMT", as HTTP writes dates.
[[nodiscard]] std::string format_http_date(wall_time time);

[[nodiscard]] std::int64_t to_seconds(wall_time time) noexcept;

} // namespace entrada::emulator
