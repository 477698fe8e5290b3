// Any bytes as a cached value: no crash, and what is read is written and read again as the same.
// Room: tests, fuzzing.
#include "fuzz/fuzz_support.hpp"

#include "entrada/serializer.hpp"

namespace entrada::fuzz {
namespace {

enum class kind { one, two = 7 };
BOOST_DESCRIBE_ENUM(kind, one, two)

struct value {
    std::string text;
    std::int8_t small = 0;
    std::optional<std::uint64_t> large;
    double number = 0;
    std::vector<value> children;
    std::map<std::string, std::optional<kind>> kinds;
    bool operator==(const value&) const = default;
};
BOOST_DESCRIBE_STRUCT(value, (), (text, small, large, number, children, kinds))

} // namespace
} // namespace entrada::fuzz

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    using namespace entrada;
    using fuzz::require;
    const fuzz::exact_block block({reinterpret_cast<const char*>(data), size}, {});
    const auto first = serializer<fuzz::value>::read(block.view());
    if (!first) {
        require(first.error().code() == errc::value_unreadable, "there is one way to be unreadable");
        return 0;
    }
    const auto written = serializer<fuzz::value>::write(*first);
    require(written.has_value(), "what was read can be written");
    const auto second = serializer<fuzz::value>::read(*written);
    require(second.has_value() && *second == *first, "what was written reads as the same");
    return 0;
}
