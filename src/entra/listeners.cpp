#include "entra/listeners.hpp"

#include <utility>

namespace entrada::entra {

/// The lock is held while the listener runs, so that the end of a subscription waits for it; recursive, for the listener itself
/// may end its subscription.
struct listeners::entry {
    explicit entry(std::function<void()> listener) : on_change(std::move(listener)) {}

    void run() {
        const std::scoped_lock lock(running);
        if (active && on_change) on_change();
    }
    void end() {
        const std::scoped_lock lock(running);
        active = false;
    }

    std::recursive_mutex running;
    bool active = true;
    std::function<void()> on_change;
};

class listeners::handle final : public credentials_provider::subscription {
public:
    explicit handle(std::shared_ptr<entry> mine) : entry_(std::move(mine)) {}
    ~handle() override { entry_->end(); }
    handle(const handle&) = delete;
    handle& operator=(const handle&) = delete;

private:
    std::shared_ptr<entry> entry_;
};

std::unique_ptr<credentials_provider::subscription> listeners::add(std::function<void()> on_change) {
    auto added = std::make_shared<entry>(std::move(on_change));
    const std::scoped_lock lock(mutex_);
    std::erase_if(entries_, [](const auto& one) { return one.expired(); });
    entries_.push_back(added);
    return std::make_unique<handle>(std::move(added));
}

void listeners::notify() {
    std::vector<std::shared_ptr<entry>> present;
    {
        const std::scoped_lock lock(mutex_);
        for (const auto& one : entries_)
            if (auto alive = one.lock()) present.push_back(std::move(alive));
    }
    for (const auto& one : present) one->run();
}

} // namespace entrada::entra
