// The bounded queue between the SDK's threads and the one thread that waits for events.
#pragma once

#include <chrono>
#include <condition_variable>
#include <cstddef>
#include <cstdint>
#include <list>
#include <mutex>
#include <optional>
#include <string>

#include "text.hpp"

namespace iscbridge {

/// What a call brought: the last three fields of an ISC_EVENT_RETURNED.
struct Outcome {
    std::int32_t result = 0;         // isc_status of the call itself
    std::int32_t vendor_status = 0;  // the vendor's ResultStatus as a number; 0 if the call returns nothing
    std::int32_t ok = 0;             // 1: the SDK reported success
};

/// One event as the queue holds it; `isc_event` is its view at the C border.
struct Event {
    std::uint32_t kind = 0;
    std::uint64_t sequence = 0;
    std::uint64_t call = 0;
    Outcome outcome;
    std::int32_t type = 0;  // SDK: the vendor's number; LOST: how many events are missing here
    std::uint64_t raised_ns = 0;
    DecodedText text;
};

/// Events travel as list nodes that are made before the lock is taken, so that queueing itself neither allocates nor
/// throws: a call whose node was made when it was accepted always gets its RETURNED.
class EventQueue {
public:
    using Nodes = std::list<Event>;
    using Clock = std::chrono::steady_clock;

    enum class Taken { events, timeout, closed };

    /// `capacity`: how many SDK events may wait. RETURNED events are not counted here; the session bounds them.
    /// `text_limit`: bytes of text waiting at which the queue counts as full too, so that large events can't exhaust
    /// the memory.
    explicit EventQueue(std::size_t capacity, std::size_t text_limit = std::size_t{256} << 20)
        : capacity_(capacity), text_limit_(text_limit) {}

    /// From any thread of the SDK. Never blocks longer than it takes to link a node, never throws; does nothing
    /// after close. A full queue drops the event and marks the place with one ISC_EVENT_LOST.
    void raise(std::int32_t type, DecodedText text, std::uint64_t raised_ns) noexcept;

    /// Says that an event was dropped before it could be queued (no memory).
    void lose() noexcept;

    /// Queues the single node of `node` as ISC_EVENT_RETURNED. Not subject to the capacity.
    void returned(Nodes node) noexcept;

    /// Moves up to `limit` events to the end of `out`; waits until `deadline` (none: for ever) for the first.
    Taken take(Nodes &out, std::size_t limit, std::optional<Clock::time_point> deadline);

    /// Drops what is queued, wakes the waiter, refuses everything from now on.
    void close() noexcept;

private:
    void append(Nodes &node) noexcept;
    void raise_locked(Nodes &node) noexcept;
    bool full() const noexcept { return counted_ >= capacity_ || text_bytes_ >= text_limit_; }

    std::mutex mutex_;
    std::condition_variable changed_;
    Nodes events_;
    const std::size_t capacity_;
    const std::size_t text_limit_;
    std::size_t counted_ = 0;     // SDK and LOST events in events_
    std::size_t text_bytes_ = 0;  // their text
    std::uint64_t sequence_ = 0;
    std::uint64_t unmarked_ = 0;   // events lost for which no marker could be made yet
    Event *open_marker_ = nullptr;  // a LOST marker with no SDK event behind it: later losses are added to it
    bool closed_ = false;
};

}  // namespace iscbridge
