#include "event_box.hpp"

#include <utility>

namespace iscbridge::client {

void EventBox::put(Event event) {
    const std::lock_guard lock(mutex_);
    if (closed_) {
        return;
    }
    bytes_ += event.bytes();
    events_.push_back(std::move(event));
    while (events_.size() > capacity_ || (bytes_ > most_bytes && events_.size() > 1)) {
        bytes_ -= events_.front().bytes();
        events_.pop_front();
        ++dropped_;
    }
    changed_.notify_one();
}

std::optional<Event> EventBox::take(Clock::time_point until) {
    std::unique_lock lock(mutex_);
    if (!changed_.wait_until(lock, until, [this] { return closed_ || !events_.empty(); }) || closed_) {
        return std::nullopt;
    }
    if (dropped_ != 0) {
        Event missing;
        missing.kind = ISCB_EVENT_DROPPED;
        missing.dropped = std::exchange(dropped_, 0);
        changed_.notify_one();  // the event that woke us is still there for another thread
        return missing;
    }
    Event event = std::move(events_.front());
    events_.pop_front();
    bytes_ -= event.bytes();
    return event;
}

void EventBox::close() {
    const std::lock_guard lock(mutex_);
    closed_ = true;
    events_.clear();
    bytes_ = 0;
    changed_.notify_all();
}

bool EventBox::is_closed() const {
    const std::lock_guard lock(mutex_);
    return closed_;
}

}  // namespace iscbridge::client
