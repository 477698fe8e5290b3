// Is there a metadata service at all? Asked before a token is, where waiting for one that is not there would hold up a chain.
// Room: identity.
#pragma once

#include "identity/inquiry.hpp"

#include <chrono>
#include <condition_variable>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <thread>

namespace entrada::identity {

/// Remembers: presence for good, absence for ten seconds, so that a machine whose network comes up late is not written off.
///
/// One question at a time, on a thread of its own: who stops waiting for the answer leaves it to the others and to the next call.
/// Thread safety: every member may be called from any thread. The destructor ends a question under way.
class imds_probe {
public:
    explicit imds_probe(std::string url) : url_(std::move(url)) {}

    /// Nothing if the service is there. Blocks until that is known, for a second at most, or until the inquiry's own end.
    [[nodiscard]] std::optional<failure> look(const inquiry& inquiry);

private:
    struct absence {
        std::chrono::steady_clock::time_point until;
        std::string reason;
        int http_status = 0;
    };
    void start(const credential_context& world);
    void ask(net::http_client& http, const base::clock& clock, const std::stop_token& stop);

    std::string url_;
    std::mutex mutex_;
    std::condition_variable_any answered_;
    bool asking_ = false;
    bool present_ = false;
    std::optional<absence> absent_;
    std::jthread worker_; // last, so that it ends before what it uses
};

/// One probe for each address, shared by the credentials of a program: a positive answer need not be found twice.
class imds_probes {
public:
    [[nodiscard]] std::shared_ptr<imds_probe> of(const std::string& url);
    [[nodiscard]] static std::shared_ptr<imds_probes> of_this_process();

private:
    std::mutex mutex_;
    std::map<std::string, std::shared_ptr<imds_probe>> probes_;
};

} // namespace entrada::identity
