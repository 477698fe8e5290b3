// The fields of a JSON object as identity services write them: numbers as texts, texts as numbers, or nothing.
// Room: identity.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <string_view>

namespace entrada::identity {

class json_object {
public:
    /// Nothing unless `text` is one JSON object, nested no deeper than any service does.
    [[nodiscard]] static std::optional<json_object> parse(std::string_view text);

    /// A text; empty if absent or of another type.
    [[nodiscard]] std::string text(std::string_view name) const;
    /// A text as it is, or a number in decimal; empty if absent or of another type.
    [[nodiscard]] std::string text_or_number(std::string_view name) const;
    /// A number, or a text that is one.
    [[nodiscard]] std::optional<double> number(std::string_view name) const;
    /// The first element of an array, or the value itself, as text or number.
    [[nodiscard]] std::string first(std::string_view name) const;
    [[nodiscard]] std::optional<json_object> object(std::string_view name) const;

private:
    struct content;
    explicit json_object(std::shared_ptr<const content> fields);
    std::shared_ptr<const content> content_;
};

/// The text as JSON writes it, in quotes.
[[nodiscard]] std::string quoted_json(std::string_view text);

} // namespace entrada::identity
