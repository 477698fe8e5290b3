// HTTP requests and answers as plain values: what the endpoints decide on, free of sockets.
// Room: emulator.
#pragma once

#include <boost/json/object.hpp>

#include <chrono>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace entrada::emulator {

/// Names and values in the order they came.
using http_fields = std::vector<std::pair<std::string, std::string>>;

/// The first value of a name, without regard to its case; empty if it is missing.
[[nodiscard]] std::optional<std::string_view> find_field(const http_fields& fields, std::string_view name);

struct http_request {
    std::string method;
    std::string path;  ///< percent-decoded, without the query
    http_fields query; ///< percent-decoded
    http_fields headers;
    std::string body;

    /// Takes a request target apart. Empty: not an absolute path, or broken percent-encoding.
    [[nodiscard]] static std::optional<http_request> from_target(std::string_view method, std::string_view target);

    [[nodiscard]] std::string_view header(std::string_view name) const { return find_field(headers, name).value_or(""); }
    [[nodiscard]] std::string_view parameter(std::string_view name) const { return find_field(query, name).value_or(""); }
};

/// What becomes of an answer on its way.
enum class delivery {
    whole,
    cut,  ///< the connection ends in the middle of the body
    drop, ///< the connection ends without any answer
    hang, ///< nothing comes, until the client goes
};

struct http_response {
    unsigned status = 200;
    http_fields headers;
    std::string body;
    delivery how = delivery::whole;
    std::chrono::milliseconds delay{}; ///< before the first byte

    [[nodiscard]] static http_response json(unsigned status, const boost::json::object& body);
    /// No answer at all.
    [[nodiscard]] static http_response dropped();
};

/// `a=1&b=x%20y`, as in queries and forms. Empty: broken percent-encoding.
[[nodiscard]] std::optional<http_fields> parse_form(std::string_view text);

} // namespace entrada::emulator
