#include "entrada/detail/request.hpp"

#include <atomic>

namespace entrada::detail {

std::string_view command_name(std::string_view wire) noexcept {
    const std::size_t length_line = wire.find('\n') + 1;
    const std::size_t name_line = wire.find('\n', length_line) + 1;
    return wire.substr(name_line, wire.find('\r', name_line) - name_line);
}

std::uint64_t next_serial() noexcept {
    static std::atomic<std::uint64_t> last{0};
    return last.fetch_add(1, std::memory_order_relaxed) + 1;
}

} // namespace entrada::detail
