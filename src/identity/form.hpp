// Bodies and queries as web forms write them.
// Room: identity.
#pragma once

#include "entrada/secret_string.hpp"

#include <string>
#include <string_view>

namespace entrada::identity {

/// Percent-encodes all but letters, digits and `-._~`.
[[nodiscard]] std::string percent_encode(std::string_view text);

/// `name=value` pairs with `&` between them, in the order added. Wipes itself, for values may be secrets.
class form {
public:
    form() = default;
    form(const form&) = delete;
    form& operator=(const form&) = delete;
    ~form();

    form& add(std::string_view name, std::string_view value);
    [[nodiscard]] secret_string body() const { return secret_string(text_); }

private:
    std::string text_;
};

/// `url` with one more parameter, after the query it may have.
[[nodiscard]] std::string with_parameter(std::string url, std::string_view name, std::string_view value);

} // namespace entrada::identity
