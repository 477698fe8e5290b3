#include "cli/console.hpp"

#include <boost/json.hpp>

#include <ostream>

namespace entrada::cli {
namespace {

std::string base64(std::string_view bytes) {
    static constexpr char letters[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    std::string out;
    for (std::size_t i = 0; i < bytes.size(); i += 3) {
        const auto byte = [&](std::size_t at) { return at < bytes.size() ? static_cast<unsigned char>(bytes[at]) : 0u; };
        const unsigned bits = (byte(i) << 16) | (byte(i + 1) << 8) | byte(i + 2);
        for (unsigned k = 0; k < 4; ++k) out += i + k <= bytes.size() ? letters[(bits >> (18 - 6 * k)) & 63] : '=';
    }
    return out;
}

bool is_utf8(std::string_view bytes) {
    std::string quoted = "\"";
    for (const char c : bytes) quoted += static_cast<unsigned char>(c) < 0x20 || c == '"' || c == '\\' ? ' ' : c;
    boost::system::error_code no;
    (void)boost::json::parse(quoted += '"', no);
    return !no;
}

} // namespace

exit_status complain(console& to, bool json, const failure& cause, exit_status status) {
    to.err << "entrada: " << cause.to_string() << '\n';
    if (json) print_json(to, {{"error", {{"text", cause.code().message()}, {"detail", cause.detail()}}}});
    return status;
}

void print_json(console& to, const boost::json::object& report) {
    boost::json::object line{{"version", 1}};
    for (const auto& member : report) line.insert(member);
    to.out << boost::json::serialize(line) << '\n';
}

boost::json::value json_of_bytes(std::string_view bytes) {
    if (is_utf8(bytes)) return boost::json::string(bytes);
    return {{"base64", base64(bytes)}};
}

} // namespace entrada::cli
