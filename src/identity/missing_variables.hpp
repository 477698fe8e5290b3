// Says which of the variables a credential needs are not set.
// Room: identity.
#pragma once

#include <initializer_list>
#include <string>
#include <string_view>

namespace entrada::identity {

struct needed_variable {
    std::string_view name;
    std::string_view value; ///< of the variable, or of the option that stands for it
};

/// "A and B are not set"; empty if nothing is missing. An empty value counts as missing.
[[nodiscard]] std::string missing_variables(std::initializer_list<needed_variable> needed);

} // namespace entrada::identity
