// Room: emulator.
#include "emulator/acting_tool.hpp"

#include "emulator/developer_tools.hpp"
#include "net/http_client.hpp"

#include <cstdio>
#include <thread>

#include <poll.h>
#include <sys/types.h>
#include <unistd.h>

namespace entrada::emulator {
namespace {

constexpr int emulator_is_gone = 3;
constexpr auto pipe_kept = std::chrono::seconds(30);

/// PowerShell's callers pass the resource by a variable, so that it cannot become part of the script.
std::string resource_in(const environment& variables) {
    for (const auto& [name, value] : variables)
        if (name.find("POWERSHELL") != std::string::npos && name.find("RESOURCE") != std::string::npos) return value;
    return {};
}

result<tool_act> ask(const emulator_options& options, const environment& variables) {
    const auto tool = parse_source_kind(options.acting_as);
    if (!tool || !is_tool(*tool)) return failure(errc::setting_invalid, "--act-as takes az, azd or pwsh");
    net::http_request request;
    request.method = "POST";
    request.url = options.acting_at;
    request.headers = {{"Content-Type", "application/json"}};
    request.body = secret_string(to_json({*tool, options.command, resource_in(variables)}));
    const auto answer = net::make_http_client({})->send(request);
    if (!answer) return answer.error();
    auto act = parse_tool_act(answer->body.reveal());
    if (!act) return failure(errc::unexpected_reply, "no emulator answers at " + options.acting_at);
    return std::move(*act);
}

void read_to_end() {
    char buffer[256];
    std::fputs("? ", stderr);
    while (::read(STDIN_FILENO, buffer, sizeof buffer) > 0) {
    }
}

/// A child that does nothing but hold the output open, as update checks in the background do.
void leave_child_behind() {
    if (::fork() != 0) return;
    ::close(STDERR_FILENO); // whoever listens there is not meant
    ::poll(nullptr, 0, static_cast<int>(std::chrono::milliseconds(pipe_kept).count()));
    ::_exit(0);
}

} // namespace

int act_as_tool(const emulator_options& options, const environment& variables) {
    const auto act = ask(options, variables);
    if (!act) {
        std::fputs(("entrada emulator: " + act.error().to_string() + "\n").c_str(), stderr);
        return emulator_is_gone;
    }
    if (act->reads_stdin) read_to_end();
    std::this_thread::sleep_for(act->delay);
    while (act->hang) ::pause();
    std::fwrite(act->err.data(), 1, act->err.size(), stderr);
    std::fwrite(act->out.data(), 1, act->out.size(), stdout);
    std::fflush(stdout);
    if (act->keeps_pipe) leave_child_behind();
    return act->exit;
}

} // namespace entrada::emulator
