#include "identity/imds_probe.hpp"

#include "base/clock.hpp"

namespace entrada::identity {
namespace {

using namespace std::chrono_literals;

// Less misses services on busy nodes, more is felt at the start of every program outside Azure.
constexpr auto probe_time = 1000ms;
constexpr auto absence_believed = 10s;

/// Why an answer is none of the service's; empty if it is one.
std::string_view impostor(const net::http_response& response) {
    const bool docker = response.status == 403 && response.body.reveal().find("unreachable") != std::string_view::npos;
    return docker || response.status == 502 || response.status == 504 ? "a proxy answers in place of the metadata service"
                                                                      : std::string_view{};
}

} // namespace

std::optional<failure> imds_probe::look(const inquiry& inquiry) {
    const auto& clock = *inquiry.world().clock;
    const auto& stop = inquiry.request().stop;
    std::unique_lock lock(mutex_);
    if (present_) return std::nullopt;
    const bool believed_absent = absent_ && clock.steady() < absent_->until;
    if (!believed_absent) {
        if (!asking_) start(inquiry.world());
        (void)clock.wait(lock, answered_, inquiry.request().deadline, stop, [this] { return !asking_; });
        if (present_) return std::nullopt;
        if (stop.stop_requested()) return inquiry.stopped("stopped by the caller while looking for a metadata service");
        if (clock.steady() >= inquiry.request().deadline) return inquiry.out_of_time("no metadata service has answered yet");
    }
    return inquiry.unavailable(absent_->reason, {.http_status = absent_->http_status});
}

void imds_probe::start(const credential_context& world) {
    asking_ = true;
    absent_.reset();
    worker_ =
        std::jthread([this, http = world.http, clock = world.clock](const std::stop_token& stop) { ask(*http, *clock, stop); });
}

/// Without the header that the service wants: it refuses at once, and whoever refuses is there.
void imds_probe::ask(net::http_client& http, const base::clock& clock, const std::stop_token& stop) {
    net::http_request request;
    request.url = url_;
    request.deadline = clock.steady() + probe_time;
    request.stop = stop;
    const auto response = http.send(request);
    const std::scoped_lock lock(mutex_);
    asking_ = false;
    const auto why_not =
        response.has_value() ? std::string(impostor(*response)) : "no metadata service here: " + without_time(response.error());
    if (why_not.empty())
        present_ = true;
    else
        absent_ = absence{clock.steady() + absence_believed, why_not, response.has_value() ? response->status : 0};
    answered_.notify_all();
}

std::shared_ptr<imds_probe> imds_probes::of(const std::string& url) {
    const std::scoped_lock lock(mutex_);
    auto& probe = probes_[url];
    if (!probe) probe = std::make_shared<imds_probe>(url);
    return probe;
}

std::shared_ptr<imds_probes> imds_probes::of_this_process() {
    static const auto instance = std::make_shared<imds_probes>();
    return instance;
}

} // namespace entrada::identity
