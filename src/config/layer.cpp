#include "config/layer.hpp"

#include <boost/json.hpp>

#include <algorithm>
#include <array>
#include <fstream>
#include <optional>

namespace entrada::config {
namespace {

namespace json = boost::json;

constexpr std::array<std::string_view, 2> sections{"Redis", "ConnectionStrings"};
// A settings file of a person is far smaller; a mistaken name (a log, a dump) is found before it fills the memory.
constexpr std::size_t file_bytes_max = std::size_t{4} * 1024 * 1024;

bool is_section(std::string_view name) {
    return std::ranges::any_of(sections, [&](std::string_view section) { return base::equal_ignoring_case(section, name); });
}

std::string place_in(std::string_view text, std::size_t offset) {
    const auto before = text.substr(0, offset);
    const auto line = std::ranges::count(before, '\n') + 1;
    const auto column = before.size() - (before.rfind('\n') + 1) + 1;
    return std::to_string(line) + ":" + std::to_string(column);
}

// Turns the tree of one section into paths.
class flattener {
public:
    explicit flattener(const std::string& name) : name_(name) {}

    result<void> visit(const std::string& path, const json::value& value) {
        if (const auto* object = value.if_object()) {
            for (const auto& member : *object)
                if (const auto done = visit(path + ":" + std::string(member.key()), member.value()); !done) return done;
            return {};
        }
        if (const auto* array = value.if_array()) {
            for (std::size_t i = 0; i < array->size(); ++i)
                if (const auto done = visit(path + ":" + std::to_string(i), (*array)[i]); !done) return done;
            return {};
        }
        return add(path, value);
    }

    layer take() && { return std::move(out_); }

private:
    result<void> add(const std::string& path, const json::value& value) {
        if (value.is_null()) return {};
        const auto text = value.is_string() ? std::string(value.get_string()) : json::serialize(value);
        const auto [position, added] = out_.try_emplace(path, entry{text, name_ + ": " + path});
        if (added) return {};
        return failure(errc::setting_invalid,
                       name_ + ": " + escape_untrusted(path) + " stands there twice (case does not count); remove one");
    }

    const std::string& name_;
    layer out_;
};

// Boost 1.81 miscounts the bytes of a comment that the text ends in; after a line end none does.
result<json::value> parse(std::string_view without_end, const std::string& name) {
    const std::string text = std::string(without_end) + "\n";
    json::parse_options options;
    options.allow_comments = true;
    options.allow_trailing_commas = true;
    json::stream_parser parser({}, options);
    boost::system::error_code error;
    const auto read = std::min(parser.write_some(text.data(), text.size(), error), text.size());
    if (!error && base::trim(std::string_view(text).substr(read)).empty())
        parser.finish(error);
    else if (!error)
        error = json::error::extra_data;
    if (!error && !parser.done()) error = json::error::incomplete; // a comment and nothing else
    if (!error) return parser.release();
    const auto last =
        without_end.find_last_not_of(" \t\r\n") + 1; // what is missing is missed there, not on a line that nobody wrote
    return failure(errc::setting_invalid,
                   name + ":" + place_in(text, std::min(read, last)) + ": not valid JSON (" + error.message() + ")");
}

std::optional<std::string> path_of_variable(std::string_view variable) {
    for (const std::string_view prefix : {"REDISCACHECONNSTR_", "CUSTOMCONNSTR_"})
        if (base::starts_with_ignoring_case(variable, prefix))
            return "ConnectionStrings:" + std::string(variable.substr(prefix.size()));
    const auto separator = variable.find("__");
    if (separator == std::string_view::npos || !is_section(variable.substr(0, separator))) return std::nullopt;
    std::string path(variable);
    for (auto at = path.find("__"); at != std::string::npos; at = path.find("__", at + 1)) path.replace(at, 2, ":");
    return path;
}

} // namespace

result<layer> layer_from_json(std::string_view text, const std::string& name) {
    if (text.starts_with("\xef\xbb\xbf")) text.remove_prefix(3); // byte order mark of Windows editors
    const auto root = parse(text, name);
    if (!root) return root.error();
    const auto* object = root->if_object();
    if (!object)
        return failure(errc::setting_invalid, name + ": expected a JSON object, such as {\"Redis\": {\"HostName\": \"...\"}}");
    flattener flat(name);
    for (const auto& member : *object) {
        if (!is_section(member.key())) continue;
        if (const auto done = flat.visit(std::string(member.key()), member.value()); !done) return done.error();
    }
    return std::move(flat).take();
}

result<layer> layer_from_file(const std::filesystem::path& file) {
    std::error_code unknown;
    if (!std::filesystem::exists(file, unknown) && !unknown) return layer{};
    std::ifstream stream(file, std::ios::binary);
    std::string text(file_bytes_max + 1, '\0');
    if (std::filesystem::is_directory(file, unknown) || !stream) {
        return failure(errc::file_unreadable, file.string() + " cannot be opened; check the path and its permissions");
    }
    stream.read(text.data(), static_cast<std::streamsize>(text.size()));
    text.resize(static_cast<std::size_t>(stream.gcount()));
    if (stream.bad()) return failure(errc::file_unreadable, file.string() + " cannot be read");
    if (text.size() > file_bytes_max)
        return failure(errc::file_unreadable, file.string() + " is over 4 MiB; is it a settings file?");
    return layer_from_json(text, file.string());
}

layer layer_from_environment(const environment& variables) {
    layer out;
    for (const auto& [variable, value] : variables)
        if (const auto path = path_of_variable(variable)) out[*path] = entry{value, "environment variable " + variable};
    return out;
}

} // namespace entrada::config
