#include "entrada/environment.hpp"

#include <unistd.h>

namespace entrada {

environment process_environment() {
    environment variables;
    if (environ == nullptr) return variables;
    for (char** entry = environ; *entry != nullptr; ++entry) {
        const std::string_view text(*entry);
        const auto equals = text.find('=');
        if (equals == std::string_view::npos || equals == 0) continue;
        variables.emplace(text.substr(0, equals), text.substr(equals + 1)); // the first of two wins, as with getenv
    }
    return variables;
}

std::string_view variable(const environment& variables, std::string_view name) {
    const auto found = variables.find(name);
    return found == variables.end() ? std::string_view{} : std::string_view{found->second};
}

} // namespace entrada
