#include "entrada/failure.hpp"

#include <boost/assert/source_location.hpp>

namespace entrada {

failure::~failure() = default;

std::string failure::to_string() const {
    std::string text = code_.message();
    if (!detail_.empty()) text += ": " + detail_;
    return text;
}

failure failure::with_facts(std::shared_ptr<const failure_facts> facts) const {
    failure copy = *this;
    copy.facts_ = std::move(facts);
    return copy;
}

failure_error::failure_error(failure cause) : std::runtime_error(cause.to_string()), cause_(std::move(cause)) {}

void throw_exception_from_error(const failure& cause, const boost::source_location&) { throw failure_error(cause); }

std::string escape_untrusted(std::string_view text, std::size_t size_max) {
    static constexpr char digits[] = "0123456789abcdef";
    const bool cut = text.size() > size_max;
    std::string out;
    for (const char c : text.substr(0, size_max)) {
        const auto byte = static_cast<unsigned char>(c);
        if (byte >= 0x20 && byte < 0x7f && c != '\\') {
            out += c;
        } else {
            out += {'\\', 'x', digits[byte >> 4], digits[byte & 15]};
        }
    }
    if (cut) out += "...";
    return out;
}

} // namespace entrada
