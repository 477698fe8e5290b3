// A Redis command in its wire form.
// Room: resp.
#include "entrada/command.hpp"

namespace entrada {
namespace {

void append_header(std::string& out, char type, std::size_t number) {
    char header[24];
    header[0] = type;
    char* end = std::to_chars(header + 1, header + sizeof header - 2, number).ptr;
    *end++ = '\r';
    *end++ = '\n';
    out.append(header, static_cast<std::size_t>(end - header));
}

} // namespace

std::string_view command::name() const noexcept {
    const std::size_t header_end = arguments_.find('\n');
    if (header_end == std::string::npos) return {};
    std::size_t size = 0;
    std::from_chars(arguments_.data() + 1, arguments_.data() + header_end, size);
    return std::string_view(arguments_).substr(header_end + 1, size);
}

std::string command::wire() const {
    std::string out;
    write_to(out);
    return out;
}

void command::write_to(std::string& out) const {
    append_header(out, '*', count_);
    out += arguments_;
}

void command::append(std::string_view argument) {
    append_header(arguments_, '$', argument.size());
    arguments_.append(argument).append("\r\n", 2);
    ++count_;
}

} // namespace entrada
