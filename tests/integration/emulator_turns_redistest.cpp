// A client keeps working while its tokens turn, wherever they come from and however stingy the source is with new ones.
#include "entrada/client.hpp"
#include "entrada/settings.hpp"
#include "support/emulator_server.hpp"
#include "support/redis_server.hpp"

#include <gtest/gtest.h>

namespace entrada::test {
namespace {

using namespace std::chrono_literals;

struct stage {
    const char* test_name;
    const char* identities;
    const char* source;
    const char* fault; ///< there from the start; "none": nothing is wrong
    const char* value;
};

void PrintTo(const stage& what, std::ostream* out) { *out << what.test_name; }

const stage stages[] = {
    {"the_same_token_until_shortly_before_its_end", "app-service", "app-service", "same-token", "1s"},
    {"a_token_that_cannot_be_read", "app-service", "app-service", "opaque", ""},
    {"metadata_service", "imds", "imds", "none", ""},
    {"service_fabric", "service-fabric", "service-fabric", "none", ""},
    {"federated_token", "none,workload", "entra", "none", ""},
    {"certificate", "none,certificate", "entra", "none", ""},
};

class emulator_turns : public testing::TestWithParam<stage> {};

TEST_P(emulator_turns, no_command_fails) {
    ENTRADA_NEEDS_REDIS();
    const emulator_server azure({"--token-lifetime", "5s", "--identities", GetParam().identities});
    azure.set_fault(GetParam().source, GetParam().fault, GetParam().value);
    settings where = settings::from_environment(azure.variables());
    where.variables = azure.variables();
    where.ca_file = azure.ca_file();
    if (GetParam().fault == std::string_view("opaque")) where.user = azure.user();
    const auto tokens = where.make_token_manager();
    client redis(where.make_client_options(tokens));
    const auto limit = std::chrono::steady_clock::now() + 30s;
    while (redis.stats().reauthentications < 2) {
        const auto stored = redis.set("k", "v");
        ASSERT_TRUE(stored.has_value()) << stored.error().to_string();
        ASSERT_LT(std::chrono::steady_clock::now(), limit);
    }
    EXPECT_EQ(redis.stats().connections_opened, 1U);
    EXPECT_EQ(redis.stats().connections_lost, 0U);
    EXPECT_EQ(redis.stats().commands_failed, 0U);
    EXPECT_LT(azure.health().at("token_requests").to_number<int>(), 40) << "a source that has nothing new is not hammered";
}

INSTANTIATE_TEST_SUITE_P(all, emulator_turns, testing::ValuesIn(stages),
                         [](const auto& one) { return std::string(one.param.test_name); });

} // namespace
} // namespace entrada::test
