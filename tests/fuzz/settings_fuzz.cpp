// Any bytes as a settings file and as a configuration string: no crash, no secret in what is printed, and what is printed reads
// the same. Room: tests, fuzzing.
#include "fuzz/fuzz_support.hpp"

#include "config/assemble.hpp"

#include <algorithm>
#include <array>

namespace entrada::fuzz {
namespace {

constexpr std::string_view secret = "never-to-be-seen";

void check_string(std::string_view text) {
    const auto read = config::parse_connection_string(text);
    if (!read) return;
    const auto hidden = [](const config::endpoint& place) {
        return place.maybe_secret || place.host.find("://") != std::string::npos;
    };
    const std::string printed = read->to_string();
    // Nothing but commas, or places of which something is printed as asterisks.
    if (printed.empty() || std::ranges::any_of(read->endpoints, hidden)) return;
    const auto again = config::parse_connection_string(printed);
    require(again.has_value(), "what is printed can be read");
    require(again->to_string() == printed, "what is printed reads as the same");
}

// A password in front: whatever follows, it is not shown.
void check_masking(std::string_view text) {
    if (text.find(secret) != std::string_view::npos) return; // then it stands elsewhere, too
    const auto read = config::parse_connection_string("h,password=" + std::string(secret) + "," + std::string(text));
    std::string said = read ? read->to_string() : read.error().to_string();
    if (read)
        for (const auto& warning : read->warnings) said += warning;
    require(said.find(secret) == std::string::npos, "a password is not shown");
}

void check_file(std::string_view text) {
    auto layer = config::layer_from_json(text, "file");
    if (!layer) return;
    const std::array layers{std::move(*layer)};
    const auto made = config::assemble(layers);
    require(!(made ? made->to_string() : made.error().to_string()).empty(), "settings and errors are told");
}

} // namespace
} // namespace entrada::fuzz

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    using namespace entrada::fuzz;
    const exact_block block({reinterpret_cast<const char*>(data), size}, {});
    check_string(block.view());
    check_masking(block.view());
    check_file(block.view());
    return 0;
}
