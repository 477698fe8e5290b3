// Lists of requests without allocation: the links are inside the requests.
// Room: conn.
#pragma once

#include "entrada/detail/request.hpp"

#include <atomic>
#include <cstddef>

namespace entrada::conn {

using detail::request;

/// First in, first out, with removal from the middle.
class request_list {
public:
    [[nodiscard]] bool empty() const noexcept { return first_ == nullptr; }
    [[nodiscard]] std::size_t size() const noexcept { return size_; }
    [[nodiscard]] request* front() const noexcept { return first_; }
    [[nodiscard]] static request* after(const request& one) noexcept { return one.links_.next; }

    void push_back(request& added) noexcept {
        added.links_.next = nullptr;
        added.links_.previous = last_;
        (last_ != nullptr ? last_->links_.next : first_) = &added;
        last_ = &added;
        ++size_;
    }

    void push_front(request& added) noexcept {
        added.links_.previous = nullptr;
        added.links_.next = first_;
        (first_ != nullptr ? first_->links_.previous : last_) = &added;
        first_ = &added;
        ++size_;
    }

    void remove(request& gone) noexcept {
        (gone.links_.previous != nullptr ? gone.links_.previous->links_.next : first_) = gone.links_.next;
        (gone.links_.next != nullptr ? gone.links_.next->links_.previous : last_) = gone.links_.previous;
        gone.links_.next = gone.links_.previous = nullptr;
        --size_;
    }

    /// Null when empty.
    [[nodiscard]] request* pop_front() noexcept {
        request* taken = first_;
        if (taken != nullptr) remove(*taken);
        return taken;
    }

private:
    request* first_ = nullptr;
    request* last_ = nullptr;
    std::size_t size_ = 0;
};

/// Requests on their way from any thread to the one that drives the connection. Lock-free.
class submission_queue {
public:
    /// Returns true if the queue was empty, so that its reader may be asleep. Any thread.
    bool push(request& added) noexcept {
        request* top = top_.load(std::memory_order_relaxed);
        do {
            added.links_.next = top;
        } while (!top_.compare_exchange_weak(top, &added, std::memory_order_acq_rel, std::memory_order_relaxed));
        return top == nullptr;
    }

    [[nodiscard]] bool empty() const noexcept { return top_.load(std::memory_order_acquire) == nullptr; }

    /// Hands every queued request to `take`, oldest first. Only the driving thread.
    template <class Take>
    void drain(Take&& take) {
        request* newest = top_.exchange(nullptr, std::memory_order_acq_rel);
        request* oldest = nullptr;
        while (newest != nullptr) {
            request* next = newest->links_.next;
            newest->links_.next = oldest;
            oldest = newest;
            newest = next;
        }
        while (oldest != nullptr) {
            request* next = oldest->links_.next;
            oldest->links_.next = nullptr;
            take(*oldest);
            oldest = next;
        }
    }

private:
    std::atomic<request*> top_{nullptr};
};

} // namespace entrada::conn
