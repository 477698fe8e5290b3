// Room: emulator.
#include "emulator/orphans.hpp"

#include <csignal>
#include <filesystem>
#include <fstream>
#include <set>

#include <poll.h>
#include <sys/prctl.h>
#include <sys/wait.h>

namespace entrada::emulator {
namespace {

using namespace std::chrono_literals;
using std::chrono::steady_clock;

// What does not end on SIGKILL hangs in the kernel; nobody is served by waiting for that.
constexpr auto after_kill_max = 2s;

std::set<pid_t> children() {
    std::set<pid_t> found;
    std::error_code ec;
    for (const auto& thread : std::filesystem::directory_iterator("/proc/self/task", ec)) {
        std::ifstream list(thread.path() / "children");
        for (pid_t child = 0; list >> child;) found.insert(child);
    }
    return found;
}

void reap_the_dead() noexcept {
    while (::waitpid(-1, nullptr, WNOHANG) > 0) {
    }
}

/// Each child gets the signal once; those that appear later, because their parent ended, as well. True: none is left.
bool end_with(int number, steady_clock::time_point deadline) {
    std::set<pid_t> signalled;
    for (;;) {
        reap_the_dead();
        const auto left = children();
        if (left.empty()) return true;
        if (steady_clock::now() >= deadline) return false;
        for (const pid_t child : left) // not reaped yet, so the number is no other process'
            if (signalled.insert(child).second) ::kill(child, number);
        ::poll(nullptr, 0, 5);
    }
}

} // namespace

void adopt_orphans() noexcept { ::prctl(PR_SET_CHILD_SUBREAPER, 1); }

void end_all_children(std::chrono::milliseconds grace) noexcept {
    try {
        const auto now = steady_clock::now();
        if (!end_with(SIGTERM, now + grace)) end_with(SIGKILL, now + grace + after_kill_max);
    } catch (const std::exception&) { // no memory, no files: then they outlive us
    }
}

} // namespace entrada::emulator
