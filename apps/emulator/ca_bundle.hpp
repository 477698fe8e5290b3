// The certificate authorities that programs on this machine trust already.
// Room: emulator.
#pragma once

#include "entrada/environment.hpp"

#include <string>

namespace entrada::emulator {

/// Their certificates as one PEM text: of the file that SSL_CERT_FILE names, or else where systems keep it. Empty where there is
/// none.
[[nodiscard]] std::string system_ca_bundle(const environment& variables);

} // namespace entrada::emulator
