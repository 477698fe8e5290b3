#include "identity/form.hpp"

namespace entrada::identity {

std::string percent_encode(std::string_view text) {
    static constexpr char digits[] = "0123456789ABCDEF";
    static constexpr std::string_view plain = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~";
    std::string encoded;
    encoded.reserve(text.size() * 3); // values may be secrets: growing would leave copies behind
    for (const char c : text) {
        const auto byte = static_cast<unsigned char>(c);
        if (plain.find(c) != std::string_view::npos)
            encoded += c;
        else
            encoded += {'%', digits[byte >> 4], digits[byte & 15]};
    }
    return encoded;
}

form::~form() { wipe_memory(text_.data(), text_.size()); }

form& form::add(std::string_view name, std::string_view value) {
    auto encoded = percent_encode(value);
    std::string longer;
    longer.reserve(text_.size() + name.size() + encoded.size() + 2);
    longer.append(text_).append(text_.empty() ? "" : "&").append(name).append("=").append(encoded);
    wipe_memory(encoded.data(), encoded.size());
    wipe_memory(text_.data(), text_.size());
    text_.swap(longer);
    return *this;
}

std::string with_parameter(std::string url, std::string_view name, std::string_view value) {
    url += url.find('?') == std::string::npos ? '?' : '&';
    return url.append(name).append("=").append(percent_encode(value));
}

} // namespace entrada::identity
