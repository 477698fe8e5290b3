#include "package_cache/progress.hpp"

#include <algorithm>
#include <string>

#include <unistd.h>

namespace package_cache {
namespace {

constexpr double seconds_between_bars = 0.2;
constexpr double seconds_between_lines = 5;
constexpr int bar_width = 30;

std::string bar(double done) {
    const int full = static_cast<int>(std::clamp(done, 0.0, 1.0) * bar_width);
    return "[" + std::string(static_cast<std::size_t>(full), '#') + std::string(static_cast<std::size_t>(bar_width - full), '.')
           + "]";
}

double percent(std::uint64_t part, std::uint64_t whole) {
    return whole == 0 ? 0 : 100.0 * static_cast<double>(part) / static_cast<double>(whole);
}

} // namespace

progress::progress(std::FILE* out) : out_(out), terminal_(isatty(fileno(out)) == 1) {}

void progress::show(const progress_state& now) {
    const double seconds = now.elapsed.count();
    const double since = seconds - shown_at_;
    if (since < (terminal_ ? seconds_between_bars : seconds_between_lines)) return;
    const double rate = static_cast<double>(now.operations - shown_operations_) / since;
    const std::string start = terminal_ ? "\r" + bar(now.done) : std::string("  ");
    std::fprintf(out_, "%s %3.0f %%  %3.0f s  %7.0f operations/s  %5.1f %% hits  %2llu token turns  %llu failed%s", start.c_str(),
                 100 * std::min(now.done, 1.0), seconds, rate, percent(now.hits, now.hits + now.misses),
                 static_cast<unsigned long long>(now.turns), static_cast<unsigned long long>(now.failed),
                 terminal_ ? "\033[K" : "\n");
    std::fflush(out_);
    shown_at_ = seconds;
    shown_operations_ = now.operations;
}

void progress::finish() {
    if (terminal_) std::fputs("\r\033[K", out_);
    std::fflush(out_);
}

} // namespace package_cache
