#include "event_queue.hpp"

#include <algorithm>
#include <limits>

#include "iscdesk_c.h"

namespace iscbridge {
namespace {

void add_losses(Event &marker, std::uint64_t count) noexcept {
    const std::uint64_t sum = static_cast<std::uint64_t>(marker.type) + count;
    constexpr auto most = static_cast<std::uint64_t>(std::numeric_limits<std::int32_t>::max());
    marker.type = static_cast<std::int32_t>(std::min(sum, most));
}

void make_marker(Event &event, std::uint64_t count) noexcept {
    event.kind = ISC_EVENT_LOST;
    event.type = 0;
    event.text.bytes.clear();
    event.text.encoding = TextEncoding::utf8;
    add_losses(event, count);
}

}  // namespace

void EventQueue::append(Nodes &node) noexcept {
    node.front().sequence = ++sequence_;
    events_.splice(events_.end(), node);
}

void EventQueue::raise_locked(Nodes &node) noexcept {
    if (!full() && unmarked_ == 0) {
        ++counted_;
        text_bytes_ += node.front().text.bytes.size();
        open_marker_ = nullptr;
        append(node);
    } else if (open_marker_ != nullptr) {
        add_losses(*open_marker_, 1);
    } else {
        make_marker(node.front(), 1 + unmarked_);  // the dropped event's own node tells of its loss
        unmarked_ = 0;
        ++counted_;
        open_marker_ = &node.front();
        append(node);
    }
}

void EventQueue::raise(std::int32_t type, DecodedText text, std::uint64_t raised_ns) noexcept {
    Nodes node;
    try {
        node.emplace_back();
    } catch (...) {
        lose();
        return;
    }
    Event &event = node.front();
    event.kind = ISC_EVENT_SDK;
    event.type = type;
    event.raised_ns = raised_ns;
    event.text = std::move(text);
    {
        const std::lock_guard lock(mutex_);
        if (closed_) {
            return;
        }
        raise_locked(node);
    }
    changed_.notify_one();
}

void EventQueue::lose() noexcept {
    {
        const std::lock_guard lock(mutex_);
        if (open_marker_ != nullptr) {
            add_losses(*open_marker_, 1);
        } else {
            ++unmarked_;
        }
    }
    changed_.notify_one();
}

void EventQueue::returned(Nodes node) noexcept {
    {
        const std::lock_guard lock(mutex_);
        if (closed_) {
            return;
        }
        node.front().kind = ISC_EVENT_RETURNED;
        append(node);
    }
    changed_.notify_one();
}

EventQueue::Taken EventQueue::take(Nodes &out, std::size_t limit, std::optional<Clock::time_point> deadline) {
    Nodes spare(1);  // for losses that found no memory for a marker; made here, where failing is harmless
    std::unique_lock lock(mutex_);
    const auto ready = [this] { return closed_ || !events_.empty() || unmarked_ != 0; };
    if (!deadline) {
        changed_.wait(lock, ready);
    } else if (!changed_.wait_until(lock, *deadline, ready)) {
        return Taken::timeout;
    }
    if (closed_) {
        return Taken::closed;
    }
    if (unmarked_ != 0) {
        make_marker(spare.front(), unmarked_);
        unmarked_ = 0;
        ++counted_;
        open_marker_ = &spare.front();
        append(spare);
    }
    auto end = events_.begin();
    for (std::size_t n = 0; n < limit && end != events_.end(); ++n, ++end) {
        if (end->kind == ISC_EVENT_RETURNED) {
            continue;
        }
        --counted_;
        text_bytes_ -= end->text.bytes.size();
        if (&*end == open_marker_) {
            open_marker_ = nullptr;
        }
    }
    out.splice(out.end(), events_, events_.begin(), end);
    return Taken::events;
}

void EventQueue::close() noexcept {
    Nodes dropped;
    {
        const std::lock_guard lock(mutex_);
        closed_ = true;
        open_marker_ = nullptr;
        dropped.swap(events_);
    }
    changed_.notify_all();
}

}  // namespace iscbridge
