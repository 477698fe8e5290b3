// Random lives of many requests against a model: sizes, cuts, cancellations, deadlines and lost sessions, one seed each.
#include "fake_request.hpp"

#include <gtest/gtest.h>

#include <deque>
#include <random>

namespace entrada::conn {
namespace {

using namespace std::chrono_literals;
using time_point = std::chrono::steady_clock::time_point;

/// A server that answers ECHO, fed with the bytes that left, giving its replies in pieces.
class model {
public:
    explicit model(unsigned seed) : random_(seed) { mux_.open(); }

    void run() {
        for (int step = 0; step < 400; ++step) {
            now_ += std::chrono::milliseconds(pick(0, 3));
            act();
            mux_.expire(now_, std::nullopt, done_);
            complete(done_);
        }
        while (!mux_.idle()) {
            send_all_to_server();
            ASSERT_FALSE(arrive(mux_, std::exchange(replies_, {}), done_));
            complete(done_);
        }
        for (const fake_request& one : requests_) {
            ASSERT_EQ(one.completions(), 1) << one.text();
            if (!one.error) {
                ASSERT_EQ(one.got(), one.text());
            }
        }
    }

private:
    void act() {
        switch (pick(0, 9)) {
        case 0:
        case 1:
        case 2:
            submit();
            break;
        case 3:
        case 4:
            send_some();
            break;
        case 5:
        case 6:
        case 7:
            reply_some();
            break;
        case 8:
            cancel_one();
            break;
        default:
            if (pick(0, 9) == 0) lose();
        }
    }

    void submit() {
        const std::size_t size = pick(0, 19) == 0 ? pick(10'000, 60'000) : pick(0, 40);
        std::string text = std::to_string(requests_.size()) + ":" + std::string(size, 'x');
        requests_.emplace_back(std::move(text), now_ + std::chrono::milliseconds(pick(1, 200)));
        mux_.submit(requests_.back(), done_);
    }

    void send_some() {
        const std::string_view bytes = mux_.outgoing().substr(0, pick(0, 300));
        received_ += bytes;
        mux_.sent(bytes.size());
        serve();
    }

    void send_all_to_server() {
        received_ += send_all(mux_);
        serve();
    }

    /// Answers every whole command: "*2 $4 ECHO $n text".
    void serve() {
        for (;;) {
            const std::size_t size_at = received_.find("ECHO\r\n$");
            if (size_at == std::string::npos) return;
            const std::size_t size_end = received_.find("\r\n", size_at + 7);
            if (size_end == std::string::npos) return;
            const std::size_t size = std::stoul(received_.substr(size_at + 7, size_end - size_at - 7));
            if (received_.size() < size_end + 4 + size) return;
            replies_ += received_.substr(size_at + 6, size_end + 4 + size - size_at - 6);
            received_.erase(0, size_end + 4 + size);
        }
    }

    void reply_some() {
        const std::size_t count = std::min(replies_.size(), pick(1, 20'000));
        const std::string piece = replies_.substr(0, count);
        replies_.erase(0, count);
        ASSERT_FALSE(arrive(mux_, piece, done_));
    }

    void cancel_one() {
        if (!requests_.empty()) mux_.cancel({requests_[pick(0, requests_.size() - 1)].serial}, done_);
    }

    void lose() {
        mux_.close({errc::connection_lost, "cut"}, done_);
        received_.clear();
        replies_.clear();
        mux_.open();
    }

    std::size_t pick(std::size_t low, std::size_t high) { return std::uniform_int_distribution<std::size_t>(low, high)(random_); }

    std::mt19937 random_;
    multiplexer mux_{{}, "model"};
    request_list done_;
    std::deque<fake_request> requests_;
    std::string received_;
    std::string replies_;
    time_point now_{1h};
};

TEST(multiplexer_model, every_request_completes_once_and_with_its_own_reply) {
    for (unsigned seed = 0; seed < 300; ++seed) {
        SCOPED_TRACE("seed " + std::to_string(seed));
        ASSERT_NO_FATAL_FAILURE(model(seed).run());
    }
}

} // namespace
} // namespace entrada::conn
