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
    [[nodiscard]] static request* after(const request& one) noexcept { return one.next_; }

    void push_back(request& added) noexcept {
        added.next_ = nullptr;
        added.previous_ = last_;
        (last_ != nullptr ? last_->next_ : first_) = &added;
        last_ = &added;
        ++size_;
    }

    void push_front(request& added) noexcept {
        added.previous_ = nullptr;
        added.next_ = first_;
        (first_ != nullptr ? first_->previous_ : last_) = &added;
        first_ = &added;
        ++size_;
    }

    void remove(request& gone) noexcept {
        (gone.previous_ != nullptr ? gone.previous_->next_ : first_) = gone.next_;
        (gone.next_ != nullptr ? gone.next_->previous_ : last_) = gone.previous_;
        gone.next_ = gone.previous_ = nullptr;
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
            added.next_ = top;
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
            request* next = newest->next_;
            newest->next_ = oldest;
            oldest = newest;
            newest = next;
        }
        while (oldest != nullptr) {
            request* next = oldest->next_;
            oldest->next_ = nullptr;
            take(*oldest);
            oldest = next;
        }
    }

private:
    std::atomic<request*> top_{nullptr};
};

} // namespace entrada::conn
