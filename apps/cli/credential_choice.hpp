// One credential by the name that the SDKs give it.
// Room: cli.
#pragma once

#include "entrada/settings.hpp"

#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace entrada::cli {

/// Every name that `make_credential` knows.
[[nodiscard]] std::vector<std::string_view> credential_names();

/// The name as the SDKs spell it, whatever the case of `text`; empty if there is none.
[[nodiscard]] std::string_view find_credential_name(std::string_view text);

/// That credential and no other, from the settings and the environment. `name` is one of `credential_names`.
[[nodiscard]] std::shared_ptr<token_credential> make_credential(std::string_view name, settings from);

} // namespace entrada::cli
