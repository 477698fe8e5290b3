#include "package_cache/deb822.hpp"

#include <algorithm>
#include <charconv>
#include <functional>
#include <map>

namespace package_cache {
namespace {

using fields = std::map<std::string_view, std::string, std::less<>>;

std::string_view trimmed(std::string_view text) {
    const auto first = text.find_first_not_of(" \t\n");
    if (first == text.npos) return {};
    return text.substr(first, text.find_last_not_of(" \t\n") - first + 1);
}

std::string_view take_line(std::string_view& text) {
    const auto end = text.find('\n');
    const auto line = text.substr(0, end);
    text.remove_prefix(end == text.npos ? text.size() : end + 1);
    return line;
}

/// A line that begins with a blank goes on with the field before it.
void add_line(fields& paragraph, std::string_view line, std::string*& last) {
    if (line.front() == ' ' || line.front() == '\t') {
        if (last) last->append("\n").append(line.substr(1));
        return;
    }
    const auto colon = line.find(':');
    if (colon == line.npos) return;
    last = &paragraph[line.substr(0, colon)];
    *last = trimmed(line.substr(colon + 1));
}

template <class Use>
void split(std::string_view text, char separator, Use use) {
    while (!text.empty()) {
        const auto end = text.find(separator);
        if (const auto part = trimmed(text.substr(0, end)); !part.empty()) use(part);
        text.remove_prefix(end == text.npos ? text.size() : end + 1);
    }
}

relation parse_relation(std::string_view text) {
    const auto open = text.find('(');
    relation one{.package = std::string(trimmed(text.substr(0, open))), .version = {}, .alternatives = {}};
    if (open != text.npos) one.version = trimmed(text.substr(open + 1, text.find(')') - open - 1));
    return one;
}

class paragraph_view {
public:
    explicit paragraph_view(const fields& all) : all_(all) {}

    std::string text(std::string_view name) const {
        const auto found = all_.find(name);
        return found == all_.end() ? std::string() : found->second;
    }
    std::optional<std::string> maybe(std::string_view name) const {
        const auto found = all_.find(name);
        return found == all_.end() ? std::nullopt : std::optional(found->second);
    }
    std::optional<std::int64_t> number(std::string_view name) const {
        const std::string digits = text(name);
        std::int64_t value = 0;
        const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), value);
        return error == std::errc() && end == digits.data() + digits.size() ? std::optional(value) : std::nullopt;
    }
    std::vector<std::string> list(std::string_view name, char separator) const {
        std::vector<std::string> all;
        split(text(name), separator, [&](std::string_view part) { all.emplace_back(part); });
        return all;
    }

private:
    const fields& all_;
};

package_record to_record(const fields& all) {
    const paragraph_view from(all);
    package_record record;
    record.name = from.text("Package");
    record.version = from.text("Version");
    record.architecture = from.text("Architecture");
    record.key = "package:" + record.name + ":" + record.architecture + ":" + record.version;
    record.status = from.maybe("Status");
    record.section = from.maybe("Section");
    record.priority = from.maybe("Priority");
    record.maintainer = from.maybe("Maintainer");
    record.homepage = from.maybe("Homepage");
    record.sha256 = from.maybe("SHA256");
    record.installed_kib = from.number("Installed-Size");
    record.download_bytes = from.number("Size");
    record.depends = parse_relations(from.text("Depends"));
    record.recommends = parse_relations(from.text("Recommends"));
    record.provides = parse_relations(from.text("Provides"));
    record.tags = from.list("Tag", ',');
    record.configuration_files = from.list("Conffiles", '\n');
    record.description = from.text("Description");
    return record;
}

} // namespace

std::vector<relation> parse_relations(std::string_view text) {
    std::vector<relation> all;
    split(text, ',', [&](std::string_view entry) {
        relation first;
        split(entry, '|', [&](std::string_view one) {
            if (first.package.empty()) {
                first = parse_relation(one);
            } else {
                first.alternatives.push_back(parse_relation(one));
            }
        });
        all.push_back(std::move(first));
    });
    return all;
}

std::vector<package_record> parse_packages(std::string_view text) {
    std::vector<package_record> all;
    fields paragraph;
    std::string* last = nullptr;
    const auto finish = [&] {
        if (paragraph.contains("Package") && paragraph.contains("Version")) all.push_back(to_record(paragraph));
        paragraph.clear();
        last = nullptr;
    };
    while (!text.empty()) {
        const auto line = take_line(text);
        if (trimmed(line).empty()) {
            finish();
        } else {
            add_line(paragraph, line, last);
        }
    }
    finish();
    return all;
}

} // namespace package_cache
