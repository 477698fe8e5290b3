// What tests of credentials share: a script instead of a network, a clock that obeys.
// Room: tests.
#pragma once

#include "entrada/credential_context.hpp"
#include "entrada/credential_report.hpp"
#include "entrada/token_credential.hpp"
#include "support/scripted_http.hpp"
#include "support/virtual_clock.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace entrada::test {

using namespace std::chrono_literals;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::Not;

class credential_test : public testing::Test {
protected:
    std::shared_ptr<virtual_clock> clock_ = std::make_shared<virtual_clock>();
    std::shared_ptr<scripted_http> http_ = std::make_shared<scripted_http>(clock_);
    std::vector<std::string> log_lines_;

    credential_context context(environment variables = {}) {
        variables.try_emplace("PATH", "/nowhere"); // no tools of this machine
        return {.variables = std::move(variables),
                .log = [this](const log_event& event) { log_lines_.push_back(event.text); },
                .http = http_,
                .clock = clock_};
    }

    token_request request(std::chrono::milliseconds time = 15s, std::stop_token stop = {}) const {
        token_request asked;
        asked.deadline = clock_->steady() + time;
        asked.stop = std::move(stop);
        return asked;
    }

    /// The one attempt of a failure by a credential of its own; fails the test if there is none.
    static credential_attempt attempt_of(const result<access_token>& got) {
        if (got.has_value()) {
            ADD_FAILURE() << "got a token";
            return {};
        }
        const auto* report = credential_report_of(got.error());
        if (report == nullptr || report->attempts().size() != 1) {
            ADD_FAILURE() << "no report of one attempt: " << got.error().to_string();
            return {};
        }
        return report->attempts().front();
    }
};

inline constexpr const char* good_answer = R"({"token_type":"Bearer","expires_in":3600,"access_token":"the-token"})";

inline void expect_token(const result<access_token>& got) {
    ASSERT_TRUE(got.has_value()) << got.error().to_string();
    EXPECT_EQ(got->token.reveal(), "the-token");
}

inline void expect_code(const result<access_token>& got, errc expected) {
    ASSERT_FALSE(got.has_value()) << "got a token";
    EXPECT_EQ(got.error().code(), expected) << got.error().to_string();
}

// With the line of the test that asks; each argument is evaluated once.
#define EXPECT_TOKEN(got)                                                                                                        \
    do {                                                                                                                         \
        SCOPED_TRACE("here");                                                                                                    \
        expect_token(got);                                                                                                       \
    } while (false)

#define EXPECT_CODE(got, expected)                                                                                               \
    do {                                                                                                                         \
        SCOPED_TRACE("here");                                                                                                    \
        expect_code(got, expected);                                                                                              \
    } while (false)

} // namespace entrada::test
