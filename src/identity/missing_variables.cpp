#include "identity/missing_variables.hpp"

#include <vector>

namespace entrada::identity {

std::string missing_variables(std::initializer_list<needed_variable> needed) {
    std::vector<std::string_view> missing;
    for (const auto& [name, value] : needed)
        if (value.empty()) missing.push_back(name);
    std::string text;
    for (std::size_t i = 0; i < missing.size(); ++i) {
        if (i > 0) text += i + 1 == missing.size() ? " and " : ", ";
        text += missing[i];
    }
    if (missing.empty()) return text;
    return text + (missing.size() == 1 ? " is not set" : " are not set");
}

} // namespace entrada::identity
