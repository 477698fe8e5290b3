// Any bytes as a settings file and as a configuration string: no crash, no secret in what is said, and what is printed reads the
// same. Room: tests, fuzzing.
#include "fuzz/fuzz_support.hpp"

#include "config/assemble.hpp"

#include <array>

namespace entrada::fuzz {
namespace {

constexpr std::string_view secret = "never-to-be-seen";

void check_string(std::string_view text) {
    const auto read = config::parse_connection_string(text);
    if (!read) return;
    const std::string printed = read->to_string();
    if (printed.empty()) return; // nothing but commas and what is left out
    const auto again = config::parse_connection_string(printed);
    require(again.has_value(), "what is printed can be read");
    require(again->endpoints == read->endpoints && again->commands == read->commands, "what is printed says the same");
    require(again->to_string() == printed, "what is printed reads as the same");
}

std::string all_that_is_said(std::string_view text) {
    const auto read = config::parse_connection_string(text);
    if (!read) return read.error().to_string();
    settings made;
    const auto applied = config::apply_connection_string(made, *read);
    std::string said = read->to_string() + (applied ? made.to_string() : applied.error().to_string());
    for (const auto& warning : made.warnings) said += warning;
    return said;
}

// A password in front: whatever follows, it is not shown.
void check_masking(std::string_view text) {
    if (text.find(secret) != std::string_view::npos) return; // then it stands elsewhere, too
    for (const std::string_view before :
         {"h,password=", "password=", "rediss://u:", "h,rediss://", "h,password=a,", "rediss://a,h,"}) {
        const std::string said = all_that_is_said(std::string(before) + std::string(secret) + std::string(text));
        require(said.find(secret) == std::string::npos, "a password is not shown");
    }
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
