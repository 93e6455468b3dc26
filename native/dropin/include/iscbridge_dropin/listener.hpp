// The host's callback and the events that wait for it.
#ifndef ISCBRIDGE_DROPIN_LISTENER_HPP
#define ISCBRIDGE_DROPIN_LISTENER_HPP

#include <deque>
#include <mutex>
#include <string>
#include <utility>

#include "receiver.hpp"

namespace iscbridge_dropin {

class Listener {
public:
    void set(Receiver receiver) {
        const std::lock_guard<std::mutex> lock(mutex_);
        receiver_ = std::move(receiver);
    }

    /// Events that come before there is a callback wait for it; of very many the oldest are gone.
    void raise(EventType type, std::string text) {
        const std::lock_guard<std::mutex> lock(mutex_);
        if (!receiver_ && waiting_.size() >= most_waiting) {
            waiting_.pop_front();
        }
        waiting_.emplace_back(type, std::move(text));
    }

    /// Calls the callback for what waits, one event after the other, with no lock held. False: there was nothing.
    bool deliver_one() {
        std::unique_lock<std::mutex> lock(mutex_);
        if (!receiver_ || waiting_.empty()) {
            return false;
        }
        const Receiver receiver = receiver_;
        const std::pair<EventType, std::string> event = std::move(waiting_.front());
        waiting_.pop_front();
        lock.unlock();
        EventText text(event.second);
        try {
            receiver(event.first, text);
        } catch (...) {
            // The host's own; there is nobody here who could do something about it.
        }
        return true;
    }

    /// Nothing is called from now on; a call under way goes on.
    void clear() {
        const std::lock_guard<std::mutex> lock(mutex_);
        receiver_ = Receiver();
        waiting_.clear();
    }

private:
    static constexpr std::size_t most_waiting = 64;

    std::mutex mutex_;
    Receiver receiver_;
    std::deque<std::pair<EventType, std::string>> waiting_;
};

}  // namespace iscbridge_dropin

#endif
