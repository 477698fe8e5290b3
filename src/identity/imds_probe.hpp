// Is there a metadata service at all? Asked before a token is, where waiting for one that is not there would hold up a chain.
// Room: identity.
#pragma once

#include "identity/inquiry.hpp"

#include <chrono>
#include <mutex>
#include <optional>
#include <string>

namespace entrada::identity {

/// Remembers: presence for good, absence for ten seconds, so that a machine whose network comes up late is not written off.
///
/// Thread safety: every member may be called from any thread.
class imds_probe {
public:
    explicit imds_probe(std::string url) : url_(std::move(url)) {}

    /// Nothing if the service is there. Blocks for a second at most.
    [[nodiscard]] std::optional<failure> look(const inquiry& inquiry);

private:
    struct absence {
        std::chrono::steady_clock::time_point until;
        std::string reason;
    };
    [[nodiscard]] std::optional<failure> ask(const inquiry& inquiry);
    [[nodiscard]] failure absent(const inquiry& inquiry, std::string reason, answer_facts facts = {});

    std::string url_;
    std::mutex mutex_;
    bool present_ = false;
    std::optional<absence> absent_;
};

} // namespace entrada::identity
