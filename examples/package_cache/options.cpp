#include "package_cache/options.hpp"

#include <CLI/CLI.hpp>

#include <charconv>
#include <cmath>

namespace package_cache {
namespace {

// More of them than that show the scheduler, or the end of the memory, and no longer the client.
constexpr std::uint64_t threads_max = 4096;
constexpr std::uint64_t coroutines_max = 100'000;
constexpr std::uint64_t turns_max = 1'000'000;
constexpr std::uint64_t records_limit = 10'000'000;
constexpr double seconds_max = 7 * 24 * 3600;

template <class Number>
bool read(const std::string& text, Number& into) {
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), into);
    return error == std::errc{} && end == text.data() + text.size();
}

CLI::Validator whole_number(std::uint64_t smallest, std::uint64_t largest) {
    const auto problem = [=](const std::string& text) {
        std::uint64_t number = 0;
        if (read(text, number) && number >= smallest && number <= largest) return std::string();
        return "'" + text + "' is no whole number from " + std::to_string(smallest) + " to " + std::to_string(largest);
    };
    return {problem, ""};
}

CLI::Validator seconds_text() {
    const auto problem = [](const std::string& text) {
        double number = 0;
        if (read(text, number) && std::isfinite(number) && number > 0 && number <= seconds_max) return std::string();
        return "'" + text + "' is no number above 0, up to " + std::to_string(static_cast<int>(seconds_max));
    };
    return {problem, ""};
}

} // namespace

void declare(CLI::App& app, options& how) {
    const auto add = [&app](const std::string& name, auto& into, const std::string& meaning) {
        return app.add_option(name, into, meaning)->capture_default_str()->take_last();
    };
    add("--threads", how.shape.threads, "Threads with blocking calls")->check(whole_number(0, threads_max));
    add("--coroutines", how.shape.coroutines, "Coroutines")->check(whole_number(0, coroutines_max));
    add("--seconds", how.seconds, "Work at least so long")->check(seconds_text());
    add("--turns", how.turns, "Work until the token has turned over so often")->check(whole_number(0, turns_max));
    add("--records", how.records_max, "Records at most")->check(whole_number(1, records_limit));
    app.add_option("--file", how.files, "Package list to read instead of this machine's (dpkg's status file or a Packages file)")
        ->check(CLI::ExistingFile);
    add("--summary", how.summary, "Write the figures to this file, as one JSON object");
    app.final_callback([&how] {
        if (how.shape.threads + how.shape.coroutines == 0)
            throw CLI::ValidationError("--threads and --coroutines are both 0: nobody would work");
    });
}

} // namespace package_cache
