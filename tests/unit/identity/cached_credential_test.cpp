// Room: identity. The cache of tokens: what is kept, who is asked when, and who waits for what.
#include "entrada/cached_credential.hpp"
#include "entrada/credential_report.hpp"
#include "entrada/function_credential.hpp"
#include "unit/identity/credential_fixture.hpp"

#include <atomic>
#include <future>
#include <thread>

namespace entrada {
namespace {

using namespace test;
using namespace std::chrono_literals;

class token_cache : public credential_test {
protected:
    std::atomic<int> asked_ = 0;
    std::atomic<int> logged_ = 0;
    std::atomic<bool> works_ = true;
    std::chrono::milliseconds life_ = 1h;
    std::optional<std::chrono::milliseconds> refresh_in_;
    std::vector<std::string> tenants_;

    access_token token(const token_request& request) {
        access_token made{.token = secret_string(request.scope + '#' + std::to_string(asked_.load())),
                          .expires_on = clock_->wall() + life_,
                          .refresh_on = std::nullopt};
        if (refresh_in_) made.refresh_on = clock_->wall() + *refresh_in_;
        return made;
    }
    std::shared_ptr<token_credential> source_of_tokens() {
        return std::make_shared<function_credential>([this](const token_request& request) -> result<access_token> {
            ++asked_;
            tenants_.push_back(request.tenant_id);
            if (!works_) return failure(errc::credential_failed, "out of order");
            return token(request);
        });
    }
    cached_credential cache() {
        auto world = context();
        world.log = [this](const log_event& event) {
            logged_ += event.text.find("the old one still serves") != std::string::npos;
        };
        return cached_credential(source_of_tokens(), {}, world);
    }
    int log_count() const { return logged_; }
    /// Asks until the request in the background, which the call before started, has brought its news.
    std::string ask_until_asked(cached_credential& from, int count) {
        while (asked_ < count) (void)text(from.get_token(request()));
        std::string last;
        const auto begin = std::chrono::steady_clock::now();
        do {
            last = text(from.get_token(request()));
        } while (!last.ends_with('#' + std::to_string(count)) && std::chrono::steady_clock::now() - begin < 10s);
        return last;
    }
    static std::string text(const result<access_token>& got) {
        return got.has_value() ? std::string(got->token.reveal()) : got.error().to_string();
    }
    token_request request_for(std::string scope, std::string tenant = {}) const {
        auto asked = request();
        asked.scope = std::move(scope);
        asked.tenant_id = std::move(tenant);
        return asked;
    }
};

TEST_F(token_cache, gives_the_same_token_until_five_minutes_before_its_end) {
    auto tokens = cache();
    EXPECT_EQ(text(tokens.get_token(request_for("a"))), "a#1");
    clock_->advance(54min);
    EXPECT_EQ(text(tokens.get_token(request_for("a"))), "a#1");
    clock_->advance(1min);
    EXPECT_EQ(text(tokens.get_token(request_for("a"))), "a#2");
    EXPECT_EQ(asked_, 2);
}

TEST_F(token_cache, keeps_short_lived_tokens_for_four_fifths_of_their_life) {
    life_ = 10s;
    auto tokens = cache();
    EXPECT_EQ(text(tokens.get_token(request_for("a"))), "a#1");
    clock_->advance(7900ms);
    EXPECT_EQ(text(tokens.get_token(request_for("a"))), "a#1");
    clock_->advance(100ms);
    EXPECT_EQ(text(tokens.get_token(request_for("a"))), "a#2");
}

TEST_F(token_cache, has_one_token_for_each_scope_and_tenant) {
    auto tokens = cache();
    EXPECT_EQ(text(tokens.get_token(request_for("a"))), "a#1");
    EXPECT_EQ(text(tokens.get_token(request_for("b"))), "b#2");
    EXPECT_EQ(text(tokens.get_token(request_for("a", "T.example"))), "a#3");
    EXPECT_EQ(text(tokens.get_token(request_for("a", "t.EXAMPLE"))), "a#3");
    EXPECT_EQ(text(tokens.get_token(request_for("a"))), "a#1");
    EXPECT_THAT(tenants_, ElementsAre("", "", "T.example"));
}

TEST_F(token_cache, asks_ahead_of_time_when_the_issuer_says_so_and_nobody_waits) {
    refresh_in_ = 30min;
    auto tokens = cache();
    EXPECT_EQ(text(tokens.get_token(request_for("a"))), "a#1");
    clock_->advance(30min);
    EXPECT_EQ(text(tokens.get_token(request_for("a"))), "a#1"); // the old one, at once
    while (asked_ < 2) std::this_thread::yield();
}

TEST_F(token_cache, without_a_word_of_the_issuer_half_of_a_long_life_is_enough) {
    life_ = 24h;
    auto tokens = cache();
    EXPECT_THAT(text(tokens.get_token(request())), testing::EndsWith("#1"));
    clock_->advance(12h);
    EXPECT_THAT(ask_until_asked(tokens, 2), testing::EndsWith("#2"));
}

TEST_F(token_cache, a_failure_ahead_of_time_costs_nothing_and_is_not_repeated_at_once) {
    refresh_in_ = 10min;
    auto tokens = cache();
    EXPECT_THAT(text(tokens.get_token(request())), testing::EndsWith("#1"));
    works_ = false;
    clock_->advance(10min);
    EXPECT_THAT(text(tokens.get_token(request())), testing::EndsWith("#1"));
    while (log_count() == 0) std::this_thread::yield();
    clock_->advance(29s);
    for (int i = 0; i < 3; ++i) EXPECT_THAT(text(tokens.get_token(request())), testing::EndsWith("#1"));
    EXPECT_EQ(asked_, 2);
    works_ = true;
    clock_->advance(1s);
    EXPECT_THAT(ask_until_asked(tokens, 3), testing::EndsWith("#3"));
    EXPECT_EQ(log_count(), 1);
}

TEST_F(token_cache, a_token_near_its_end_serves_when_no_newer_one_can_be_had_and_never_after) {
    auto tokens = cache();
    EXPECT_THAT(text(tokens.get_token(request())), testing::EndsWith("#1"));
    works_ = false;
    clock_->advance(59min);
    EXPECT_THAT(text(tokens.get_token(request())), testing::EndsWith("#1"));
    EXPECT_EQ(asked_, 2);
    clock_->advance(1min);
    EXPECT_CODE(tokens.get_token(request()), errc::credential_failed);
    EXPECT_EQ(asked_, 3);
}

TEST_F(token_cache, a_token_that_ends_no_later_is_no_news) {
    auto given = token(request());
    given.refresh_on = clock_->wall() + 10min;
    auto same = std::make_shared<function_credential>([&](const token_request&) -> result<access_token> {
        ++asked_;
        return given;
    });
    cached_credential tokens(same, {}, context());
    EXPECT_TRUE(tokens.get_token(request()).has_value());
    clock_->advance(10min);
    EXPECT_TRUE(tokens.get_token(request()).has_value());
    while (asked_ < 2) std::this_thread::yield();
    const auto begin = std::chrono::steady_clock::now();
    while (std::chrono::steady_clock::now() - begin < 20ms) EXPECT_TRUE(tokens.get_token(request()).has_value());
    EXPECT_EQ(asked_, 2);
}

class slow_source : public credential_test {
protected:
    std::promise<void> asked_;
    std::promise<void> answer_;
    std::atomic<int> calls_ = 0;
    std::shared_ptr<token_credential> source_ =
        std::make_shared<function_credential>([this](const token_request& request) -> result<access_token> {
            if (++calls_ == 1) asked_.set_value();
            const auto answered = answer_.get_future();
            while (answered.wait_for(1ms) != std::future_status::ready)
                if (request.stop.stop_requested()) return failure(errc::cancelled, "stopped");
            return access_token{
                .token = secret_string("the-token"), .expires_on = clock_->wall() + 1h, .refresh_on = std::nullopt};
        });
};

TEST_F(slow_source, is_asked_once_for_a_hundred_callers_and_each_waits_as_long_as_it_likes) {
    cached_credential tokens(source_, {}, context());
    std::vector<std::future<result<access_token>>> callers;
    for (int i = 0; i < 100; ++i) callers.push_back(std::async(std::launch::async, [&] { return tokens.get_token(request()); }));
    asked_.get_future().wait();
    std::stop_source source;
    auto stopped = std::async(std::launch::async, [&] { return tokens.get_token(request(15s, source.get_token())); });
    source.request_stop();
    EXPECT_CODE(stopped.get(), errc::cancelled);
    EXPECT_CODE(tokens.get_token(request(0s)), errc::timeout);
    answer_.set_value();
    for (auto& one : callers) EXPECT_TOKEN(one.get());
    EXPECT_EQ(calls_, 1);
}

TEST_F(slow_source, is_not_ended_by_the_one_who_asked_first) {
    cached_credential tokens(source_, {}, context());
    std::stop_source source;
    auto first = std::async(std::launch::async, [&] { return tokens.get_token(request(15s, source.get_token())); });
    asked_.get_future().wait();
    source.request_stop();
    EXPECT_CODE(first.get(), errc::cancelled);
    answer_.set_value();
    EXPECT_TOKEN(tokens.get_token(request()));
    EXPECT_EQ(calls_, 1);
}

TEST_F(slow_source, is_stopped_with_the_cache) {
    {
        cached_credential tokens(source_, {}, context());
        EXPECT_CODE(tokens.get_token(request(0s)), errc::timeout);
        asked_.get_future().wait();
    }
    EXPECT_EQ(calls_, 1);
}

TEST_F(token_cache, a_source_that_names_a_time_is_left_alone_until_then) {
    auto throttled = std::make_shared<function_credential>([&](const token_request& request) -> result<access_token> {
        if (++asked_ != 2) return token(request);
        credential_attempt said;
        said.retry_after = 2min;
        return failure(errc::credential_failed, "busy").with_facts(std::make_shared<credential_report>(std::vector{said}));
    });
    life_ = 10min;
    cached_credential tokens(throttled, {}, context());
    EXPECT_TRUE(tokens.get_token(request()).has_value());
    clock_->advance(10min); // the token has ended
    for (int i = 0; i < 3; ++i) EXPECT_CODE(tokens.get_token(request()), errc::credential_failed);
    clock_->advance(119s);
    EXPECT_THAT(text(tokens.get_token(request())), HasSubstr("busy"));
    EXPECT_EQ(asked_, 2);
    clock_->advance(1s);
    EXPECT_TRUE(tokens.get_token(request()).has_value());
    EXPECT_EQ(asked_, 3);
}

TEST_F(token_cache, holds_no_more_than_64) {
    auto tokens = cache();
    for (int i = 0; i < 65; ++i) (void)tokens.get_token(request_for(std::to_string(i)));
    EXPECT_EQ(asked_, 65);
    (void)tokens.get_token(request_for("64"));
    EXPECT_EQ(asked_, 65);
    for (int i = 0; i < 65; ++i) (void)tokens.get_token(request_for(std::to_string(i)));
    EXPECT_GT(asked_, 65);
}

TEST_F(token_cache, has_the_name_of_what_it_keeps_tokens_of_and_takes_an_exception_for_a_failure) {
    EXPECT_EQ(cache().name(), "FunctionCredential");
    EXPECT_EQ(cache().source(), "FunctionCredential");
    class throwing final : public token_credential {
        result<access_token> get_token(const token_request&) override { throw std::runtime_error("boom"); }
        std::string_view name() const noexcept override { return "Throwing"; }
    };
    cached_credential tokens(std::make_shared<throwing>(), {}, context());
    EXPECT_CODE(tokens.get_token(request()), errc::credential_failed);
}

} // namespace
} // namespace entrada
