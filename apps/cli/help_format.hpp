// How help looks: names, what they take, what they do; rules are said in sentences.
// Room: cli.
#pragma once

#include <CLI/CLI.hpp>

#include <string>

namespace entrada::cli {

class help_format : public CLI::Formatter {
public:
    help_format() { column_width(28); }

    // Without the second empty line before each group.
    std::string make_help(const CLI::App* command, std::string name, CLI::AppFormatMode mode) const override {
        std::string text = CLI::Formatter::make_help(command, std::move(name), mode);
        for (auto at = text.find("\n\n\n"); at != std::string::npos; at = text.find("\n\n\n", at)) text.erase(at, 1);
        while (text.ends_with("\n\n")) text.pop_back();
        return text;
    }

    // The parser's own text would add "REQUIRED" and "Excludes: ...".
    std::string make_option_opts(const CLI::Option* option) const override {
        const std::string type = option->get_type_size() == 0 ? "" : option->get_type_name();
        return type.empty() ? "" : " " + type;
    }

    std::string make_option_name(const CLI::Option* option, bool is_positional) const override {
        std::string name = CLI::Formatter::make_option_name(option, is_positional);
        if (const auto comma = name.find(','); comma != std::string::npos) name.insert(comma + 1, " ");
        return name;
    }
};

} // namespace entrada::cli
