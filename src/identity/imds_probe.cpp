#include "identity/imds_probe.hpp"

#include "base/clock.hpp"

namespace entrada::identity {
namespace {

using namespace std::chrono_literals;

// Less misses services on busy nodes, more is felt at the start of every program outside Azure.
constexpr auto probe_time = 1000ms;
constexpr auto absence_believed = 10s;

} // namespace

std::optional<failure> imds_probe::look(const inquiry& inquiry) {
    {
        const std::scoped_lock lock(mutex_);
        if (present_) return std::nullopt;
        if (absent_ && inquiry.world().clock->steady() < absent_->until) return inquiry.unavailable(absent_->reason);
    }
    return ask(inquiry);
}

/// Without the header that the service wants: it refuses at once, and whoever refuses is there.
std::optional<failure> imds_probe::ask(const inquiry& inquiry) {
    net::http_request request;
    request.url = url_;
    const auto response = inquiry.send(request, probe_time);
    const bool callers_end =
        inquiry.request().stop.stop_requested() || inquiry.world().clock->steady() >= inquiry.request().deadline;
    if (!response.has_value() && callers_end) // says nothing about the service
        return inquiry.without_answer(response.error(), credential_attempt::outcome::unavailable);
    if (!response.has_value()) return absent(inquiry, "no metadata service here: " + response.error().to_string());
    const auto status = response->status;
    const bool docker = status == 403 && response->body.reveal().find("unreachable") != std::string_view::npos;
    if (docker || status == 502 || status == 504)
        return absent(inquiry, "a proxy answers in place of the metadata service", {.http_status = status});
    const std::scoped_lock lock(mutex_);
    present_ = true;
    return std::nullopt;
}

failure imds_probe::absent(const inquiry& inquiry, std::string reason, answer_facts facts) {
    const std::scoped_lock lock(mutex_);
    absent_ = absence{inquiry.world().clock->steady() + absence_believed, reason};
    return inquiry.unavailable(std::move(reason), std::move(facts));
}

} // namespace entrada::identity
