#include "identity/tool_token.hpp"

#include "base/clock.hpp"
#include "identity/expiry.hpp"
#include "identity/json_object.hpp"

#include <ctime>

namespace entrada::identity {
namespace {

using std::chrono::system_clock;

std::optional<system_clock::time_point> end_in(const json_object& answer, const tool_token_names& names,
                                               system_clock::time_point now) {
    if (const auto end = parse_expires_on(answer.text_or_number(names.ends), now)) return end;
    return names.ends_local.empty() ? std::nullopt : parse_local_time(answer.text(names.ends_local));
}

} // namespace

result<access_token> read_tool_token(const inquiry& inquiry, const developer_tool& tool, const tool_call& call,
                                     std::string_view out, const tool_token_names& names) {
    const std::string program(tool.program);
    const auto answer = json_object::parse(out);
    auto text = answer ? answer->text(names.token) : std::string{};
    access_token read{.token = secret_string(text), .expires_on = {}, .refresh_on = std::nullopt};
    wipe_memory(text.data(), text.size());
    if (read.token.empty()) return tool_trouble(inquiry, call, program + " answered without a token");
    const auto now = inquiry.world().clock->wall();
    const auto end = end_in(*answer, names, now);
    if (!end) return tool_trouble(inquiry, call, program + " does not say when its token ends");
    if (*end <= now)
        return tool_trouble(inquiry, call,
                            program + " gave a token that has ended; if that is wrong, so is this machine's clock");
    read.expires_on = *end;
    return read;
}

std::optional<system_clock::time_point> parse_local_time(std::string_view text) {
    const auto as_if_utc = parse_expires_on(text, {});
    if (!as_if_utc) return std::nullopt;
    const std::time_t seconds = system_clock::to_time_t(*as_if_utc);
    std::optional<system_clock::time_point> earliest;
    for (const int summer : {0, 1}) {
        std::tm wanted{};
        ::gmtime_r(&seconds, &wanted);
        auto asked = wanted;
        asked.tm_isdst = summer;
        const std::time_t moment = ::mktime(&asked);
        const bool exists = asked.tm_hour == wanted.tm_hour && asked.tm_min == wanted.tm_min && asked.tm_mday == wanted.tm_mday;
        if (!exists || moment == -1) continue;
        const auto candidate = system_clock::from_time_t(moment);
        if (!earliest || candidate < *earliest) earliest = candidate;
    }
    return earliest;
}

} // namespace entrada::identity
