// Room: emulator.
#include "emulator/fault_answers.hpp"

#include "emulator/entra_error.hpp"
#include "emulator/expiry_forms.hpp"

#include <boost/crc.hpp>

#include <cstdint>

namespace entrada::emulator {
namespace {

constexpr std::string_view switched_on = " (switched on by /admin/faults or --fault)";
constexpr std::size_t huge_bytes = std::size_t{2} * 1024 * 1024;

struct status_row {
    fault_id id;
    unsigned status;
    std::string_view message;
};

// The messages are the emulator's own.
constexpr status_row statuses[]{
    {fault_id::throttled, 429, "Too many requests"},
    {fault_id::throttled_date, 429, "Too many requests"},
    {fault_id::updating, 410, "The service is being updated and will be back within 70 seconds"},
    {fault_id::not_found, 404, "The identity is being updated"},
    {fault_id::server_error, 500, "Something went wrong inside the service"},
    {fault_id::unavailable, 503, "The service is not available"},
};

http_response page(unsigned status, std::string_view title) {
    http_response made;
    made.status = status;
    made.headers = {{"Content-Type", "text/html"}};
    made.body = "<!DOCTYPE html>\r\n<html><head><title>" + std::string(title) + "</title></head><body><h1>" + std::string(title)
                + "</h1></body></html>\r\n";
    return made;
}

http_response text(unsigned status, std::string_view words) {
    http_response made;
    made.status = status;
    made.headers = {{"Content-Type", "text/plain; charset=utf-8"}};
    made.body = words;
    return made;
}

http_response raw_json(std::string body) {
    http_response made;
    made.headers = {{"Content-Type", "application/json; charset=utf-8"}};
    made.body = std::move(body);
    return made;
}

http_response redirected() {
    http_response made;
    made.status = 302;
    made.headers = {{"Location", "http://elsewhere.entrada-emulator.invalid/"}};
    return made;
}

http_response hung() {
    http_response made;
    made.how = delivery::hang;
    return made;
}

/// Little end first.
std::string bytes_of(std::uint32_t number, int count) {
    std::string bytes;
    for (int i = 0; i < count; ++i) bytes += static_cast<char>(number >> (8 * i) & 255U);
    return bytes;
}

/// In the form of RFC 1952, without making anything smaller: what a client has to understand is the form.
std::string gzip(std::string_view plain) {
    constexpr std::size_t block_bytes_max = 65'535;
    boost::crc_32_type sum;
    sum.process_bytes(plain.data(), plain.size());
    std::string made("\x1f\x8b\x08\0\0\0\0\0\0\xff", 10);
    std::string_view rest = plain;
    do {
        const auto block = rest.substr(0, block_bytes_max);
        rest.remove_prefix(block.size());
        const auto size = static_cast<std::uint32_t>(block.size());
        made += bytes_of(rest.empty() ? 1 : 0, 1) + bytes_of(size, 2) + bytes_of(~size, 2) + std::string(block);
    } while (!rest.empty());
    return made + bytes_of(sum.checksum(), 4) + bytes_of(static_cast<std::uint32_t>(plain.size()), 4);
}

} // namespace

std::optional<http_response> answer_instead(const active_fault& outage, const http_request& request, const refusal& refuse,
                                            wall_time now) {
    const fault_id id = outage.kind->id;
    for (const status_row& row : statuses) {
        if (row.id != id) continue;
        http_response made = refuse(row.status, std::string(row.message) + std::string(switched_on));
        if (id == fault_id::throttled) made.headers.emplace_back("Retry-After", outage.value);
        if (id == fault_id::throttled_date)
            made.headers.emplace_back("Retry-After", format_http_date(now + std::chrono::seconds(outage.number())));
        return made;
    }
    switch (id) {
    case fault_id::bad_gateway:
        return page(502, "502 Bad Gateway");
    case fault_id::gateway_timeout:
        return page(504, "504 Gateway Timeout");
    case fault_id::docker:
        return text(403, "connecting to 169.254.169.254:80: connecting to 169.254.169.254:80: dial tcp 169.254.169.254:80: "
                         "connectex: A socket operation was attempted to an unreachable network.");
    case fault_id::captive_portal:
        return page(200, "Welcome to the network. Please log in.");
    case fault_id::redirect:
        return redirected();
    case fault_id::wrong_json:
        return raw_json(R"({"token_type":"Bearer","access_token":"eyJ)");
    case fault_id::no_token:
        return raw_json(R"({"token_type":"Bearer","expires_in":"3600"})");
    case fault_id::huge:
        return raw_json(R"({"access_token":")" + std::string(huge_bytes, 'A') + R"("})");
    case fault_id::drop:
    case fault_id::refused:
        return http_response::dropped();
    case fault_id::hang:
        return hung();
    case fault_id::aadsts:
        return to_response(known_entra_error(static_cast<unsigned>(outage.number())), request, now);
    default:
        return std::nullopt;
    }
}

void change_answer(http_response& answer, const met_faults& faults) {
    if (faults.has(fault_id::gzip)) {
        answer.body = gzip(answer.body);
        answer.headers.emplace_back("Content-Encoding", "gzip");
    }
    if (faults.has(fault_id::cut)) answer.how = delivery::cut;
    if (const active_fault* const slow = faults.find(fault_id::slow)) answer.delay = slow->time();
}

} // namespace entrada::emulator
