// Room: emulator.
#include "emulator/http_message.hpp"

#include "base/text.hpp"

#include <boost/json/serialize.hpp>

namespace entrada::emulator {
namespace {

int hex_value(char c) noexcept {
    if (c >= '0' && c <= '9') return c - '0';
    const char lower = base::to_lower(c);
    return lower >= 'a' && lower <= 'f' ? lower - 'a' + 10 : -1;
}

std::optional<std::string> percent_decode(std::string_view text, bool plus_is_blank) {
    std::string out;
    for (std::size_t i = 0; i < text.size(); ++i) {
        if (text[i] == '+' && plus_is_blank) {
            out += ' ';
        } else if (text[i] != '%') {
            out += text[i];
        } else {
            const int high = i + 2 < text.size() ? hex_value(text[i + 1]) : -1;
            const int low = high >= 0 ? hex_value(text[i + 2]) : -1;
            if (low < 0) return std::nullopt;
            out += static_cast<char>(high * 16 + low);
            i += 2;
        }
    }
    return out;
}

} // namespace

std::optional<std::string_view> find_field(const http_fields& fields, std::string_view name) {
    for (const auto& [key, value] : fields)
        if (base::equal_ignoring_case(key, name)) return value;
    return std::nullopt;
}

std::optional<http_fields> parse_form(std::string_view text) {
    http_fields fields;
    for (const std::string_view part : base::split(text, '&')) {
        const auto equals = part.find('=');
        auto name = percent_decode(part.substr(0, equals), true);
        auto value = equals == std::string_view::npos ? std::string() : percent_decode(part.substr(equals + 1), true);
        if (!name || !value) return std::nullopt;
        fields.emplace_back(std::move(*name), std::move(*value));
    }
    return fields;
}

std::optional<http_request> http_request::from_target(std::string_view method, std::string_view target) {
    const auto question = target.find('?');
    auto path = percent_decode(target.substr(0, question), false);
    auto query = parse_form(question == std::string_view::npos ? "" : target.substr(question + 1));
    if (!path || !path->starts_with('/') || !query) return std::nullopt;
    http_request request;
    request.method = method;
    request.path = std::move(*path);
    request.query = std::move(*query);
    return request;
}

http_response http_response::json(unsigned status, const boost::json::object& body) {
    http_response response;
    response.status = status;
    response.headers = {{"Content-Type", "application/json; charset=utf-8"}, {"Cache-Control", "no-store"}};
    response.body = boost::json::serialize(body);
    return response;
}

http_response http_response::dropped() {
    http_response response;
    response.how = delivery::drop;
    return response;
}

} // namespace entrada::emulator
