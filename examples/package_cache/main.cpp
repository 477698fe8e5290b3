// Caches the package records of this machine as typed values in Redis, from many callers at once, while tokens turn over.
// Where Redis is comes from the environment: Redis__HostName, as `entrada emulator -- COMMAND` sets it.
#include "package_cache/options.hpp"
#include "package_cache/progress.hpp"
#include "package_cache/report.hpp"
#include "package_cache/sources.hpp"
#include "package_cache/workload.hpp"

#include <CLI/CLI.hpp>

#include <iostream>

namespace {

using namespace package_cache;
using namespace std::chrono_literals;
using std::chrono::steady_clock;

/// Tokens that turn too slowly must not keep the job going for ever.
constexpr double seconds_beyond_max = 120;

struct session {
    explicit session(const entrada::settings& where)
        : tokens(where.effective_auth() == entrada::sign_in::entra ? where.make_token_manager() : nullptr),
          cache(tokens ? where.make_client_options(tokens) : where.make_client_options()) {}

    std::uint64_t turns() { return tokens ? std::min(tokens->stats().acquired, cache.client().stats().reauthentications) : 0; }

    std::shared_ptr<entrada::token_manager> tokens; ///< null: no tokens are used
    entrada::cache cache;
};

void work(workload& load, session& here, const options& how, steady_clock::time_point began) {
    progress shown(stderr);
    while (true) {
        const std::chrono::duration<double> elapsed = steady_clock::now() - began;
        const std::uint64_t turns = here.turns();
        const bool turned = turns >= how.turns;
        if ((elapsed.count() >= how.seconds && turned) || elapsed.count() >= how.seconds + seconds_beyond_max) break;
        const double turned_share = turned ? 1 : static_cast<double>(turns) / static_cast<double>(how.turns);
        const tally& so_far = load.so_far();
        shown.show({.done = std::min(elapsed.count() / how.seconds, turned_share),
                    .elapsed = elapsed,
                    .operations = so_far.operations,
                    .hits = so_far.hits,
                    .misses = so_far.misses,
                    .turns = turns,
                    .failed = so_far.failed});
        std::this_thread::sleep_for(50ms);
    }
    shown.finish();
}

report run(const options& how, const std::vector<package_record>& records) {
    const auto where = entrada::settings::from_environment();
    where.check().value(); // says at once what is missing
    session here(where);
    (void)here.cache.client().ping().value(); // says at once what is wrong with host or identity
    const auto began = steady_clock::now();
    workload load(here.cache, records, how.shape);
    work(load, here, how, began);

    report all{.records = records.size(), .threads = how.shape.threads, .coroutines = how.shape.coroutines};
    all.set_latency(load.stop());
    all.seconds = std::chrono::duration<double>(steady_clock::now() - began).count();
    all.operations = load.so_far().operations;
    all.hits = load.so_far().hits;
    all.misses = load.so_far().misses;
    all.wrong_values = load.so_far().wrong;
    const entrada::client_stats stats = here.cache.client().stats();
    all.failed_commands = std::max<std::uint64_t>(load.so_far().failed, stats.commands_failed + stats.error_replies);
    all.tokens_acquired = here.tokens ? here.tokens->stats().acquired : 0;
    all.reauthentications = stats.reauthentications;
    all.connections_opened = stats.connections_opened;
    all.connections_lost = stats.connections_lost;
    all.turns_wanted = how.turns;
    all.first_errors = load.first_errors();
    return all;
}

int job(const options& how) {
    const auto records = load_records(how.files.empty() ? package_lists_of_this_machine() : how.files, how.records_max);
    if (records.empty()) {
        std::cerr << "package_cache: this machine has no package lists; name one with --file\n";
        return 3;
    }
    std::cerr << "caching " << records.size() << " package records\n";
    const report all = run(how, records);
    print(std::cout, all);
    if (!how.summary.empty() && !write_summary(how.summary, all)) {
        std::cerr << "package_cache: cannot write " << how.summary << '\n';
        return 3;
    }
    return all.good() ? 0 : 1;
}

} // namespace

int main(int argc, char** argv) {
    options how;
    CLI::App app{"Caches the package records of this machine in the Redis that Redis__HostName names."};
    declare(app, how);
    try {
        app.parse(argc, argv);
        return job(how);
    } catch (const CLI::ParseError& error) {
        return app.exit(error) == 0 ? 0 : 2;
    } catch (const std::exception& error) {
        std::cerr << "package_cache: " << error.what() << '\n';
        return 3;
    }
}
