// Who is told when the token changes.
// Room: entra.
#pragma once

#include "entrada/credentials_provider.hpp"

#include <functional>
#include <memory>
#include <mutex>
#include <vector>

namespace entrada::entra {

/// Subscriptions may outlive it, and may be ended by the very listener that is running.
///
/// Thread safety: every member may be called from any thread. No lock that `add` takes is held while a listener runs.
class listeners {
public:
    [[nodiscard]] std::unique_ptr<credentials_provider::subscription> add(std::function<void()> on_change);
    void notify();

private:
    struct entry;
    class handle;

    std::mutex mutex_;
    std::vector<std::weak_ptr<entry>> entries_;
};

} // namespace entrada::entra
