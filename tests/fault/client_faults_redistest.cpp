// 100 callers with random commands, sizes, cancellations and deadlines against a model, while a gate cuts, delays, slices and
// stalls and logins turn: no wrong reply, no lost completion, no leak, healthy at the end.
//
// ENTRADA_CHAOS_SECONDS and ENTRADA_CHAOS_SEED say how long and from which seed `rounds_of_a_seed` plays; ENTRADA_CHAOS_ROUND
// plays one round of that seed alone, again and again. A seed fixes every decision: what each caller calls, with which keys,
// sizes, deadlines and moments of cancelling, and when the gate does what. It does not fix how threads meet, so a failure may
// take some repetitions.
#include "fault/client_round.hpp"

#include <gtest/gtest.h>

#include <cstdio>
#include <cstdlib>

#if defined(__SANITIZE_ADDRESS__)
#include <sanitizer/lsan_interface.h>
#endif

namespace entrada::test {
namespace {

using namespace std::chrono_literals;

std::optional<std::uint64_t> number_from_environment(const char* name) {
    const char* text = std::getenv(name);
    return text == nullptr ? std::nullopt : std::optional<std::uint64_t>(std::strtoull(text, nullptr, 10));
}

void expect_no_leak() {
#if defined(__SANITIZE_ADDRESS__)
    EXPECT_EQ(__lsan_do_recoverable_leak_check(), 0);
#endif
}

class client_faults_at_random : public testing::Test {
protected:
    void SetUp() override {
        ENTRADA_NEEDS_REDIS();
        server.emplace();
    }

    void play(const round_plan& plan) {
        const std::string what = "seed " + std::to_string(plan.seed) + ", round " + std::to_string(plan.number) + " ("
                                 + std::string(name_of(plan.kind)) + (plan.tls ? ", TLS)" : ")");
        std::printf("%s\n", what.c_str());
        std::fflush(stdout); // before whatever a sanitizer says
        const round_report report = run_round(plan, *server);
        for (const std::string& problem : report.problems)
            ADD_FAILURE() << what << ": " << problem << "\nAgain: ENTRADA_CHAOS_SEED=" << plan.seed
                          << " ENTRADA_CHAOS_ROUND=" << plan.number << " ENTRADA_CHAOS_SECONDS=60";
        std::printf("  %llu steps, %llu calls, %llu failed, %llu detached, %llu connections, %llu re-authentications\n",
                    static_cast<unsigned long long>(report.steps), static_cast<unsigned long long>(report.stats.commands),
                    static_cast<unsigned long long>(report.stats.commands_failed),
                    static_cast<unsigned long long>(report.detached),
                    static_cast<unsigned long long>(report.stats.connections_opened),
                    static_cast<unsigned long long>(report.stats.reauthentications));
    }

    void play(round_kind kind, std::uint64_t rounds = 2) {
        for (std::uint64_t number = 0; number < rounds && !HasFailure(); ++number)
            play(plan_round(static_cast<std::uint64_t>(kind) + 1, number, kind, number % 2 == 1));
        expect_no_leak();
    }

    std::optional<round_server> server;
};

TEST_F(client_faults_at_random, in_a_storm_callers_get_their_own_replies_or_errors_that_may_be) { play(round_kind::storm); }
TEST_F(client_faults_at_random, limits_that_are_reached_refuse_and_lose_nothing) { play(round_kind::pressure); }
TEST_F(client_faults_at_random, wrong_logins_and_missing_tokens_pass_and_leave_no_trace) { play(round_kind::logins); }
TEST_F(client_faults_at_random, bytes_in_pieces_and_late_while_tokens_turn_fail_nothing) { play(round_kind::calm); }
TEST_F(client_faults_at_random, a_caller_alone_who_does_its_own_io_is_served_as_well) { play(round_kind::alone); }

TEST_F(client_faults_at_random, rounds_of_a_seed) {
    const std::uint64_t seed = number_from_environment("ENTRADA_CHAOS_SEED").value_or(1);
    const auto only = number_from_environment("ENTRADA_CHAOS_ROUND");
    const auto until =
        std::chrono::steady_clock::now() + std::chrono::seconds(number_from_environment("ENTRADA_CHAOS_SECONDS").value_or(4));
    for (std::uint64_t number = 0; std::chrono::steady_clock::now() < until && !HasFailure(); ++number)
        play(plan_round(seed, only.value_or(number)));
    expect_no_leak();
}

} // namespace
} // namespace entrada::test
