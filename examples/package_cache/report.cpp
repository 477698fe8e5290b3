#include "package_cache/report.hpp"

#include <fstream>
#include <iomanip>
#include <ostream>
#include <utility>

namespace package_cache {
namespace {

double microseconds(std::chrono::nanoseconds duration) { return std::chrono::duration<double, std::micro>(duration).count(); }

void line(std::ostream& out, const char* name, std::uint64_t value) {
    out << "  " << std::left << std::setw(28) << name << std::right << std::setw(12) << value << '\n';
}

std::vector<std::pair<const char*, double>> figures(const report& all) {
    const auto number = [](std::uint64_t value) { return static_cast<double>(value); };
    return {{"records", number(all.records)},
            {"threads", number(all.threads)},
            {"coroutines", number(all.coroutines)},
            {"seconds", all.seconds},
            {"operations", number(all.operations)},
            {"hits", number(all.hits)},
            {"misses", number(all.misses)},
            {"p50_us", all.p50_us},
            {"p99_us", all.p99_us},
            {"p999_us", all.p999_us},
            {"tokens_acquired", number(all.tokens_acquired)},
            {"reauthentications", number(all.reauthentications)},
            {"connections_opened", number(all.connections_opened)},
            {"connections_lost", number(all.connections_lost)},
            {"failed_commands", number(all.failed_commands)},
            {"wrong_values", number(all.wrong_values)}};
}

} // namespace

void report::set_latency(const latency_histogram& all) {
    p50_us = microseconds(all.percentile(0.5));
    p99_us = microseconds(all.percentile(0.99));
    p999_us = microseconds(all.percentile(0.999));
}

bool report::tokens_turned() const noexcept { return tokens_acquired >= turns_wanted && reauthentications >= turns_wanted; }

bool report::good() const noexcept {
    return failed_commands == 0 && connections_opened == 1 && connections_lost == 0 && wrong_values == 0 && operations > 0
           && tokens_turned();
}

void print(std::ostream& out, const report& all) {
    out << all.records << " package records, " << all.threads << " threads and " << all.coroutines
        << " coroutines on one client, " << std::fixed << std::setprecision(1) << all.seconds << " s\n";
    line(out, "operations", all.operations);
    line(out, "hits", all.hits);
    line(out, "misses", all.misses);
    out << "  latency p50 / p99 / p99.9     " << all.p50_us / 1000 << " / " << all.p99_us / 1000 << " / " << all.p999_us / 1000
        << " ms\n";
    line(out, "tokens acquired", all.tokens_acquired);
    line(out, "connections re-authenticated", all.reauthentications);
    line(out, "connections opened", all.connections_opened);
    line(out, "connections lost", all.connections_lost);
    line(out, "failed commands", all.failed_commands);
    if (all.wrong_values > 0) line(out, "wrong values", all.wrong_values);
    for (const std::string& error : all.first_errors) out << "  failed: " << error << '\n';
    if (all.connections_opened != 1) out << "  one client needs one connection, and opened " << all.connections_opened << '\n';
    if (!all.tokens_turned()) out << "  tokens turned less than " << all.turns_wanted << " times\n";
}

bool write_summary(const std::filesystem::path& file, const report& all) {
    std::ofstream out(file);
    const char* separator = "{";
    out << std::fixed;
    for (const auto& [name, value] : figures(all)) {
        const bool whole = value == static_cast<double>(static_cast<std::uint64_t>(value));
        out << separator << '"' << name << "\": " << std::setprecision(whole ? 0 : 3) << value;
        separator = ", ";
    }
    out << "}\n";
    return out.flush().good();
}

} // namespace package_cache
