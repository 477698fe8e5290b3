// Room: tests.
#include "support/tls_tool.hpp"

#include "support/programs.hpp"

#include <stdexcept>

namespace entrada::test {
namespace {

using namespace std::chrono_literals;

emulator::child_process start(const emulator_server& server) {
    emulator::child_options options;
    options.argv = {"openssl", "s_client",       "-quiet",           "-connect",  server.host_name(),
                    "-CAfile", server.ca_file(), "-verify_hostname", "localhost", "-verify_return_error"};
    options.in = options.out = emulator::child_stream::pipe;
    options.err = emulator::child_stream::null;
    return emulator::child_process::start(options).value();
}

} // namespace

std::string resp_command(const std::vector<std::string>& arguments) {
    std::string text = "*" + std::to_string(arguments.size()) + "\r\n";
    for (const std::string& one : arguments) text += "$" + std::to_string(one.size()) + "\r\n" + one + "\r\n";
    return text;
}

tls_tool::tls_tool(const emulator_server& server) : process_(start(server)) {}

void tls_tool::send_bytes(std::string_view bytes) {
    if (!process_.write(bytes, within(10s))) throw std::runtime_error("openssl s_client takes nothing more");
}

std::string tls_tool::line() {
    auto text = process_.read_line(within(10s));
    if (!text) throw std::runtime_error("no answer, or the connection is closed");
    if (text->ends_with('\r')) text->pop_back();
    return *text;
}

std::string tls_tool::ask(const std::vector<std::string>& arguments) {
    send(arguments);
    return line();
}

bool tls_tool::ends_by(std::chrono::system_clock::time_point moment) {
    const auto left = std::chrono::ceil<std::chrono::milliseconds>(moment - std::chrono::system_clock::now());
    return process_.wait_until(within(left)).has_value();
}

} // namespace entrada::test
