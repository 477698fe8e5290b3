// Room: entra. The manager with real threads and clocks; its decisions have their own tests in virtual time.
#include "entra/renewal_texts.hpp"
#include "entrada/function_credential.hpp"
#include "entrada/static_token_credential.hpp"
#include "entrada/token_manager.hpp"
#include "support/tokens.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <atomic>
#include <condition_variable>
#include <future>
#include <mutex>
#include <thread>

namespace entrada {
namespace {

using namespace std::chrono_literals;
using std::chrono::milliseconds;
using std::chrono::steady_clock;
using std::chrono::system_clock;
using testing::HasSubstr;
using testing::Not;

/// Waits for what other threads do. Never sleeps: it is woken whenever something may have changed.
class watch {
public:
    void changed() {
        const std::scoped_lock lock(mutex_);
        ++changes_;
        changed_.notify_all();
    }
    template <class Predicate>
    [[nodiscard]] bool until(Predicate holds, milliseconds time = 10s) {
        const auto deadline = steady_clock::now() + time;
        std::unique_lock lock(mutex_);
        while (true) {
            const auto seen = changes_;
            lock.unlock();
            if (holds()) return true;
            lock.lock();
            if (!changed_.wait_until(lock, deadline, [&] { return changes_ != seen; })) return false;
        }
    }

private:
    std::mutex mutex_;
    std::condition_variable changed_;
    std::uint64_t changes_ = 0;
};

/// A source of tokens that a test switches on and off.
class fake_source {
public:
    explicit fake_source(milliseconds life) : life_(life) {}

    [[nodiscard]] std::shared_ptr<token_credential> credential() {
        return std::make_shared<function_credential>([this](const token_request& request) { return get(request); },
                                                     "FakeCredential");
    }
    result<access_token> get(const token_request&) {
        EXPECT_EQ(under_way_.fetch_add(1), 0) << "two requests at once";
        const auto number = ++asked;
        asked_watch.changed();
        under_way_.fetch_sub(1);
        if (down) return failure(errc::credential_failed, "the endpoint is down");
        return make(number);
    }
    [[nodiscard]] access_token make(int number) const {
        return {.token = secret_string(test::make_token(R"({"oid":"oid-1","aud":"a","number":)" + std::to_string(number) + "}")),
                .expires_on = system_clock::now() + life_.load(),
                .refresh_on = std::nullopt};
    }
    void set_life(milliseconds life) { life_ = life; }

    std::atomic<int> asked{0};
    std::atomic<bool> down{false};
    watch asked_watch;

private:
    std::atomic<milliseconds> life_;
    std::atomic<int> under_way_{0};
};

const peer azure{.host = "c.westeurope.redis.azure.net", .verified = true, .local = false};

/// Takes every request and answers none, until it is let go; then the requests it keeps stay without an answer, new ones have
/// one.
class hanging_source {
public:
    explicit hanging_source(milliseconds life) : tokens_(life) {}

    [[nodiscard]] std::shared_ptr<token_credential> credential() {
        return std::make_shared<function_credential>([this](const token_request& request) { return get(request); },
                                                     "HangingCredential");
    }
    result<access_token> get(const token_request& request) {
        const auto number = ++asked;
        if (!hangs && number > slow_until) return tokens_.make(number);
        std::mutex mutex;
        std::condition_variable_any never;
        std::unique_lock lock(mutex);
        const auto gone = std::min(request.deadline, steady_clock::now() + answers_after.load());
        never.wait_until(lock, request.stop, gone, [] { return false; });
        if (gone < request.deadline && !request.stop.stop_requested()) return tokens_.make(number);
        return failure(request.stop.stop_requested() ? errc::cancelled : errc::timeout, "no complete answer");
    }

    std::atomic<int> asked{0};
    std::atomic<bool> hangs{false};
    std::atomic<int> slow_until{0};
    std::atomic<milliseconds> answers_after{milliseconds(1h)};

private:
    fake_source tokens_;
};

class token_manager_test : public testing::Test {
protected:
    token_manager_options options() {
        token_manager_options made;
        made.on_event = [this](const token_event& event) {
            {
                const std::scoped_lock lock(mutex_);
                events_.push_back(event);
                if (event.cause) texts_ += event.cause->to_string() + '\n';
            }
            watch_.changed();
        };
        made.log = [this](const log_event& event) {
            {
                const std::scoped_lock lock(mutex_);
                texts_ += event.text + '\n';
            }
            watch_.changed();
        };
        return made;
    }

    [[nodiscard]] int count(token_event::kind kind) {
        const std::scoped_lock lock(mutex_);
        return static_cast<int>(std::ranges::count(events_, kind, &token_event::what));
    }
    [[nodiscard]] std::string texts() {
        const std::scoped_lock lock(mutex_);
        return texts_;
    }
    /// Waits until `current` answers with credentials.
    [[nodiscard]] std::optional<credentials> wait_for_token(token_manager& manager, milliseconds time = 10s) {
        std::optional<credentials> got;
        const auto has = [&] {
            const auto answer = manager.current(azure);
            if (answer.has_value()) got = *answer;
            return got.has_value();
        };
        return watch_.until(has, time) ? got : std::nullopt;
    }
    [[nodiscard]] std::optional<failure> wait_for_failure(token_manager& manager) {
        std::optional<failure> got;
        const auto failed = [&] {
            const auto answer = manager.current(azure);
            if (!answer.has_value()) got = answer.error();
            return got.has_value();
        };
        return watch_.until(failed) ? got : std::nullopt;
    }

    std::mutex mutex_;
    std::vector<token_event> events_;
    std::string texts_;
    watch watch_;
};

TEST_F(token_manager_test, knows_nothing_before_the_first_answer_and_then_the_token_and_its_oid) {
    std::promise<void> let_go;
    fake_source source(1h);
    token_manager manager(std::make_shared<function_credential>([&](const token_request& request) {
                              let_go.get_future().wait();
                              return source.get(request);
                          }),
                          options());
    std::atomic<int> told = 0;
    const auto subscription = manager.subscribe([&] {
        ++told;
        watch_.changed();
    });
    const auto nothing = manager.current(azure);
    ASSERT_TRUE(nothing.has_value());
    EXPECT_FALSE(nothing->has_value());
    EXPECT_EQ(told, 0);
    let_go.set_value();
    ASSERT_TRUE(watch_.until([&] { return told == 1; }));
    const auto token = manager.current(azure);
    ASSERT_TRUE(token.has_value() && token->has_value());
    EXPECT_EQ((*token)->username, "oid-1");
    EXPECT_THAT(std::string((*token)->password.reveal()), testing::StartsWith("ey"));
    EXPECT_EQ((*token)->version, 1U);
    EXPECT_GT((*token)->expires_at, system_clock::now() + 59min);
    EXPECT_EQ(manager.stats().acquired, 1U);
    EXPECT_EQ(manager.stats().failures, 0U);
}

TEST_F(token_manager_test, asks_once_for_the_scope_with_a_deadline_and_a_stop_token) {
    std::promise<token_request> seen;
    auto chosen = options();
    chosen.scope = "scope/.default";
    chosen.request_timeout = 3s;
    const auto before = steady_clock::now();
    token_manager manager(std::make_shared<function_credential>([&](const token_request& request) -> result<access_token> {
                              seen.set_value(request);
                              return fake_source(1h).make(1);
                          }),
                          chosen);
    const auto request = seen.get_future().get();
    EXPECT_EQ(request.scope, "scope/.default");
    EXPECT_GE(request.deadline, before + 3s);
    EXPECT_LE(request.deadline, steady_clock::now() + 3s);
    EXPECT_EQ(request.pause_max, 0ms); // repeating is the manager's work
    EXPECT_TRUE(request.stop.stop_possible());
}

TEST_F(token_manager_test, turns_tokens_under_way_without_a_gap) {
    fake_source source(1500ms);
    token_manager manager(source.credential(), options());
    ASSERT_TRUE(wait_for_token(manager));
    std::uint64_t version = 0;
    while (version < 4) {
        const auto got = manager.current(azure);
        ASSERT_TRUE(got.has_value()) << got.error().to_string();
        ASSERT_TRUE(got->has_value());
        EXPECT_GT((*got)->expires_at, system_clock::now());
        EXPECT_GE((*got)->version, version);
        version = (*got)->version;
    }
    EXPECT_GE(count(token_event::kind::renewed), 3);
    EXPECT_EQ(count(token_event::kind::renewal_failed), 0);
}

TEST_F(token_manager_test, takes_the_user_name_of_the_options_and_then_reads_no_token) {
    auto chosen = options();
    chosen.username = "explicit";
    token_manager manager(
        std::make_shared<static_token_credential>(
            access_token{.token = secret_string("opaque"), .expires_on = system_clock::now() + 1h, .refresh_on = std::nullopt}),
        chosen);
    const auto got = wait_for_token(manager);
    ASSERT_TRUE(got);
    EXPECT_EQ(got->username, "explicit");
}

TEST_F(token_manager_test, refuses_tokens_it_cannot_use_and_says_what_to_do) {
    const std::pair<access_token, const char*> cases[] = {
        {{.token = secret_string("opaque"), .expires_on = system_clock::now() + 1h, .refresh_on = {}}, "Redis:User"},
        {{.token = secret_string(test::make_token("{}")), .expires_on = system_clock::now() + 1h, .refresh_on = {}},
         "no oid claim"},
        {{.token = secret_string(test::make_token(R"({"oid":"o"})")), .expires_on = system_clock::now() - 1s, .refresh_on = {}},
         "clock"},
        {{.token = {}, .expires_on = system_clock::now() + 1h, .refresh_on = {}}, "empty token"}};
    for (const auto& [token, text] : cases) {
        token_manager manager(std::make_shared<static_token_credential>(token), options());
        const auto failed = wait_for_failure(manager);
        ASSERT_TRUE(failed);
        EXPECT_EQ(failed->code(), errc::token_unavailable);
        EXPECT_THAT(failed->detail(), testing::AllOf(HasSubstr(text), HasSubstr("token not usable")));
    }
}

TEST_F(token_manager_test, without_a_token_fails_with_cause_count_and_since_when_and_goes_on_asking) {
    fake_source source(1h);
    source.down = true;
    token_manager manager(source.credential(), options());
    ASSERT_TRUE(watch_.until([&] { return count(token_event::kind::renewal_failed) >= 3; }));
    const auto failed = manager.current(azure);
    ASSERT_FALSE(failed.has_value());
    EXPECT_EQ(failed.error().code(), errc::token_unavailable);
    EXPECT_THAT(failed.error().detail(),
                testing::MatchesRegex("there was no token yet; renewal has failed [0-9]+ times since "
                                      "20[0-9-]+T[0-9:]+Z and goes on; last cause: credential failed: the endpoint is down.*"));
    EXPECT_GE(manager.stats().failures, 3U);
    source.down = false;
    EXPECT_TRUE(wait_for_token(manager));
}

TEST_F(token_manager_test, tells_listeners_that_the_first_request_failed) {
    std::promise<void> let_go;
    token_manager manager(std::make_shared<function_credential>(
                              [&, gone = let_go.get_future().share()](const token_request&) -> result<access_token> {
                                  gone.wait();
                                  return failure(errc::credential_failed, "the endpoint is down");
                              }),
                          options());
    std::atomic<bool> told = false;
    const auto subscription = manager.subscribe([&] {
        told = !manager.current(azure).has_value();
        watch_.changed();
    });
    let_go.set_value();
    EXPECT_TRUE(watch_.until([&] { return told.load(); }));
}

TEST_F(token_manager_test, outlives_an_outage_longer_than_a_life_and_has_a_token_a_second_after_it) {
    fake_source source(300ms);
    token_manager manager(source.credential(), options());
    ASSERT_TRUE(wait_for_token(manager));
    source.down = true;
    const auto failed = wait_for_failure(manager);
    ASSERT_TRUE(failed);
    EXPECT_EQ(failed->code(), errc::token_unavailable);
    EXPECT_THAT(failed->detail(), testing::AllOf(testing::StartsWith("the token ended "), HasSubstr("the endpoint is down")));
    const auto failures = count(token_event::kind::renewal_failed);
    ASSERT_TRUE(watch_.until([&] { return count(token_event::kind::renewal_failed) >= failures + 2; }));
    source.set_life(1h);
    source.down = false;
    const auto back = steady_clock::now();
    ASSERT_TRUE(wait_for_token(manager));
    EXPECT_LT(steady_clock::now() - back, 1500ms);
    EXPECT_THAT(texts(), testing::AllOf(HasSubstr("no newer one could be had"), HasSubstr("token renewed, ends ")));
}

TEST_F(token_manager_test, says_who_does_not_answer_if_the_very_first_request_hangs) {
    hanging_source source(1h);
    source.hangs = true;
    token_manager manager(source.credential(), options());
    const auto began = steady_clock::now();
    result<std::optional<credentials>> got = std::optional<credentials>();
    while ((got = manager.current(azure)) && steady_clock::now() - began < 5s) std::this_thread::yield();
    ASSERT_FALSE(got.has_value());
    EXPECT_LT(steady_clock::now() - began, 3s);
    EXPECT_EQ(got.error().code(), errc::token_unavailable);
    EXPECT_THAT(got.error().detail(), HasSubstr("HangingCredential"));
    // The alarm and the deadline of the request pass in the same moment; either may be told first.
    EXPECT_THAT(got.error().detail(), testing::AnyOf(HasSubstr("no answer for 2."), HasSubstr("has given no answer yet")));
}

TEST_F(token_manager_test, outlives_a_source_that_hangs_and_has_a_token_soon_after_it) {
    hanging_source source(1s);
    token_manager manager(source.credential(), options());
    ASSERT_TRUE(wait_for_token(manager));
    source.hangs = true;
    const auto hung = steady_clock::now();
    const auto failed = wait_for_failure(manager);
    ASSERT_TRUE(failed);
    EXPECT_LT(steady_clock::now() - hung, 3s);
    EXPECT_EQ(failed->code(), errc::token_unavailable);
    const auto failures = count(token_event::kind::renewal_failed);
    ASSERT_TRUE(watch_.until([&] { return count(token_event::kind::renewal_failed) >= failures + 2; }));
    source.hangs = false;
    const auto back = steady_clock::now();
    ASSERT_TRUE(wait_for_token(manager));
    EXPECT_LT(steady_clock::now() - back, 1500ms);
}

TEST_F(token_manager_test, gets_a_token_from_a_source_that_is_slower_than_a_short_request) {
    hanging_source source(1h);
    source.hangs = true;
    auto chosen = options();
    chosen.request_timeout = 3s;
    token_manager manager(source.credential(), chosen);
    ASSERT_TRUE(watch_.until([&] { return count(token_event::kind::renewal_failed) >= 1; }));
    source.answers_after = 2s; // longer than any but the patient request may take
    ASSERT_TRUE(wait_for_token(manager));
    EXPECT_EQ(manager.stats().acquired, 1U);
}

TEST_F(token_manager_test, ends_promptly_with_a_patient_request_beside_a_short_one) {
    hanging_source source(300ms);
    auto manager = std::make_unique<token_manager>(source.credential(), options());
    ASSERT_TRUE(wait_for_token(*manager));
    source.hangs = true;
    ASSERT_TRUE(watch_.until([&] { return count(token_event::kind::renewal_failed) >= 2; }));
    const auto begin = steady_clock::now();
    manager.reset();
    EXPECT_LT(steady_clock::now() - begin, 500ms);
}

TEST_F(token_manager_test, keeps_a_good_token_while_renewal_fails) {
    fake_source source(600ms);
    token_manager manager(source.credential(), options());
    const auto first = wait_for_token(manager);
    ASSERT_TRUE(first);
    source.down = true;
    ASSERT_TRUE(watch_.until([&] { return count(token_event::kind::renewal_failed) >= 1; }));
    const auto kept = manager.current(azure);
    const bool ended_meanwhile = system_clock::now() >= *first->expires_at;
    EXPECT_TRUE(ended_meanwhile || (kept.has_value() && *kept && (*kept)->version == first->version));
}

TEST_F(token_manager_test, tells_listeners_when_the_token_ends) {
    fake_source source(200ms);
    std::atomic<bool> told_without_token = false;
    token_manager manager(source.credential(), options());
    const auto subscription = manager.subscribe([&] {
        if (!manager.current(azure).has_value()) told_without_token = true;
        watch_.changed();
    });
    ASSERT_TRUE(wait_for_token(manager));
    source.down = true;
    EXPECT_TRUE(watch_.until([&] { return told_without_token.load(); }));
}

TEST_F(token_manager_test, a_source_that_gives_one_token_for_ever_turns_nothing) {
    token_manager manager(std::make_shared<static_token_credential>(fake_source(300ms).make(1)), options());
    ASSERT_TRUE(wait_for_token(manager));
    const auto failed = wait_for_failure(manager);
    ASSERT_TRUE(failed);
    EXPECT_THAT(failed->detail(), HasSubstr("the token ended"));
    EXPECT_EQ(manager.stats().acquired, 1U);
}

TEST_F(token_manager_test, ends_promptly_with_a_request_under_way) {
    std::promise<void> asked;
    std::atomic<bool> cancelled = false;
    auto manager = std::make_unique<token_manager>(
        std::make_shared<function_credential>([&](const token_request& request) -> result<access_token> {
            std::mutex mutex;
            std::condition_variable_any never;
            std::unique_lock lock(mutex);
            asked.set_value();
            never.wait_until(lock, request.stop, request.deadline, [] { return false; });
            cancelled = request.stop.stop_requested();
            return failure(errc::cancelled, "stopped");
        }),
        options());
    asked.get_future().wait();
    const auto begin = steady_clock::now();
    manager.reset();
    EXPECT_LT(steady_clock::now() - begin, 1s);
    EXPECT_TRUE(cancelled);
    EXPECT_EQ(count(token_event::kind::renewal_failed), 0);
}

TEST_F(token_manager_test, refuses_hosts_before_anything_else) {
    fake_source source(1h);
    auto chosen = options();
    chosen.allowed_hosts = {"cache.example"};
    token_manager manager(source.credential(), chosen);
    EXPECT_EQ(manager.current({.host = "other.example", .verified = true, .local = false}).error().code(),
              errc::token_host_refused);
    ASSERT_TRUE(wait_for_token(manager));
    EXPECT_EQ(manager.current({.host = "other.example", .verified = true, .local = false}).error().code(),
              errc::token_host_refused);
    EXPECT_EQ(manager.current({.host = "cache.example", .verified = false, .local = false}).error().code(),
              errc::token_host_refused);
    EXPECT_TRUE(manager.current({.host = "cache.example", .verified = true, .local = false}).value().has_value());
}

TEST_F(token_manager_test, tells_what_happened_to_connections) {
    fake_source source(1h);
    token_manager manager(source.credential(), options());
    ASSERT_TRUE(wait_for_token(manager));
    manager.report({.server = azure, .version = 1, .again = true, .refused = std::nullopt});
    manager.report({.server = azure, .version = 1, .again = true, .refused = failure(errc::connection_lost, "gone")});
    manager.report({.server = azure, .version = 1, .again = false, .refused = std::nullopt});
    ASSERT_EQ(count(token_event::kind::connection_reauthenticated), 1);
    ASSERT_EQ(count(token_event::kind::reauthentication_failed), 1);
    const std::scoped_lock lock(mutex_);
    const auto& last = events_.back();
    EXPECT_EQ(last.host, azure.host);
    EXPECT_GT(last.expires_on, system_clock::now());
    ASSERT_TRUE(last.cause.has_value());
    EXPECT_EQ(last.cause->code(), errc::connection_lost);
}

TEST_F(token_manager_test, asks_sooner_when_a_server_refuses_the_token_in_use) {
    fake_source source(1h);
    token_manager manager(source.credential(), options());
    ASSERT_TRUE(wait_for_token(manager));
    const failure wrong(errc::wrong_pass, "WRONGPASS invalid username-password pair");
    manager.report({.server = azure, .version = 7, .again = false, .refused = wrong}); // of a token long gone
    manager.report({.server = azure, .version = 1, .again = false, .refused = failure(errc::timeout, "slow")});
    EXPECT_THAT(texts(), Not(HasSubstr("refused the token")));
    manager.report({.server = azure, .version = 1, .again = false, .refused = wrong});
    EXPECT_TRUE(source.asked_watch.until([&] { return source.asked == 2; }));
    EXPECT_THAT(texts(), testing::AllOf(HasSubstr(azure.host + " refused the token (user name oid-1, audience a, ends 20"),
                                        HasSubstr("WRONGPASS")));
}

TEST_F(token_manager_test, a_refusal_of_the_old_token_is_not_held_against_the_one_that_was_under_way) {
    std::promise<void> asked;
    std::promise<void> let_go;
    std::atomic<int> requests = 0;
    watch asks;
    token_manager manager(std::make_shared<function_credential>([&](const token_request&) -> result<access_token> {
                              const int number = ++requests;
                              asks.changed();
                              if (number == 2) {
                                  asked.set_value();
                                  let_go.get_future().wait();
                              }
                              return fake_source(number == 1 ? milliseconds(1s) : milliseconds(1h)).make(number);
                          }),
                          options());
    asked.get_future().wait();
    manager.report({.server = azure, .version = 1, .again = false, .refused = failure(errc::wrong_pass, "WRONGPASS")});
    let_go.set_value();
    ASSERT_TRUE(watch_.until([&] { return count(token_event::kind::renewed) == 2; }));
    EXPECT_FALSE(asks.until([&] { return requests > 2; }, 300ms));
}

TEST_F(token_manager_test, a_listener_is_not_called_after_its_subscription_has_ended) {
    fake_source source(100ms);
    token_manager manager(source.credential(), options());
    for (int i = 0; i < 20; ++i) {
        auto alive = std::make_shared<std::atomic<bool>>(true);
        std::atomic<int> calls = 0;
        auto subscription = manager.subscribe([&calls, alive, this] {
            EXPECT_TRUE(*alive);
            ++calls;
            watch_.changed();
        });
        ASSERT_TRUE(watch_.until([&] { return calls > 0; }));
        subscription.reset();
        *alive = false;
    }
}

TEST_F(token_manager_test, the_end_of_a_subscription_waits_for_a_listener_that_is_running) {
    fake_source source(100ms);
    std::promise<void> entered;
    std::promise<void> leave;
    std::atomic<bool> left = false;
    token_manager manager(source.credential(), options());
    auto subscription = manager.subscribe([&, first = true]() mutable {
        if (!std::exchange(first, false)) return;
        entered.set_value();
        leave.get_future().wait();
        left = true;
    });
    entered.get_future().wait();
    auto ended = std::async(std::launch::async, [&] {
        subscription.reset();
        return left.load();
    });
    EXPECT_EQ(ended.wait_for(50ms), std::future_status::timeout);
    leave.set_value();
    EXPECT_TRUE(ended.get());
}

TEST_F(token_manager_test, a_listener_may_end_its_own_subscription_ask_for_the_token_and_subscribe) {
    fake_source source(100ms);
    token_manager manager(source.credential(), options());
    std::mutex mutex;
    std::unique_ptr<credentials_provider::subscription> mine;
    std::unique_ptr<credentials_provider::subscription> another;
    std::atomic<int> calls = 0;
    {
        const std::scoped_lock lock(mutex);
        mine = manager.subscribe([&] {
            const std::scoped_lock inner(mutex);
            ++calls;
            (void)manager.current(azure);
            another = manager.subscribe([] {});
            mine.reset();
            watch_.changed();
        });
    }
    ASSERT_TRUE(watch_.until([&] { return calls == 1; }));
    const auto renewed = count(token_event::kind::renewed);
    ASSERT_TRUE(watch_.until([&] { return count(token_event::kind::renewed) >= renewed + 3; }));
    EXPECT_EQ(calls, 1);
}

TEST_F(token_manager_test, a_subscription_may_outlive_its_manager) {
    fake_source source(1h);
    auto manager = std::make_unique<token_manager>(source.credential(), options());
    const auto subscription = manager->subscribe([] {});
    ASSERT_TRUE(wait_for_token(*manager));
    manager.reset();
}

TEST_F(token_manager_test, code_of_others_that_throws_does_not_end_renewal) {
    fake_source source(100ms);
    class throwing final : public token_credential {
    public:
        explicit throwing(fake_source& from) : source_(from) {}
        result<access_token> get_token(const token_request& request) override {
            if (++calls_ % 3 == 1) throw std::runtime_error("boom");
            if (calls_ % 3 == 2) throw 7; // not even an exception of the library
            return source_.get(request);
        }
        std::string_view name() const noexcept override { return "Throwing"; }

    private:
        fake_source& source_;
        int calls_ = 0;
    };
    std::atomic<int> events = 0;
    token_manager_options chosen;
    chosen.log = [](const log_event&) { throw std::runtime_error("log"); };
    chosen.on_event = [&](const token_event&) {
        ++events;
        watch_.changed();
        throw std::runtime_error("event");
    };
    token_manager manager(std::make_shared<throwing>(source), chosen);
    const auto subscription = manager.subscribe([] { throw std::runtime_error("listener"); });
    EXPECT_TRUE(watch_.until([&] { return events > 6; }));
}

TEST_F(token_manager_test, says_no_token_anywhere) {
    fake_source source(150ms);
    token_manager manager(source.credential(), options());
    const auto token = wait_for_token(manager);
    ASSERT_TRUE(token);
    manager.report({.server = azure, .version = 1, .again = true, .refused = failure(errc::wrong_pass, "WRONGPASS")});
    source.down = true;
    const auto failed = wait_for_failure(manager);
    ASSERT_TRUE(failed);
    const auto all = texts() + failed->to_string();
    const std::string secret(token->password.reveal());
    EXPECT_THAT(all, Not(HasSubstr(secret)));
    EXPECT_THAT(all, Not(HasSubstr(secret.substr(secret.find('.')))));
}

TEST_F(token_manager_test, without_a_credential_fails_instead_of_crashing) {
    token_manager manager(nullptr, options());
    const auto failed = wait_for_failure(manager);
    ASSERT_TRUE(failed);
    EXPECT_THAT(failed->detail(), HasSubstr("without a credential"));
}

TEST(renewal_texts, name_moments_in_utc_and_spans_in_seconds) {
    using entra::describe_trouble;
    const system_clock::time_point at{std::chrono::seconds(1'700'000'000)};
    EXPECT_EQ(entra::format_utc(at), "2023-11-14T22:13:20Z");
    EXPECT_EQ(describe_trouble({.now = at,
                                .token_ended = at - 34s,
                                .failures = 1,
                                .failing_since = at - 40s,
                                .unanswered = 2500ms,
                                .source = "SomeCredential",
                                .last_cause = "why"}),
              "the token ended 34 s ago, at 2023-11-14T22:12:46Z; renewal has failed 1 time since 2023-11-14T22:12:40Z and goes "
              "on; last "
              "cause: why; the request to SomeCredential for a new one has had no answer for 2.5 s");
}

} // namespace
} // namespace entrada
