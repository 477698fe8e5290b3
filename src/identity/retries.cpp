#include "identity/retries.hpp"

#include "base/clock.hpp"
#include "identity/retry_after.hpp"

#include <algorithm>

namespace entrada::identity {
namespace {

using std::chrono::milliseconds;
using namespace std::chrono_literals;

std::optional<milliseconds> after_imds(int status) {
    if (status == 410) return 3000ms;
    if (status == 404 || status == 429 || status >= 500) return 800ms;
    return std::nullopt;
}

std::optional<milliseconds> after_local(int status) {
    const bool passes = status == 404 || status == 408 || status == 429 || status == 500 || status == 503 || status == 504;
    return passes ? std::optional(1000ms) : std::nullopt;
}

std::optional<milliseconds> after_service_fabric(int status) { return status == 404 ? std::nullopt : after_local(status); }

std::optional<milliseconds> after_entra(int status) {
    return status == 408 || status == 429 || status >= 500 ? std::optional(1000ms) : std::nullopt;
}

bool is_passing_error(const net::http_response& response, const retry_policy& policy) {
    return !policy.passing_error.empty() && response.status != 200
           && read_error_answer(response.body.reveal()).error == policy.passing_error;
}

/// The pause before retry number `retry` (from 0), or nothing if this answer is final.
std::optional<milliseconds> next_pause(const inquiry& inquiry, const net::http_response& response, const retry_policy& policy,
                                       int retry, milliseconds left) {
    auto pause = policy.first_pause(response.status);
    if (!pause && is_passing_error(response, policy)) pause = 1000ms;
    const auto allowed = inquiry.request().pause_max;
    if (!pause || retry >= policy.retries_max || left <= 0ms || allowed <= 0ms) return std::nullopt;
    if (policy.doubles) *pause *= 1 << retry;
    pause = std::min({*pause, allowed, left});
    const auto asked = retry_after_of(response, inquiry.world().clock->wall());
    if (!asked) return pause;
    if (!policy.obeys_retry_after || *asked > left) return std::nullopt;
    return std::max(*pause, *asked);
}

} // namespace

const retry_policy& imds_retries() noexcept {
    static constexpr retry_policy policy{.retries_max = 5, .first_pause = after_imds};
    return policy;
}

const retry_policy& local_retries() noexcept {
    static constexpr retry_policy policy{.retries_max = 3, .first_pause = after_local, .doubles = false};
    return policy;
}

const retry_policy& service_fabric_retries() noexcept {
    static constexpr retry_policy policy{.retries_max = 5, .first_pause = after_service_fabric};
    return policy;
}

const retry_policy& entra_retries() noexcept {
    static constexpr retry_policy policy{.retries_max = 1,
                                         .first_pause = after_entra,
                                         .doubles = false,
                                         .passing_error = "temporarily_unavailable",
                                         .obeys_retry_after = false};
    return policy;
}

result<net::http_response> send_with_retries(const inquiry& inquiry, const net::http_request& request,
                                             const retry_policy& policy) {
    return send_with_retries(
        inquiry, [&]() -> result<net::http_request> { return request; }, policy);
}

result<net::http_response> send_with_retries(const inquiry& inquiry, const request_maker& make, const retry_policy& policy) {
    milliseconds left = policy.total_max;
    for (int retry = 0;; ++retry) {
        auto request = make();
        if (!request.has_value()) return request.error();
        auto response = inquiry.send(std::move(*request));
        if (!response.has_value()) return response;
        const auto pause = next_pause(inquiry, *response, policy, retry, left);
        if (!pause) return response;
        left -= *pause;
        if (inquiry.pause(*pause)) continue;
        if (!inquiry.request().stop.stop_requested()) return response;
        return failure(errc::cancelled, "stopped by the caller while waiting to ask again");
    }
}

} // namespace entrada::identity
