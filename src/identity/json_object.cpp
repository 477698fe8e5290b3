#include "identity/json_object.hpp"

#include "base/text.hpp"
#include "entrada/secret_string.hpp"

#include <boost/json.hpp>

#include <charconv>
#include <cmath>
#include <new>

namespace entrada::identity {
namespace {

namespace json = boost::json;

/// What is parsed may be a token: blocks are wiped before they are given back.
class wiping_memory final : public json::memory_resource {
    void* do_allocate(std::size_t size, std::size_t) override { return ::operator new(size); } // aligned for all that JSON holds
    void do_deallocate(void* block, std::size_t size, std::size_t) override {
        wipe_memory(block, size);
        ::operator delete(block);
    }
    bool do_is_equal(const json::memory_resource& other) const noexcept override { return this == &other; }
};

/// Boost.JSON prints doubles with an exponent; services mean a plain number.
std::string plain(double value) {
    if (!std::isfinite(value) || std::abs(value) > 1e15) return {};
    return std::to_string(static_cast<long long>(std::floor(value)));
}

std::string as_text(const json::value& value) {
    switch (value.kind()) {
    case json::kind::string:
        return std::string(value.get_string());
    case json::kind::int64:
        return std::to_string(value.get_int64());
    case json::kind::uint64:
        return std::to_string(value.get_uint64());
    case json::kind::double_:
        return plain(value.get_double());
    default:
        return {};
    }
}

std::optional<double> as_number(std::string_view text) {
    text = base::trim(text);
    double value = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
    if (text.empty() || error != std::errc{} || end != text.data() + text.size() || !std::isfinite(value)) return std::nullopt;
    return value;
}

} // namespace

struct json_object::content {
    json::object fields;
};

json_object::json_object(std::shared_ptr<const content> fields) : content_(std::move(fields)) {}

std::optional<json_object> json_object::parse(std::string_view text) {
    boost::system::error_code error;
    const auto memory = json::make_shared_resource<wiping_memory>();
    json::parser parser(memory);
    parser.reset(memory);
    parser.write(text.data(), text.size(), error);
    if (error) return std::nullopt;
    auto value = parser.release();
    if (!value.is_object()) return std::nullopt;
    return json_object(std::make_shared<const content>(content{std::move(value.get_object())}));
}

std::string json_object::text(std::string_view name) const {
    const auto* value = content_->fields.if_contains(name);
    return value != nullptr && value->is_string() ? as_text(*value) : std::string{};
}

std::string json_object::text_or_number(std::string_view name) const {
    const auto* value = content_->fields.if_contains(name);
    return value != nullptr ? as_text(*value) : std::string{};
}

std::optional<double> json_object::number(std::string_view name) const {
    const auto* value = content_->fields.if_contains(name);
    if (value == nullptr) return std::nullopt;
    if (value->is_double()) return std::isfinite(value->get_double()) ? std::optional(value->get_double()) : std::nullopt;
    return as_number(as_text(*value));
}

std::string json_object::first(std::string_view name) const {
    const auto* value = content_->fields.if_contains(name);
    if (value == nullptr) return {};
    if (!value->is_array()) return as_text(*value);
    return value->get_array().empty() ? std::string{} : as_text(value->get_array().front());
}

std::optional<json_object> json_object::object(std::string_view name) const {
    const auto* value = content_->fields.if_contains(name);
    if (value == nullptr || !value->is_object()) return std::nullopt;
    return json_object(std::make_shared<const content>(content{value->get_object()}));
}

std::string quoted_json(std::string_view text) { return json::serialize(json::string_view(text.data(), text.size())); }

} // namespace entrada::identity
